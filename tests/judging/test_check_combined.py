"""The checks of checks: not, all, any, at_least."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_qwen3vl.cases.case import Expectation
from pytest_qwen3vl.errors import Place
from pytest_qwen3vl.judging.checks.check import Answer, Check
from pytest_qwen3vl.judging.checks.combined import AllHold, AnyHolds, AtLeast, Not
from pytest_qwen3vl.judging.checks.phrases import Contains
from pytest_qwen3vl.judging.checks.registry import builtin_checks

ANSWER = Answer("red")


def has(word: str) -> Expectation:
    return Expectation("contains", Contains(word), Place(Path("a.yaml"), 1))


def test_not_turns_the_verdict_round() -> None:
    assert Not(has("blue")).judge(ANSWER).passed
    assert Not(has("red")).judge(ANSWER).reason == "expected not: contains: contains `red`"


def test_all_names_those_that_fail() -> None:
    assert AllHold((has("red"),)).judge(ANSWER).passed
    reason = AllHold((has("red"), has("blue"))).judge(ANSWER).reason
    assert reason == "contains: expected `blue` in the answer, got `red`"


def test_any_names_all_where_none_holds() -> None:
    assert AnyHolds((has("blue"), has("red"))).judge(ANSWER).reason == "contains: contains `red`"
    assert AnyHolds((has("blue"), has("tan"))).judge(ANSWER).reason.startswith("none of 2 holds: contains: ")


def test_at_least_counts() -> None:
    three = (has("red"), has("blue"), has("tan"))
    assert AtLeast(1, three).judge(ANSWER).passed
    verdict = AtLeast(2, three).judge(ANSWER)
    assert (verdict.passed, verdict.score) == (False, 0.5)
    assert verdict.reason.startswith("expected at least 2, but 1 of 3 hold: contains: expected `blue`")


@given(words=st.lists(st.sampled_from(["red", "blue"]), min_size=1, max_size=5))
def test_all_and_any_are_the_ends_of_at_least(words: list[str]) -> None:
    checks = tuple(map(has, words))
    assert AllHold(checks).judge(ANSWER).passed == AtLeast(len(checks), checks).judge(ANSWER).passed
    assert AnyHolds(checks).judge(ANSWER).passed == AtLeast(1, checks).judge(ANSWER).passed
    assert AnyHolds(checks).judge(ANSWER).passed != all(Not(check).judge(ANSWER).passed for check in checks)


@pytest.mark.parametrize("count", [0, 2])
def test_a_count_that_cannot_be_reached_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="from 1 to the number of checks, 1"):
        AtLeast(count, (has("red"),))


def test_no_checks_at_all_are_refused() -> None:
    for combined in (AllHold, AnyHolds):
        with pytest.raises(ValueError, match="at least one check"):
            combined(())


def test_every_registered_check_is_one() -> None:
    assert all(hasattr(check, "shorthand") and hasattr(check, "judge") for check in builtin_checks().values())
    assert isinstance(Contains("red"), Check)
