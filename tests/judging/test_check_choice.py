"""The check `choice`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_qwen3vl.judging.checks.check import Answer
from pytest_qwen3vl.judging.checks.choice import Choice, read_choice

LABELS = ("A", "B", "C", "D")
COLOURS = {"A": "red", "B": "dark blue", "C": "blue", "D": "green"}


@pytest.mark.parametrize(
    "text",
    [
        "B", "b", "(B)", "B.", "**B**", "B)", '"B"', "\\boxed{B}", "$\\boxed{\\text{B}}$",
        "B. red", "(b) red", "B: red", "B\nbecause it is red", "B, because it is red", "B is correct", "b) red",
        "The answer is B", "The answer is (B).", "Answer: B", "the correct option is **B**.", "I choose option B.",
        "A and C are wrong, so the answer is B.", "答案是B", "答案：B。",
        "It must be (B), not the others", "Clearly B", "A dog is in picture B", "dark blue",
    ],
)  # fmt: skip
def test_the_choice_is_read_as_people_say_it(text: str) -> None:
    assert read_choice(text, LABELS, COLOURS) == "B"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A dog",
        "a dog",
        "E",
        "A or B",
        "(A) or (B)",
        "A, B",
        "The answer is A or B",
        "The answer is not B",
        "The answer is A. No, the answer is B.",
        "Beautiful",
        "red, green",
    ],
)
def test_no_choice_is_read_where_none_is_clear(text: str) -> None:
    assert read_choice(text, LABELS, COLOURS) is None


def test_the_longer_option_is_meant_where_one_holds_the_other() -> None:
    assert read_choice("It is dark blue.", LABELS, COLOURS) == "B"
    assert read_choice("It is blue.", LABELS, COLOURS) == "C"


@pytest.mark.parametrize(
    ("labels", "text", "choice"),
    [(("yes", "no"), "Yes, it is.", "yes"), (("1", "2"), "2", "2"), (("甲", "乙"), "乙", "乙")],
)
def test_labels_may_be_anything(labels: tuple[str, ...], text: str, choice: str) -> None:
    assert read_choice(text, labels, {}) == choice


@given(
    label=st.sampled_from(LABELS), wrapped=st.sampled_from(["{}", "({})", "{}.", "The answer is {}", "Answer: ({})."])
)
def test_every_label_is_read_in_every_form(label: str, wrapped: str) -> None:
    assert read_choice(wrapped.format(label), LABELS, {}) == label


def test_the_reason_shows_the_wrong_choice_and_the_answer() -> None:
    verdict = Choice("B").judge(Answer("(C) green"))
    assert (verdict.passed, verdict.reason) == (False, "expected `B`, got `C`: `(C) green`")
    assert Choice("B").judge(Answer("Hm")).reason == "expected `B`, got no clear choice: `Hm`"
    assert Choice("B").judge(Answer("B")).passed


@pytest.mark.parametrize(
    "arguments",
    [
        {"answer": "E"},
        {"answer": "A", "of": ("A",)},
        {"answer": "A", "of": ("A", "a")},
        {"answer": "A", "texts": {"Z": "x"}},
    ],
)
def test_options_that_cannot_be_meant_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="options"):
        Choice(**arguments)  # type: ignore[arg-type]  # on purpose
