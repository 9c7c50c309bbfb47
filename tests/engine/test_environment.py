"""The environment of a golden: what a model runs in, in words that mean the same on another machine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_qwen3vl.engine.environment import describe_environment
from pytest_qwen3vl.engine.load_report import LoadReport
from pytest_qwen3vl.engine.loading import load_model
from pytest_qwen3vl.engine.model import LoadedModel
from pytest_qwen3vl.settings import ModelChoice, Settings


@pytest.fixture(scope="module")
def loaded(dense: Path) -> LoadedModel:
    return load_model(ModelChoice("mine", str(dense)), Settings(), lambda _: None)


def said(loaded: LoadedModel, *messages: str) -> str | None:
    return describe_environment(replace(loaded, report=LoadReport(messages=messages))).get("load_report")


def test_every_value_is_a_word_and_none_a_path_of_this_machine(loaded: LoadedModel, dense: Path):
    environment = describe_environment(replace(loaded, report=LoadReport(messages=(f"odd: {dense}/config.json",))))
    assert all(isinstance(value, str) for value in environment.values())
    assert [value for value in environment.values() if str(dense.parent) in value] == []


def test_the_configuration_is_told_by_its_digest(loaded: LoadedModel):
    assert loaded.config_sha256 is not None
    assert describe_environment(loaded)["config"] == loaded.config_sha256[:16]
    assert describe_environment(replace(loaded, config_sha256=None))["config"] == ""


@pytest.mark.parametrize("device_map", [{}, {"": "cuda:0"}, {"model.visual": "0", "lm_head": "0"}])
def test_a_model_on_one_device_has_no_device_map(loaded: LoadedModel, device_map: dict[str, str]):
    assert "device_map" not in describe_environment(replace(loaded, device_map=device_map))


def test_a_spread_model_tells_how_many_parts_are_where(loaded: LoadedModel):
    parts = {"model.visual": "cpu", "model.layers.0": "0", "model.layers.1": "cpu", "lm_head": "disk"}
    assert describe_environment(replace(loaded, device_map=parts))["device_map"] == "cpu: 2, cuda:0: 1, disk: 1"


def test_a_load_of_which_nothing_was_said_has_no_report(loaded: LoadedModel):
    assert said(loaded) is None


def test_what_was_said_is_told_once(loaded: LoadedModel):
    assert said(loaded, "a  thing\n is old", "a thing is old", "another") == "a thing is old; another"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("loading /home/me/model/config.json: odd", "loading config.json: odd"),
        ("in `/home/me/model` it is odd", "in `model` it is odd"),
        ("file=/tmp/a.py:12", "file=a.py:12"),
        (r"loading C:\Users\me\config.json", "loading config.json"),
        ("see https://huggingface.co/docs/x and/or model/config.json", None),
    ],
)
def test_what_was_said_names_no_folder_of_this_machine(loaded: LoadedModel, message: str, told: str | None):
    assert said(loaded, message) == (told or message)
