"""The way of one case: golden, answers, verdict, outcome, record. The `qwen` fixture is a `Qwen`.

It calls the rooms in order and decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_qwen3vl.errors import BrokenCheck, GoldenError, MissingGolden, Regression, StaleGolden
from pytest_qwen3vl.plugin.bound import BoundCase
from pytest_qwen3vl.plugin.session import QwenSession

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_qwen3vl.engine.engine import Engine
    from pytest_qwen3vl.judging.golden import Golden
    from pytest_qwen3vl.judging.outcome import Outcome
    from pytest_qwen3vl.judging.outputs import Generation
    from pytest_qwen3vl.judging.verdict import CaseVerdict


@dataclass(frozen=True, slots=True)
class Answered:
    """Hold what a case came to; what is None was not reached."""

    bound: BoundCase
    dtype: str
    device: str
    environment: Mapping[str, str]
    generations: tuple[Generation, ...]
    golden: Golden | None = None
    verdict: CaseVerdict | None = None
    outcome: Outcome | None = None

    @property
    def text(self) -> str:
        """Return the last turn's answer."""
        return self.generations[-1].text


class Qwen:
    """Answer and check cases; one a session, as the fixture `qwen`."""

    def __init__(self, session: QwenSession, progress: Callable[[str], None]) -> None:
        self._session = session
        self._progress = progress
        self.last: Answered | None = None
        """What the last case came to; the record is made of it."""

    def engine(self, bound: BoundCase) -> Engine:
        """Return the engine of the case's model, loaded when first asked for."""
        return self._session.engine(bound.choice, self._progress)

    def answer(self, bound: BoundCase) -> Answered:
        """Answer every turn, verifying the golden where there is one; judge nothing."""
        engine = self.engine(bound)
        golden = self.golden(bound)
        known = [turn.token_ids for turn in golden.turns] if golden else None
        generations = engine.answer(bound.case, known, seed=bound.seed)
        self.last = Answered(bound, engine.dtype, engine.device, engine.environment, generations, golden)
        return self.last

    def check(self, bound: BoundCase) -> Answered:
        """Answer a case, hold it against its checks and golden, record the golden where that was asked for.

        Raises a `CaseFailure` with the reasons where it does not hold, `BrokenCheck` where a check raised.
        """
        __tracebackhide__ = True
        from pytest_qwen3vl.judging.golden import case_inputs
        from pytest_qwen3vl.judging.outcome import settle
        from pytest_qwen3vl.judging.verdict import Scope, judge_case

        settings = self._session.settings
        answered = self.answer(bound)
        compares_numbers = settings.golden_weights == "same"
        scope = Scope(goldens=self._compares_goldens(bound), numbers=compares_numbers, text=not self._is_random)
        verdict = judge_case(bound.case, answered.generations, answered.golden, case_inputs(bound.case), scope)
        has_checks = bound.case.has_checks or self._is_random
        outcome = settle(verdict, settings.golden, has_checks=has_checks, compares_numbers=compares_numbers)
        answered = replace(answered, verdict=verdict, outcome=outcome)
        self.last = answered
        if outcome.records:
            self._record(answered)
        self._raise(answered)
        return answered

    def golden(self, bound: BoundCase) -> Golden | None:
        """Return the case's golden, or None where there is none or goldens are off.

        Raises `GoldenError` for a damaged file, unless this run may write it anew.
        """
        from pytest_qwen3vl.judging.golden_file import read_golden

        if not self._compares_goldens(bound):
            return None
        try:
            return read_golden(self.golden_path(bound))
        except GoldenError:
            if self._session.settings.golden != "update":
                raise
            return None

    def golden_path(self, bound: BoundCase) -> Path:
        """Return where the case's golden lies, there or not."""
        from pytest_qwen3vl.judging.golden_file import golden_path

        return golden_path(bound.golden_root, bound.case.full_id, bound.choice.name, self.engine(bound).dtype)

    @property
    def _is_random(self) -> bool:
        return self._session.settings.weights == "random"

    def _compares_goldens(self, bound: BoundCase) -> bool:
        return bound.has_golden and self._session.settings.golden != "off" and not self._is_random

    def _record(self, answered: Answered) -> None:
        from pytest_qwen3vl.judging.golden import golden_of
        from pytest_qwen3vl.judging.golden_file import write_golden

        bound = answered.bound
        golden = golden_of(bound.case, bound.choice.name, answered.dtype, answered.generations, answered.environment)
        write_golden(self.golden_path(bound), golden)

    def _raise(self, answered: Answered) -> None:
        __tracebackhide__ = True
        outcome = answered.outcome
        if outcome is None or outcome.status == "passed":
            return
        if outcome.status == "error":
            raise BrokenCheck("\n".join(outcome.reasons))
        failure = {"stale": StaleGolden, "missing": MissingGolden}.get(outcome.fault or "", Regression)
        raise failure("\n".join([*outcome.reasons, *self._context(answered, outcome)]))

    def _context(self, answered: Answered, outcome: Outcome) -> Sequence[str]:
        """Return the lines under the reasons: what was asked and said, and how to accept it."""
        case = answered.bound.case
        lines = [f"at {self._session.shown(case.place.file)}:{case.place.line}:{case.place.column}"]
        golden = answered.golden.turns if answered.golden else ()
        for number, (turn, generation) in enumerate(zip(case.turns, answered.generations, strict=True)):
            lines.append(f"  turn {number + 1} asked {turn.ask!r}")
            if number < len(golden) and golden[number].text != generation.text:
                lines.append(f"   golden said {golden[number].text!r}")
            lines.append(f"      answered {generation.text!r}")
        if self._can_accept(answered, outcome):
            lines.append(f"to accept: {self._session.rerun_command(answered.bound)} --qwen-golden=update")
        return lines

    def _can_accept(self, answered: Answered, outcome: Outcome) -> bool:
        has_failed_checks = bool(answered.verdict and answered.verdict.failed_checks)
        return outcome.fault == "stale" or (outcome.fault == "departed" and not has_failed_checks)
