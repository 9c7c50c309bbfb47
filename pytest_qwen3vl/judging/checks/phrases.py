"""The checks `contains`, `any_of` and `none_of`: phrases that are in the answer, or are not.

Phrases are whole words and case-folded unless said otherwise: `red` is not in "hundred", `12` not in "12.5", `C++` is
in "C++!", and Chinese, which has no blanks, is searched as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pytest_qwen3vl.judging.checks.check import Answer, Verdict
from pytest_qwen3vl.judging.checks.text import has_phrase, shown


@dataclass(frozen=True, slots=True)
class Contains:
    """Expect this phrase in the answer."""

    shorthand: ClassVar[str | None] = "text"

    text: str
    """The phrase: one word or several."""
    words: bool = True
    """Whether the phrase must be whole words."""
    ignore_case: bool = True
    """Whether upper and lower case count as the same."""

    def __post_init__(self) -> None:
        _refuse_blank(self.text)

    def judge(self, answer: Answer) -> Verdict:
        """Pass where the phrase is found."""
        if has_phrase(answer.text, self.text, words=self.words, ignore_case=self.ignore_case):
            return Verdict(passed=True, score=1.0, reason=f"contains {shown(self.text)}")
        reason = f"expected {shown(self.text)} in the answer, got {shown(answer.text)}"
        return Verdict(passed=False, score=0.0, reason=reason)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Expect at least one of these phrases in the answer."""

    shorthand: ClassVar[str | None] = "phrases"

    phrases: tuple[str, ...]
    """The phrases, each one word or several."""
    words: bool = True
    """Whether a phrase must be whole words."""
    ignore_case: bool = True
    """Whether upper and lower case count as the same."""

    def __post_init__(self) -> None:
        _refuse_blank(*self.phrases)

    def judge(self, answer: Answer) -> Verdict:
        """Pass where a phrase is found."""
        found = _found(self.phrases, answer, words=self.words, ignore_case=self.ignore_case)
        if found:
            return Verdict(passed=True, score=1.0, reason=f"contains {_listed(found)}")
        reason = f"expected one of {_listed(self.phrases)} in the answer, got {shown(answer.text)}"
        return Verdict(passed=False, score=0.0, reason=reason)


@dataclass(frozen=True, slots=True)
class NoneOf:
    """Expect none of these phrases in the answer."""

    shorthand: ClassVar[str | None] = "phrases"

    phrases: tuple[str, ...]
    """The phrases, each one word or several."""
    words: bool = True
    """Whether only whole words count."""
    ignore_case: bool = True
    """Whether upper and lower case count as the same."""

    def __post_init__(self) -> None:
        _refuse_blank(*self.phrases)

    def judge(self, answer: Answer) -> Verdict:
        """Fail where a phrase is found."""
        found = _found(self.phrases, answer, words=self.words, ignore_case=self.ignore_case)
        if not found:
            return Verdict(passed=True, score=1.0, reason=f"contains none of {_listed(self.phrases)}")
        reason = f"expected no {_listed(found)} in the answer, got {shown(answer.text)}"
        return Verdict(passed=False, score=0.0, reason=reason)


def _found(phrases: tuple[str, ...], answer: Answer, *, words: bool, ignore_case: bool) -> tuple[str, ...]:
    return tuple(each for each in phrases if has_phrase(answer.text, each, words=words, ignore_case=ignore_case))


def _listed(phrases: tuple[str, ...]) -> str:
    return ", ".join(shown(phrase) for phrase in phrases)


def _refuse_blank(*phrases: str) -> None:
    if not phrases or not all(phrase.strip() for phrase in phrases):
        raise ValueError("give at least one phrase, and none that is empty: an empty phrase is in every answer")
