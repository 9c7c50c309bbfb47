"""Goldens on disk: whole or not at all, readable in a diff, refused with a remedy when damaged."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_qwen3vl.errors import GoldenError
from pytest_qwen3vl.judging.golden_file import golden_path, read_golden, render_golden, write_golden
from pytest_qwen3vl.judging.outputs import TokenLogprob
from tests.judging.made import TOKENS as ANSWER
from tests.judging.made import generation, golden

PATH = Path("tiny", "float32", "colors", "red-circle.json")
TOKENS = st.builds(
    TokenLogprob,
    id=st.integers(0, 2**31),
    text=st.text(),
    logprob=st.floats(-100, 0),
    margin=st.floats(-100, 100),
)


@given(st.lists(TOKENS, max_size=5), st.text())
def test_writing_and_reading_back_loses_nothing(tmp_path_factory, tokens, text):
    path = tmp_path_factory.mktemp("golden") / PATH
    written = golden(None, generation(tokens=tuple(tokens), text=text))
    write_golden(path, written)
    assert read_golden(path) == written


def test_the_path_is_model_dtype_suite_and_case(tmp_path):
    path = golden_path(tmp_path, "colors/red-circle", "8B", "bfloat16")
    assert path == tmp_path / "8B" / "bfloat16" / "colors" / "red-circle.json"


def test_a_missing_file_is_no_golden(tmp_path):
    assert read_golden(tmp_path / "none.json") is None


def test_a_token_stands_on_one_line():
    lines = [line.strip() for line in render_golden(golden()).splitlines()]
    assert '[11, "red", -0.01, 4.0],' in lines


def test_writing_leaves_no_other_file_behind(tmp_path):
    write_golden(tmp_path / PATH, golden())
    write_golden(tmp_path / PATH, golden())
    assert [path.name for path in (tmp_path / PATH).parent.iterdir()] == ["red-circle.json"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content | {"schema": 99},
        lambda content: content | {"turns": "none"},
        lambda content: content | {"inputs": {}},
        lambda content: {key: value for key, value in content.items() if key != "turns"},
        lambda content: content | {"turns": [content["turns"][0] | {"tokens": [[1, 2]]}]},
        lambda content: content | {"turns": [content["turns"][0] | {"finish": "maybe"}]},
        lambda content: [content],
        lambda content: content | {"turns": []},
        lambda content: content | {"case": "colors/blue-circle"},
        lambda content: content | {"model": "8B"},
        lambda content: content | {"remark": "looks right to me"},
        lambda content: content | {"turns": [content["turns"][0] | {"remark": "right"}]},
    ],
)
def test_a_golden_edited_by_hand_is_refused_with_its_path_and_a_remedy(tmp_path, damage):
    path = tmp_path / PATH
    write_golden(path, golden())
    path.write_text(json.dumps(damage(json.loads(path.read_text()))))
    with pytest.raises(GoldenError) as refused:
        read_golden(path)
    assert str(path) in str(refused.value)
    assert "--qwen-golden=update" in str(refused.value)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "null", "\ud800".encode("utf-8", "surrogatepass")])
def test_a_torn_golden_is_refused(tmp_path, text):
    path = tmp_path / PATH
    path.parent.mkdir(parents=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(GoldenError, match="golden"):
        read_golden(path)


def test_a_golden_that_was_renamed_says_whose_it_is(tmp_path):
    write_golden(tmp_path / PATH.with_name("blue-circle.json"), golden())
    with pytest.raises(GoldenError, match="is that of `tiny/float32/colors/red-circle`"):
        read_golden(tmp_path / PATH.with_name("blue-circle.json"))


def test_a_number_that_is_none_is_refused(tmp_path):
    broken = golden(None, generation(tokens=(replace(ANSWER[0], logprob=float("nan")),)))
    write_golden(tmp_path / PATH, broken)
    with pytest.raises(GoldenError, match="NaN is no number"):
        read_golden(tmp_path / PATH)
