"""What a case comes to: the table of golden states and golden modes.

    golden is          check              require   add                        update
    good               passed             passed    passed                     passed, rewritten if it changed
    departed           failed             failed    failed, not rewritten      rewritten if the checks pass
    stale              failed             failed    failed                     rewritten
    missing, checks    the checks decide  failed    recorded if checks pass    recorded
    missing, none      failed             failed    recorded                   recorded

A check that does not hold fails the case in every cell. It writes no file: it says whether one is to be written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pytest_qwen3vl.judging.verdict import CaseVerdict
from pytest_qwen3vl.settings import GoldenMode

Status = Literal["passed", "failed", "error"]
GoldenFault = Literal["departed", "stale", "missing"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Say what a case came to, why, and whether its golden is to be recorded."""

    status: Status
    reasons: tuple[str, ...] = ()
    """What a person reads, the decisive one first; the first line of each is a headline."""
    records: bool = False
    fault: GoldenFault | None = None
    """What its golden gives as a reason to fail; None: nothing, the checks decide."""


def settle(verdict: CaseVerdict, mode: GoldenMode, *, has_checks: bool, compares_numbers: bool = True) -> Outcome:
    """Return what the verdict comes to in this mode."""
    if verdict.broken_checks:
        return Outcome("error", tuple(_broken_reasons(verdict)))
    golden_reason, records = _golden_side(verdict, mode, has_checks=has_checks, compares_numbers=compares_numbers)
    if records and verdict.has_nan:
        golden_reason, records = ("its scores hold NaN, so it is not recorded as a golden",), False
    reasons = (*golden_reason, *_check_reasons(verdict))
    return Outcome(
        status="failed" if reasons else "passed",
        reasons=reasons,
        records=records,
        fault=_fault(verdict) if golden_reason else None,
    )


def _fault(verdict: CaseVerdict) -> GoldenFault:
    return verdict.golden if verdict.golden in ("departed", "stale") else "missing"


def _golden_side(
    verdict: CaseVerdict, mode: GoldenMode, *, has_checks: bool, compares_numbers: bool
) -> tuple[tuple[str, ...], bool]:
    """Return the reasons a golden gives to fail, and whether one is to be recorded."""
    passes = not verdict.failed_checks
    match verdict.golden:
        case "good":
            judged = has_checks or compares_numbers
            records = mode == "update" and passes and verdict.differs
            return () if judged or records else (_NOTHING_JUDGES_NEW_WEIGHTS,), records
        case "departed":
            rewritten = mode == "update" and passes
            return () if rewritten else (_departed(verdict),), rewritten
        case "stale":
            rewritten = mode == "update"
            return () if rewritten else (_stale(verdict),), rewritten
        case "missing":
            return _missing(mode, passes=passes, has_checks=has_checks)
        case "off":
            return () if has_checks else (_NOTHING_JUDGES_OFF,), False


def _missing(mode: GoldenMode, *, passes: bool, has_checks: bool) -> tuple[tuple[str, ...], bool]:
    if mode == "update" or (mode == "add" and passes):
        return (), True
    if mode == "require":
        return ("no golden is recorded for this case, and --qwen-golden=require wants one",), False
    return () if has_checks else (_NOTHING_JUDGES,), False


def _departed(verdict: CaseVerdict) -> str:
    divergence = verdict.divergence
    if divergence is None:
        return "the answer departed from its golden"
    turn = f"turn {verdict.divergence_turn}, " if verdict.divergence_turn and verdict.divergence_turn > 1 else ""
    return f"regression at {turn}stage {divergence.stage}: {divergence.detail}"


def _stale(verdict: CaseVerdict) -> str:
    changes = "".join(f"\n  {change}" for change in verdict.stale)
    return f"stale: the case changed since its golden was recorded{changes}"


def _check_reasons(verdict: CaseVerdict) -> list[str]:
    several = len({check.turn for check in verdict.checks}) > 1
    return [
        f"check `{check.name}`{f' of turn {check.turn}' if several else ''}: {check.verdict.reason}"
        for check in verdict.failed_checks
    ]


def _broken_reasons(verdict: CaseVerdict) -> list[str]:
    return [
        f"check `{check.name}` of turn {check.turn} is broken, it raised {check.error}"
        for check in verdict.broken_checks
    ]


_NOTHING_JUDGES = (
    "nothing judges this case: it has no checks and no golden.\n"
    "  give it an `expect:` list, or record a golden with --qwen-golden=add"
)
_NOTHING_JUDGES_OFF = (
    "nothing judges this case: it has no checks, and goldens are left out "
    "(--qwen-golden=off, or a mark that changes the case)"
)
_NOTHING_JUDGES_NEW_WEIGHTS = (
    "nothing judges this case: it has no checks, and --qwen-golden-weights=any does not compare its numbers.\n"
    "  give it an `expect:` list"
)
