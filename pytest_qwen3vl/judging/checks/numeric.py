"""The check `numeric`: a number in the answer is near enough to the expected one.

How numbers are found in a text is `numbers`' matter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from pytest_qwen3vl.judging.checks.check import Answer, Verdict
from pytest_qwen3vl.judging.checks.numbers import numbers_in
from pytest_qwen3vl.judging.checks.text import shown

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Numeric:
    """Expect this number, within the larger of two tolerances (ChartQA's relaxed accuracy is `relative: 0.05`).

    An answer with several different numbers fails unless `which` says which one counts: picking one silently would
    pass "3 of 12" for 3 as well as for 12.
    """

    shorthand: ClassVar[str | None] = "value"

    value: float
    """The expected number, as the answer shows it: 12 for "12%"."""
    absolute: float = 0.0
    """How far it may be off."""
    relative: float = 0.0
    """How far it may be off, as a share of `value`."""
    which: Literal["only", "first", "last", "any"] = "only"
    """Which of the answer's numbers counts; only: there must be no other."""
    decimal: Literal["point", "comma"] = "point"
    """How the answer writes decimals; comma: 1.234,5 and 12,500 is twelve and a half."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"`value` must be a finite number, not {self.value}")
        for name, tolerance in (("absolute", self.absolute), ("relative", self.relative)):
            if not 0 <= tolerance < math.inf:
                raise ValueError(f"`{name}` must be at least 0 and finite, not {tolerance}")

    def judge(self, answer: Answer) -> Verdict:
        """Compare the chosen number, or the nearest where any may be meant."""
        numbers = numbers_in(answer.text, decimal_comma=self.decimal == "comma")
        if not numbers:
            reason = f"expected {self._wanted()}, got no number: {shown(answer.text)}"
            return Verdict(passed=False, score=0.0, reason=reason)
        if self.which == "only" and len(set(numbers)) > 1:
            listed = ", ".join(f"{number:.12g}" for number in numbers[:8])
            reason = f"expected only {self._wanted()}, got several numbers: {listed}; `which` says which one counts"
            return Verdict(passed=False, score=0.0, reason=reason)
        return self._compare(self._chosen(numbers))

    def _chosen(self, numbers: tuple[float, ...]) -> float:
        if self.which == "any":
            return min(numbers, key=lambda number: abs(number - self.value))
        return numbers[-1] if self.which == "last" else numbers[0]

    def _compare(self, actual: float) -> Verdict:
        distance = abs(actual - self.value)
        if distance <= self._tolerance() + _ROUNDING * abs(self.value):
            return Verdict(passed=True, score=1.0, reason=f"{actual:.12g} is {self._wanted()}")
        score = max(0.0, 1.0 - distance / abs(self.value)) if self.value else 0.0
        return Verdict(passed=False, score=score, reason=f"expected {self._wanted()}, got {actual:.12g}")

    def _tolerance(self) -> float:
        return max(self.absolute, self.relative * abs(self.value))

    def _wanted(self) -> str:
        tolerance = self._tolerance()
        return f"{self.value:.12g}" + (f" ± {tolerance:.6g}" if tolerance else "")
