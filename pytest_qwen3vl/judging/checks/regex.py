"""The check `regex`: a regular expression finds something in the answer."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import ClassVar

from pytest_qwen3vl.judging.checks.check import Answer, Verdict
from pytest_qwen3vl.judging.checks.text import shown

_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}


@dataclass(frozen=True, slots=True)
class Regex:
    """Expect a part of the answer to match this regular expression of Python; anchor it with ^ and $."""

    shorthand: ClassVar[str | None] = "pattern"

    pattern: str
    """The regular expression."""
    flags: str = ""
    """Letters out of i (ignore case), m (^ and $ at lines), s (the dot matches line ends), x (verbose)."""

    def __post_init__(self) -> None:
        unknown = sorted(set(self.flags) - set(_FLAGS))
        if unknown:
            raise ValueError(f"`flags` knows the letters i, m, s and x, not `{''.join(unknown)}`")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                self._compiled()
        except re.error as error:
            where = "" if error.pos is None else f" at its character {error.pos + 1}"
            raise ValueError(f"the pattern {shown(self.pattern)} is wrong{where}: {error.msg}") from None
        except (Warning, RecursionError, OverflowError) as error:
            raise ValueError(f"the pattern {shown(self.pattern)} is wrong: {error}") from None

    def judge(self, answer: Answer) -> Verdict:
        """Search the whole answer."""
        match = self._compiled().search(answer.text)
        if match is not None:
            return Verdict(passed=True, score=1.0, reason=f"{shown(self.pattern)} matches {shown(match.group())}")
        reason = f"expected a match of {shown(self.pattern)}, got {shown(answer.text)}"
        return Verdict(passed=False, score=0.0, reason=reason)

    def _compiled(self) -> re.Pattern[str]:
        flags = re.RegexFlag(0)
        for letter in self.flags:
            flags |= _FLAGS[letter]
        return re.compile(self.pattern, flags)
