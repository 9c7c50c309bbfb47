"""The check `numeric`, and how numbers are found in a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_qwen3vl.judging.checks.check import Answer
from pytest_qwen3vl.judging.checks.numbers import numbers_in
from pytest_qwen3vl.judging.checks.numeric import Numeric


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("12.50", [12.5]),
        ("The total is $12.50.", [12.5]),
        ("-5", [-5]),
        ("\u22125 °C", [-5]),
        ("-$5 and $-6", [-5, -6]),
        ("1,234,567.5", [1234567.5]),
        ("12,500", [12500]),
        ("12,50 €", [12.5]),
        ("0,500", [0.5]),
        ("1.234,5", [1234.5]),
        ("1.234.567", [1234567]),
        ("12'500", [12500]),
        ("12\u202f500", [12500]),
        ("1,00,000", [100000]),
        ("12%", [12]),
        (".5", [0.5]),
        ("1e3", [1000]),
        ("2.5E-3", [0.0025]),
        ("10-12", [10, 12]),
        ("10\u201312", [10, 12]),
        ("2024-05-12", [2024, 5, 12]),
        ("1, 2 and 3", [1, 2, 3]),
        ("1,2,3", [1, 2, 3]),
        ("[0.5, 1]", [0.5, 1]),
        ("12cm", [12]),
        ("B25 and v1.5", []),
        ("共5个", [5]),
        ("x=5", [5]),
        ("There are three dogs.", [3]),
        ("Twelve", [12]),
        ("3 of the two", [3]),
        ("someone tentative", []),
        ("no number", []),
        ("١٢", [12]),
    ],
)
def test_numbers_are_found_as_people_write_them(text: str, numbers: list[float]) -> None:
    assert list(numbers_in(text)) == numbers


@pytest.mark.parametrize(("text", "number"), [("12,500", 12.5), ("12.500", 12500), ("1.234,5", 1234.5), ("7", 7)])
def test_a_decimal_comma_can_be_asked_for(text: str, number: float) -> None:
    assert numbers_in(text, decimal_comma=True) == (number,)


@given(number=st.integers(-(10**12), 10**12))
def test_an_integer_is_read_with_and_without_separators(number: int) -> None:
    assert numbers_in(f"about {number} or {number:,}.") == (number, number)


@given(number=st.decimals(0, 10**6, places=2), unit=st.sampled_from([" kg", "%", "", " €", "."]))
def test_a_decimal_is_read_before_any_unit(number: object, unit: str) -> None:
    assert numbers_in(f"It is {number}{unit}") == (float(str(number)),)


def test_an_equal_number_passes_however_it_is_written() -> None:
    assert Numeric(12.5).judge(Answer("Total: $12.50")).passed
    assert Numeric(1234).judge(Answer("1,234 people")).passed


def test_the_absolute_tolerance_includes_its_ends() -> None:
    check = Numeric(1.0, absolute=0.1)
    assert [check.judge(Answer(text)).passed for text in ("0.89", "0.9", "1.1", "1.11")] == [False, True, True, False]


def test_the_relative_tolerance_is_that_of_chartqa() -> None:
    check = Numeric(100, relative=0.05)
    assert [check.judge(Answer(text)).passed for text in ("94.9", "95", "105", "-100")] == [False, True, True, False]


def test_several_different_numbers_need_a_word_on_which_counts() -> None:
    answer = Answer("The 3 items cost 12.50, that is 12.5 dollars")
    verdict = Numeric(12.5).judge(answer)
    assert (verdict.passed, verdict.score) == (False, 0.0)
    assert verdict.reason == "expected only 12.5, got several numbers: 3, 12.5, 12.5; `which` says which one counts"
    assert Numeric(12.5, which="last").judge(answer).passed
    assert Numeric(12.5, which="any").judge(answer).passed
    assert not Numeric(12.5, which="first").judge(answer).passed


def test_the_same_number_twice_is_one() -> None:
    assert Numeric(12.5).judge(Answer("12.5 (that is 12.50)")).passed


def test_a_wrong_number_is_shown_beside_the_right_one() -> None:
    verdict = Numeric(12.5, relative=0.01).judge(Answer("12.7"))
    assert verdict.reason == "expected 12.5 ± 0.125, got 12.7"
    assert 0.9 < verdict.score < 1


def test_no_number_shows_the_answer() -> None:
    assert Numeric(3).judge(Answer("many")).reason == "expected 3, got no number: `many`"


def test_an_overlong_exponent_is_a_wrong_number() -> None:
    verdict = Numeric(3, relative=0.5).judge(Answer("1e999"))
    assert (verdict.passed, verdict.score) == (False, 0.0)


@pytest.mark.parametrize(
    "arguments", [{"value": float("inf")}, {"value": 1, "absolute": -1}, {"value": 1, "relative": float("nan")}]
)
def test_a_tolerance_that_cannot_be_meant_is_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        Numeric(**arguments)  # type: ignore[arg-type]  # only floats


@given(value=st.floats(-1e9, 1e9), actual=st.floats(-1e9, 1e9))
def test_the_score_lies_between_0_and_1_and_is_1_where_it_passes(value: float, actual: float) -> None:
    verdict = Numeric(value, relative=0.1).judge(Answer(f"{actual:f}"))
    assert 0 <= verdict.score <= 1
    assert not verdict.passed or verdict.score == 1
