"""What makes a golden stale: the case's own inputs, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_qwen3vl.cases.case import GenerationParameters, Image, Turn
from pytest_qwen3vl.judging.golden import case_inputs, digest_ids, what_changed
from tests.judging.made import PLACE, case


def changes(before, after):
    return list(what_changed(after, case_inputs(before), case_inputs(after)))


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"one")
    return Image(path, "images/a.png", PLACE)


def test_an_unchanged_case_is_not_stale():
    assert changes(case(), case()) == []


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        ({"system": "Be brief."}, "`system` was None, is 'Be brief.'"),
        ({"generation": GenerationParameters(max_new_tokens=8)}, "`max_new_tokens` was 256, is 8"),
        ({"turns": (Turn("What color?"),)}, "`ask` of turn 1 was 'What colour?', is 'What color?'"),
        ({"turns": (Turn("What colour?"), Turn("Sure?"))}, "the golden has 1 turns, the case 2"),
    ],
)
def test_a_changed_input_is_named_with_both_values(change, phrase):
    assert changes(case(), case(**change)) == [phrase]


@pytest.mark.parametrize(
    "change",
    [
        {"tags": ("ocr",)},
        {"priority": "smoke"},
        {"xfail": "known"},
        {"generation": GenerationParameters(finish="any")},
    ],
)
def test_what_the_model_never_sees_makes_no_golden_stale(change):
    assert changes(case(), case(**change)) == []


def test_another_image_file_of_the_same_name_is_a_change(picture):
    asked = case(turns=(Turn("What colour?", (picture,)),))
    before = case_inputs(asked)
    picture.path.write_bytes(b"two")
    (phrase,) = what_changed(asked, before, case_inputs(asked))
    assert phrase.startswith("image `images/a.png` of turn 1 is another file")


def test_a_renamed_image_of_the_same_bytes_is_no_change(picture, tmp_path):
    moved = replace(picture, path=picture.path.rename(tmp_path / "b.png"), written="images/b.png")
    picture.path.write_bytes(b"one")
    assert changes(case(turns=(Turn("?", (picture,)),)), case(turns=(Turn("?", (moved,)),))) == []


def test_token_ids_are_digested_by_value_and_order():
    assert len({digest_ids(ids) for ids in ((1, 2), (2, 1), (1, 2, 0), (12,), ())}) == 5
