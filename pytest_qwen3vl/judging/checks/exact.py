"""The check `exact`: the answer is this text.

It knows no synonyms and no numbers: `any_of` and `numeric` do.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import ClassVar

from pytest_qwen3vl.judging.checks.check import Answer, Verdict
from pytest_qwen3vl.judging.checks.text import comparable, first_difference, shown


@dataclass(frozen=True, slots=True)
class Exact:
    """Expect this text, no more and no less; how long blanks are does not matter, upper and lower case do."""

    shorthand: ClassVar[str | None] = "text"

    text: str
    """The expected answer."""
    ignore_case: bool = False
    """Whether upper and lower case count as the same."""
    keep_whitespace: bool = False
    """Whether blanks and line ends inside the answer must be the same too."""

    def judge(self, answer: Answer) -> Verdict:
        """Compare in Unicode form NFC."""
        expected, actual = self._normal(self.text), self._normal(answer.text)
        if expected == actual:
            return Verdict(passed=True, score=1.0, reason=f"is {shown(expected)}")
        at = first_difference(expected, actual)
        reason = f"expected {shown(expected, at)}, got {shown(actual, at)}"
        return Verdict(passed=False, score=0.0, reason=f"{reason}; they differ from character {at + 1} on")

    def _normal(self, text: str) -> str:
        if not self.keep_whitespace:
            return comparable(text, ignore_case=self.ignore_case)
        text = unicodedata.normalize("NFC", text.strip().replace("\r\n", "\n"))
        return text.casefold() if self.ignore_case else text
