"""The checks that are always on."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_qwen3vl.judging.checks.always import always_on, judge_finish, judge_numbers, judge_repetition
from pytest_qwen3vl.judging.outputs import Generation, Prompt, TokenLogprob

END = "<|im_end|>"


def answered(words: list[str], finish: Literal["stop", "length"] = "stop") -> Generation:
    """Make a generation with one token per word."""
    spelled = [*words, END] if finish == "stop" else words
    tokens = tuple(TokenLogprob(hash(word), word, -0.1, 1.0) for word in spelled)
    return Generation(
        prompt=Prompt("", ()),
        images=(),
        tokens=tokens,
        text="".join(words),
        reasoning=None,
        finish=finish,
        scored=None,
        verified_tokens=0,
        generated_tokens=len(tokens),
        has_nan=False,
        seconds=0.0,
    )


def sentence(count: int) -> list[str]:
    return [f" word{number}" for number in range(count)]


@pytest.mark.parametrize(
    "words",
    [
        [" red"] * 40,
        ["!"] * 256,
        [*sentence(20), *([" the", " cat"] * 12)],
        [*sentence(12), *(sentence(12) * 9)],
    ],
)
def test_a_loop_that_only_the_token_limit_ended_is_degenerate(words: list[str]) -> None:
    verdict = judge_repetition(answered(words, "length"))
    assert not verdict.passed
    assert "the answer repeats `" in verdict.reason


@pytest.mark.parametrize(
    "words",
    [
        ["ha", " "] * 5,
        ["|", " 0"] * 6 + ["|", "\n"],
        (["|", " 0"] * 5 + ["|", "\n"]) * 6,
        (["|", " yes", "|", " no", "|", "\n"]) * 8,
        ["-"] * 20,
        sentence(200),
        [" red"],
        [],
    ],
)
def test_laughter_and_tables_are_not(words: list[str]) -> None:
    assert judge_repetition(answered(words)).passed


def test_a_table_cut_off_by_the_limit_is_not() -> None:
    table = [*sentence(10), *(["|", " 0", "|", " 1", "|", "\n"] * 4)]
    assert judge_repetition(answered(table, "length")).passed


def test_boxes_with_one_label_are_not() -> None:
    words = []
    for number in range(20):
        corners = [part for side in range(4) for part in (f"{number * 7 + side}", ", ")]
        words += ['{"', "bbox", "_2d", '":', " [", *corners, "],", ' "label', '":', ' "', "red", " circle", '"},']
    assert judge_repetition(answered(words)).passed


def test_one_phrase_between_changing_words_is_degenerate() -> None:
    words = []
    for number in range(20):
        words += [f" {number}.", " a", " cat", " on", " a", " red", " mat"]
    verdict = judge_repetition(answered(words))
    assert not verdict.passed
    assert "20 times" in verdict.reason


@given(words=st.lists(st.sampled_from([" a", " b", " c", " d"]), max_size=100), repeats=st.integers(16, 30))
def test_whatever_repeats_long_enough_is_found_with_its_period(words: list[str], repeats: int) -> None:
    unit = [" x", *words[:5], " y"]
    assert not judge_repetition(answered(unit * repeats)).passed


@given(words=st.lists(st.text(max_size=3), max_size=120), finish=st.sampled_from(["stop", "length"]))
def test_the_score_lies_between_0_and_1(words: list[str], finish: Literal["stop", "length"]) -> None:
    verdict = judge_repetition(answered(words, finish))
    assert 0 <= verdict.score <= 1
    assert verdict.passed == (verdict.score == 1)


def test_a_cut_off_answer_names_the_limit_and_the_remedy() -> None:
    verdict = judge_finish(answered(sentence(9), "length"), "stop")
    assert not verdict.passed
    expected = "the answer was cut off at the limit of 9 tokens; allow it by `finish: any`, or raise `max_new_tokens`"
    assert verdict.reason == expected


@pytest.mark.parametrize("allowed", ["stop", "any"])
def test_an_answer_that_ends_by_itself_may(allowed: Literal["stop", "any"]) -> None:
    assert judge_finish(answered(sentence(9)), allowed).passed


def test_an_answer_that_must_be_cut_off_and_is_not_fails() -> None:
    assert not judge_finish(answered(sentence(9)), "length").passed


def test_nan_is_named() -> None:
    assert "NaN" in judge_numbers(replace(answered([]), has_nan=True)).reason


def test_all_are_judged_by_name() -> None:
    verdicts = always_on(answered(sentence(5)), "stop")
    assert [name for name, _ in verdicts] == ["no_nan", "finish", "no_repetition"]
    assert all(verdict.passed for _, verdict in verdicts)
