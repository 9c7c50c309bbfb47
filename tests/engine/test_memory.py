"""Whether a model fits is told in time, and offloaded weights keep to a folder of their own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from pytest_qwen3vl.engine import loading
from pytest_qwen3vl.engine.loading import load_model
from pytest_qwen3vl.engine.memory import spread
from pytest_qwen3vl.errors import CheckpointError, MemoryTooSmall, SettingsError
from pytest_qwen3vl.settings import ModelChoice, Settings

GIB = 2**30
Hub = Callable[..., None]


class Fetched(Exception):
    """Stand for the download of weights, which a test must not reach."""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """Return a function that lays out what the hub has of a model beside its weights."""

    def lay_out(config: object, index: object = None) -> None:
        (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
        if index is not None:
            (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")

    def refuse(repository: str, *_: object) -> Path:
        raise Fetched(repository)

    monkeypatch.setattr(loading, "fetch_settings", lambda *_: tmp_path)
    monkeypatch.setattr(loading, "fetch_weights", refuse)
    return lay_out


def load(name: str, source: str | None = None, **settings: object) -> None:
    chosen = Settings(device="cpu", **settings)  # type: ignore[arg-type]  # each test names a field of its own
    load_model(ModelChoice(name, source), chosen, lambda _: None)


def index_of(size_bytes: object) -> object:
    return {"metadata": {"total_size": size_bytes}, "weight_map": {}}


def test_a_model_of_the_catalog_that_is_too_large_is_refused_before_its_weights_are_fetched(hub: Hub):
    hub({"model_type": "qwen3_vl_moe", "text_config": {"dtype": "bfloat16"}})
    with pytest.raises(MemoryTooSmall, match=r"`235B-A22B` needs 439\.\d GiB"):
        load("235B-A22B")


def test_twice_the_bytes_are_needed_in_float32(hub: Hub):
    hub({"model_type": "qwen3_vl_moe", "text_config": {"dtype": "bfloat16"}})
    with pytest.raises(MemoryTooSmall, match=r"`235B-A22B` needs 87\d\.\d GiB"):
        load("235B-A22B", dtype="float32")


@pytest.mark.parametrize(
    ("config", "dtype", "gib"),
    [
        ({"torch_dtype": "bfloat16"}, "auto", 4000),
        ({"torch_dtype": "bfloat16"}, "float32", 8000),
        ({"dtype": "float32"}, "bfloat16", 2000),
        ({"text_config": {"dtype": "bfloat16"}}, "bfloat16", 4000),
        ({"dtype": "no such type"}, "auto", 4000),
        ({}, "auto", 4000),
    ],
)
def test_any_other_hub_model_is_measured_by_its_index(hub: Hub, config: dict[str, object], dtype: str, gib: int):
    hub({"model_type": "qwen3_vl", **config}, index_of(4000 * GIB))
    with pytest.raises(MemoryTooSmall, match=rf"`mine` needs {gib}\.\d GiB"):
        load("mine", "someone/model", dtype=dtype)


@pytest.mark.parametrize("index", [None, {}, {"metadata": {}}, [], index_of("large"), index_of(1000)])
def test_what_fits_or_cannot_be_told_is_fetched(hub: Hub, index: object):
    hub({"model_type": "qwen3_vl"}, index)
    with pytest.raises(Fetched, match="someone/model"):
        load("mine", "someone/model")


def test_what_may_rest_on_disk_is_fetched(hub: Hub, tmp_path: Path):
    hub({"model_type": "qwen3_vl"}, index_of(4000 * GIB))
    with pytest.raises(Fetched):
        load("mine", "someone/model", offload=tmp_path / "offload")
    assert not (tmp_path / "offload").exists()


def test_random_weights_are_not_offered_the_disk_which_they_cannot_use():
    with pytest.raises(MemoryTooSmall, match="choose a smaller model") as caught:
        load("235B-A22B", weights="random")
    assert "qwen_offload" not in str(caught.value)


def test_each_loading_has_an_offload_folder_of_its_own(tmp_path: Path):
    settings = Settings(offload=tmp_path)
    first, second = (spread("mine", 10**15, torch.device("cpu"), settings).offload for _ in range(2))
    assert first is not None
    assert second is not None
    assert first != second
    assert first.parent == second.parent == tmp_path
    assert first.name.startswith(f"mine-{os.getpid()}-")


def test_a_loading_that_fails_leaves_no_offload_folder(broken: Path, tmp_path: Path):
    config = broken / "config.json"
    config.write_text(config.read_text(encoding="utf-8").replace("qwen3_vl", "nobodys"), encoding="utf-8")
    with pytest.raises(CheckpointError, match="nobodys"):
        load("mine", str(broken), device_memory={"cpu": 2**19}, offload=tmp_path / "offload")
    assert list((tmp_path / "offload").iterdir()) == []


def test_an_offload_folder_that_cannot_be_made_names_the_option(dense: Path, tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"qwen_offload: `.*file` takes no folder"):
        load("mine", str(dense), device_memory={"cpu": 2**19}, offload=tmp_path / "file")
