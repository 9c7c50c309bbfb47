"""The check `length`: the answer has so many words or characters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pytest_qwen3vl.judging.checks.check import Answer, Verdict


@dataclass(frozen=True, slots=True)
class Length:
    """Expect an answer neither too short nor too long; count characters in languages without blanks."""

    shorthand: ClassVar[str | None] = None

    min_words: int | None = None
    """The fewest words: what blanks separate."""
    max_words: int | None = None
    """The most words."""
    min_chars: int | None = None
    """The fewest characters, without blanks around the answer."""
    max_chars: int | None = None
    """The most characters."""

    def __post_init__(self) -> None:
        given = (self.min_words, self.max_words, self.min_chars, self.max_chars)
        bounds = [bound for bound in given if bound is not None]
        if not bounds:
            raise ValueError("give at least one of `min_words`, `max_words`, `min_chars` and `max_chars`")
        if min(bounds) < 0:
            raise ValueError("a length must be at least 0")
        for unit, least, most in self._ranges():
            if least is not None and most is not None and least > most:
                raise ValueError(f"no answer has at least {least} and at most {most} {unit}")

    def judge(self, answer: Answer) -> Verdict:
        """Count words and characters."""
        text = answer.text.strip()
        counts = {"words": len(text.split()), "characters": len(text)}
        for unit, least, most in self._ranges():
            count = counts[unit]
            if least is not None and count < least:
                reason = f"expected at least {least} {unit}, got {count}"
                return Verdict(passed=False, score=count / least, reason=reason)
            if most is not None and count > most:
                reason = f"expected at most {most} {unit}, got {count}"
                return Verdict(passed=False, score=most / count, reason=reason)
        return Verdict(passed=True, score=1.0, reason=f"{counts['words']} words, {counts['characters']} characters")

    def _ranges(self) -> tuple[tuple[str, int | None, int | None], ...]:
        return ("words", self.min_words, self.max_words), ("characters", self.min_chars, self.max_chars)
