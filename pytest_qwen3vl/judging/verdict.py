"""All that is judged of one case: its checks turn by turn, and how it compares with its golden.

It gathers facts. What they come to, and whether a golden is written, `outcome` decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from pytest_qwen3vl.cases.case import Case, Turn
from pytest_qwen3vl.judging.checks.always import NO_NAN, always_on
from pytest_qwen3vl.judging.checks.check import Answer, Check, Verdict
from pytest_qwen3vl.judging.drift import Comparison, Divergence, compare_turn, inputs_divergence
from pytest_qwen3vl.judging.golden import CaseInputs, Golden, what_changed
from pytest_qwen3vl.judging.outputs import Generation

GoldenState = Literal["good", "departed", "stale", "missing", "off"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Hold one check's verdict on one turn."""

    turn: int
    """Counted from 1."""
    name: str
    verdict: Verdict
    error: str | None = None
    """What the check raised; its verdict then means nothing."""


@dataclass(frozen=True, slots=True)
class CaseVerdict:
    """Hold what is known of a case after its answers were judged."""

    checks: tuple[CheckResult, ...]
    golden: GoldenState
    divergence: Divergence | None = None
    divergence_turn: int | None = None
    stale: tuple[str, ...] = ()
    """What changed in the case since its golden was recorded."""
    tie_flips: tuple[str, ...] = ()
    differs: bool = False
    """Anything that a golden holds is not the golden's: what was said, or a number beyond its tolerance."""
    has_nan: bool = False
    """A score of an answer was NaN: it must not become a golden."""

    @property
    def failed_checks(self) -> tuple[CheckResult, ...]:
        """Return the checks that did not hold, broken ones left out."""
        return tuple(check for check in self.checks if check.error is None and not check.verdict.passed)

    @property
    def broken_checks(self) -> tuple[CheckResult, ...]:
        """Return the checks that raised."""
        return tuple(check for check in self.checks if check.error is not None)


@dataclass(frozen=True, slots=True)
class Scope:
    """Say what of a case is judged in this run."""

    goldens: bool = True
    """False: goldens are off."""
    numbers: bool = True
    """False: new weights are expected, so prompt and pixels are held against the golden, logits and output are not."""
    text: bool = True
    """False: random weights, of which no more than finite scores is asked."""


def judge_case(
    case: Case,
    generations: Sequence[Generation],
    golden: Golden | None,
    inputs: CaseInputs,
    scope: Scope = Scope(),
) -> CaseVerdict:
    """Judge a case's answers, one generation a turn."""
    checks = tuple(
        result
        for number, (turn, generation) in enumerate(zip(case.turns, generations, strict=True), start=1)
        for result in check_turn(case, number, turn, generation)
        if scope.text or result.name == NO_NAN
    )
    compared = CaseVerdict(checks, "missing", has_nan=any(generation.has_nan for generation in generations))
    if not scope.goldens:
        return replace(compared, golden="off")
    if golden is None:
        return compared
    if changes := tuple(what_changed(case, golden.inputs, inputs)):
        return replace(compared, golden="stale", stale=changes)
    return _compare(compared, generations, golden, compares_numbers=scope.numbers)


def check_turn(case: Case, number: int, turn: Turn, generation: Generation) -> list[CheckResult]:
    """Return the results of a turn's own checks and of those that are always on."""
    answer = Answer(generation.text, case.task, tuple((image.width, image.height) for image in generation.images))
    results = [CheckResult(number, name, verdict) for name, verdict in always_on(generation, case.generation.finish)]
    ours = (_run_check(number, expected.name, cast("Check", expected.check), answer) for expected in turn.expect)
    return [*results, *ours]


def _run_check(number: int, name: str, check: Check, answer: Answer) -> CheckResult:
    try:
        return CheckResult(number, name, check.judge(answer))
    except Exception as error:  # noqa: BLE001  (a user's check may raise anything; it is reported as an error)
        text = f"{type(error).__name__}: {error}"
        return CheckResult(number, name, Verdict(passed=False, score=0.0, reason=text), error=text)


def _compare(
    verdict: CaseVerdict, generations: Sequence[Generation], golden: Golden, *, compares_numbers: bool
) -> CaseVerdict:
    flips: list[str] = []
    differs = False
    for number, (generation, turn) in enumerate(zip(generations, golden.turns, strict=True), start=1):
        compared = compare_turn(generation, turn, golden.dtype)
        differs = differs or compared.divergence is not None or compared.tie_flip is not None
        divergence = compared.divergence if compares_numbers else inputs_divergence(generation, turn)
        if divergence:
            return replace(verdict, golden="departed", divergence=divergence, divergence_turn=number, differs=True)
        flips.extend(_flip(number, compared))
        if generation.token_ids != turn.token_ids:
            break  # later turns have other prompts: their goldens are void
    return replace(verdict, golden="good", tie_flips=tuple(flips), differs=differs)


def _flip(number: int, compared: Comparison) -> list[str]:
    return [] if compared.tie_flip is None else [f"turn {number}: {compared.tie_flip!r}"]
