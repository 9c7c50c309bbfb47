"""The checks of words: exact, contains, any_of, none_of, regex, length."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_qwen3vl.judging.checks.check import Answer
from pytest_qwen3vl.judging.checks.exact import Exact
from pytest_qwen3vl.judging.checks.length import Length
from pytest_qwen3vl.judging.checks.phrases import AnyOf, Contains, NoneOf
from pytest_qwen3vl.judging.checks.regex import Regex
from pytest_qwen3vl.judging.checks.text import first_difference, has_phrase, shown

WORD = st.text("abcdefgxyz", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("expected", "answer"),
    [("12.50", " 12.50\n"), ("a b", "a \n b"), (unicodedata.normalize("NFD", "café"), "café"), ("", "  ")],
)
def test_exact_passes_over_outer_blanks_their_length_and_unicode_forms(expected: str, answer: str) -> None:
    assert Exact(expected).judge(Answer(answer)).passed


def test_exact_minds_upper_case_unless_told_otherwise() -> None:
    assert not Exact("Red").judge(Answer("red")).passed
    assert Exact("Straße", ignore_case=True).judge(Answer("STRASSE")).passed


def test_exact_can_mind_line_ends() -> None:
    assert not Exact("a\nb", keep_whitespace=True).judge(Answer("a b")).passed
    assert Exact("a\nb\n", keep_whitespace=True).judge(Answer("a\r\nb")).passed


def test_exact_shows_both_texts_where_they_differ() -> None:
    text = "word " * 100
    verdict = Exact(text + "left").judge(Answer(text + "right"))
    assert verdict.reason.endswith("they differ from character 501 on")
    assert "left" in verdict.reason
    assert "right" in verdict.reason
    assert len(verdict.reason) < 300


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("A red circle.", "red"),
        ("A RED circle", "red"),
        ("it is\nNew  York", "new york"),
        ("I like C++!", "C++"),
        ("C++", "C++"),
        ("It costs $5.", "$5"),
        ("图中有一只狗。", "狗"),
        ("빨간색입니다", "빨간색"),
        ("红色red圆", "red"),
        ("hundred, but red", "red"),
        ("1,2,3", "2"),
        ("the total is 12.", "12"),
        ("STRASSE", "straße"),
    ],
)
def test_a_whole_phrase_is_found(text: str, phrase: str) -> None:
    assert has_phrase(text, phrase)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("a hundred", "red"),
        ("redder", "red"),
        ("$50", "$5"),
        ("12.5", "12"),
        ("12.5", "5"),
        ("12,500", "12"),
        ("112", "12"),
        ("cafe\u0301", "cafe"),
        ("red_circle", "red"),
        ("", "red"),
        ("New Yorker", "new york"),
    ],
)
def test_a_part_of_a_word_or_number_is_not_found(text: str, phrase: str) -> None:
    assert not has_phrase(text, phrase)


@given(before=st.lists(WORD), word=WORD, after=st.lists(WORD))
def test_a_word_among_words_is_always_found(before: list[str], word: str, after: list[str]) -> None:
    assert has_phrase(" ".join([*before, word, *after]), word)


@given(words=st.lists(WORD), word=WORD)
def test_whole_words_are_those_that_splitting_gives(words: list[str], word: str) -> None:
    assert has_phrase(" ".join(words), word) == (word in words)


def test_parts_of_words_count_where_asked_for() -> None:
    assert Contains("red", words=False).judge(Answer("hundred")).passed
    assert not Contains("Red", ignore_case=False).judge(Answer("red")).passed


def test_contains_shows_what_was_expected_and_what_came() -> None:
    assert Contains("red").judge(Answer("blue")).reason == "expected `red` in the answer, got `blue`"


def test_any_of_names_what_it_found() -> None:
    assert AnyOf(("brown", "tan")).judge(Answer("It is tan.")).reason == "contains `tan`"
    assert not AnyOf(("brown", "tan")).judge(Answer("It is orange.")).passed


def test_none_of_names_what_should_not_be_there() -> None:
    verdict = NoneOf(("sorry", "cannot")).judge(Answer("Sorry, no."))
    assert (verdict.passed, verdict.reason) == (False, "expected no `sorry` in the answer, got `Sorry, no.`")
    assert NoneOf(("red",)).judge(Answer("hundred")).passed


@pytest.mark.parametrize("phrases", [(), ("red", " ")])
def test_an_empty_phrase_is_refused(phrases: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="an empty phrase is in every answer"):
        NoneOf(phrases)


def test_regex_searches_with_its_flags() -> None:
    assert Regex("^b$", flags="im").judge(Answer("a\nB")).reason == "`^b$` matches `B`"
    assert not Regex("^b$").judge(Answer("a\nb")).passed


@pytest.mark.parametrize(("pattern", "flags"), [("(", ""), ("[[a]", ""), ("a", "q"), ("a" + "{1}" * 2, "")])
def test_a_regex_that_cannot_be_meant_is_refused(pattern: str, flags: str) -> None:
    with pytest.raises(ValueError, match=r"pattern|flags"):
        Regex(pattern, flags)


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        (Length(min_words=3), "expected at least 3 words, got 2"),
        (Length(max_words=1), "expected at most 1 words, got 2"),
        (Length(min_chars=9), "expected at least 9 characters, got 7"),
        (Length(max_chars=6), "expected at most 6 characters, got 7"),
    ],
)
def test_length_tells_the_bound_and_the_count(check: Length, reason: str) -> None:
    verdict = check.judge(Answer(" one two "))
    assert (verdict.passed, verdict.reason) == (False, reason)
    assert 0 <= verdict.score < 1


def test_a_length_within_bounds_passes() -> None:
    assert Length(min_words=2, max_words=2, min_chars=7, max_chars=7).judge(Answer("one two")).passed


@pytest.mark.parametrize("bounds", [{}, {"min_words": -1}, {"min_words": 3, "max_words": 2}])
def test_a_length_that_bounds_nothing_is_refused(bounds: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"at least|no answer"):
        Length(**bounds)


@given(text=st.text(), around=st.integers(0, 500))
def test_a_shown_text_is_one_short_line(text: str, around: int) -> None:
    line = shown(text, around)
    assert "\n" not in line
    assert len(line) <= 84


@given(one=st.text(), other=st.text())
def test_texts_are_equal_up_to_their_first_difference(one: str, other: str) -> None:
    at = first_difference(one, other)
    assert one[:at] == other[:at]
    assert one == other or one[at : at + 1] != other[at : at + 1]
