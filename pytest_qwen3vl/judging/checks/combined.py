"""The checks `not`, `all`, `any` and `at_least`: checks of checks.

It knows no kind of check: each part is an expectation of its own, with its place in the case file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

from pytest_qwen3vl.cases.case import Expectation
from pytest_qwen3vl.judging.checks.check import Answer, Check, Verdict


@dataclass(frozen=True, slots=True)
class Not:
    """Expect that this check does not hold."""

    shorthand: ClassVar[str | None] = "check"

    check: Expectation
    """The check that must fail."""

    def judge(self, answer: Answer) -> Verdict:
        """Turn the verdict round."""
        (inner,) = _verdicts((self.check,), answer)
        if inner.passed:
            return Verdict(passed=False, score=0.0, reason=f"expected not: {inner.reason}")
        return Verdict(passed=True, score=1.0, reason=f"not: {inner.reason}")


@dataclass(frozen=True, slots=True)
class AllHold:
    """Expect that all of these checks hold."""

    shorthand: ClassVar[str | None] = "of"

    of: tuple[Expectation, ...]
    """The checks."""

    def __post_init__(self) -> None:
        _refuse_none(self.of)

    def judge(self, answer: Answer) -> Verdict:
        """Tell every check that fails; the score is the worst one's."""
        verdicts = _verdicts(self.of, answer)
        failed = [verdict for verdict in verdicts if not verdict.passed]
        score = min(verdict.score for verdict in failed or verdicts)
        return Verdict(passed=not failed, score=score, reason=_reasons(failed or verdicts))


@dataclass(frozen=True, slots=True)
class AnyHolds:
    """Expect that at least one of these checks holds."""

    shorthand: ClassVar[str | None] = "of"

    of: tuple[Expectation, ...]
    """The checks."""

    def __post_init__(self) -> None:
        _refuse_none(self.of)

    def judge(self, answer: Answer) -> Verdict:
        """Tell the check that holds, or all that fail; the score is the best one's."""
        verdicts = _verdicts(self.of, answer)
        held = [verdict for verdict in verdicts if verdict.passed]
        if held:
            return Verdict(passed=True, score=max(verdict.score for verdict in held), reason=_reasons(held))
        reason = f"none of {len(verdicts)} holds: {_reasons(verdicts)}"
        return Verdict(passed=False, score=max(verdict.score for verdict in verdicts), reason=reason)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """Expect that at least so many of these checks hold."""

    shorthand: ClassVar[str | None] = None

    count: int
    """How many must hold."""
    of: tuple[Expectation, ...]
    """The checks."""

    def __post_init__(self) -> None:
        _refuse_none(self.of)
        if not 1 <= self.count <= len(self.of):
            raise ValueError(f"`count` must be from 1 to the number of checks, {len(self.of)}, not {self.count}")

    def judge(self, answer: Answer) -> Verdict:
        """Count the checks that hold; the score is their share of those wanted."""
        verdicts = _verdicts(self.of, answer)
        failed = [verdict for verdict in verdicts if not verdict.passed]
        held = len(verdicts) - len(failed)
        summary = f"{held} of {len(verdicts)} hold"
        if held >= self.count:
            return Verdict(passed=True, score=1.0, reason=summary)
        reason = f"expected at least {self.count}, but {summary}: {_reasons(failed)}"
        return Verdict(passed=False, score=held / self.count, reason=reason)


def _verdicts(expectations: tuple[Expectation, ...], answer: Answer) -> list[Verdict]:
    """Judge each expectation, its name in front of its reason."""
    judged = ((each.name, cast("Check", each.check).judge(answer)) for each in expectations)
    return [Verdict(verdict.passed, verdict.score, f"{name}: {verdict.reason}") for name, verdict in judged]


def _reasons(verdicts: list[Verdict]) -> str:
    return "; ".join(verdict.reason for verdict in verdicts)


def _refuse_none(expectations: tuple[Expectation, ...]) -> None:
    if not expectations:
        raise ValueError("give at least one check")
