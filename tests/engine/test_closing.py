"""A closed engine holds no memory and no files, whoever still holds the engine, and says what it was."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest

from pytest_qwen3vl.cases.case import Case, GenerationParameters, Turn
from pytest_qwen3vl.engine.engine import TransformersEngine
from pytest_qwen3vl.engine.start import start_engine
from pytest_qwen3vl.errors import ModelError, Place
from pytest_qwen3vl.settings import ModelChoice, Settings

CASE = Case(
    suite="closing",
    id="hello",
    task="vqa",
    turns=(Turn("Hello?", (), ()),),
    place=Place(Path("cases.yaml"), 1),
    generation=GenerationParameters(max_new_tokens=4, finish="any"),
)


def start(folder: Path, settings: Settings | None = None) -> TransformersEngine:
    return start_engine(ModelChoice("mine", str(folder)), settings or Settings(), lambda _: None)


def half_on_disk(folder: Path, offload: Path) -> Settings:
    size_bytes = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    return Settings(device_memory={"cpu": size_bytes // 2}, offload=offload)


def test_a_closed_engine_lets_go_of_its_model(dense: Path):
    engine = start(dense)
    engine.answer(CASE)
    model, weight = (weakref.ref(each) for each in (engine.loaded.model, engine.loaded.model.lm_head.weight))
    engine.close()
    assert model() is None
    assert weight() is None


def test_the_weights_go_even_where_a_traceback_holds_the_model(dense: Path):
    engine = start(dense)
    held = engine.loaded.model
    weights = [weakref.ref(parameter) for parameter in held.parameters()]
    assert weights
    engine.close()
    gc.collect()
    assert [weight for weight in weights if weight() is not None] == []


def test_a_closed_engine_still_says_what_it_was(dense: Path):
    engine = start(dense)
    before = (engine.dtype, engine.device, dict(engine.environment))
    engine.close()
    assert (engine.dtype, engine.device, dict(engine.environment)) == before == ("float32", "cpu", before[2])
    assert engine.environment["dtype"] == "float32"


def test_a_closed_engine_answers_no_more_and_says_so(dense: Path):
    engine = start(dense)
    engine.close()
    with pytest.raises(ModelError, match="the engine of `mine` is closed"):
        engine.answer(CASE)


def test_closing_twice_is_closing_once(dense: Path):
    engine = start(dense)
    engine.close()
    engine.close()


@pytest.mark.parametrize("kind", ["dense", "experts"])
def test_engines_share_an_offload_folder_and_each_removes_its_own_part(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
):
    folder: Path = request.getfixturevalue(kind)
    settings = half_on_disk(folder, tmp_path / "offload")
    first, second = start(folder, settings), start(folder, settings)
    expected = [generation.token_ids for generation in second.answer(CASE)]
    parts = [engine.loaded.offload for engine in (first, second)]
    assert sorted((tmp_path / "offload").iterdir()) == sorted(part for part in parts if part)
    first.close()
    assert list((tmp_path / "offload").iterdir()) == [parts[1]]
    assert [generation.token_ids for generation in second.answer(CASE)] == expected
    second.close()
    assert list((tmp_path / "offload").iterdir()) == []
