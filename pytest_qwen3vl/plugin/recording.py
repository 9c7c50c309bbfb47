"""From test reports to case records, and from records to the file, the hooks and the summary.

A worker makes the record at the end of its test and sends it with the report; the controller writes it down.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from pytest_qwen3vl.errors import BrokenCheck, Regression
from pytest_qwen3vl.plugin.bound import BoundCase
from pytest_qwen3vl.plugin.collect import CaseItem
from pytest_qwen3vl.plugin.keeper import KEEPER
from pytest_qwen3vl.plugin.qwen import Answered, Qwen
from pytest_qwen3vl.plugin.session import SESSION

if TYPE_CHECKING:
    from pytest_qwen3vl.records.record import CaseRecord, DivergenceRecord, OutcomeWord

QWEN = pytest.StashKey[Qwen]()
PROPERTY = "qwen_record"
ENGINE_PROPERTY = "qwen_engine"
_PHASES = pytest.StashKey[list["_Phase"]]()
_TOLD = pytest.StashKey[set[str]]()


class _Phase:
    """Keep what a record needs of one phase of a test."""

    def __init__(self, report: pytest.TestReport, error: BaseException | None) -> None:
        self.when, self.outcome, self.start = report.when, report.outcome, report.start
        self.duration, self.error = report.duration, error
        self.xfailed = report.skipped and hasattr(report, "wasxfail")
        self.text = "" if report.longrepr is None else str(report.longrepr)


def note_phase(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Note one phase of a test; at its last, hang the record on the report.

    A case whose own machinery failed, rather than the model, is marked as an error.
    """
    bound = bound_case(item)
    if bound is None:
        return
    error = call.excinfo.value if call.excinfo else None
    if report.when == "setup":
        item.stash[_PHASES] = []
        _forget_last(item.config)
    item.stash[_PHASES].append(_Phase(report, error))
    if report.when == "call" and report.failed and isinstance(item, CaseItem) and _is_own_fault(error):
        vars(report)["qwen_error"] = True  # travels with the report, under xdist too
    if report.when == "teardown":
        _attach(item, bound, report)


class ReportTaker:
    """Write down what reports bring; in a worker, leave it on the report for the controller."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the lines off the report before other plugins (JUnit) see it."""
        if hasattr(self._config, "workerinput"):
            return
        engines, cases = take_records(report)
        for line in engines:
            self._config.stash[KEEPER].engine(line)
        for line in cases:
            self._config.stash[KEEPER].case(line)


def take_records(report: pytest.TestReport) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Remove what a worker hung on a report; return its engine lines and its case lines."""
    ours = [(name, text) for name, text in report.user_properties if name in (PROPERTY, ENGINE_PROPERTY)]
    report.user_properties = [pair for pair in report.user_properties if pair not in ours]
    engines = [json.loads(str(text)) for name, text in ours if name == ENGINE_PROPERTY]
    return engines, [json.loads(str(text)) for name, text in ours if name == PROPERTY]


def _attach(item: pytest.Item, bound: BoundCase, report: pytest.TestReport) -> None:
    qwen = item.config.stash.get(QWEN, None)
    answered = qwen.last if qwen and qwen.last and qwen.last.bound == bound else None
    if answered is not None and answered.bound.choice.name not in item.config.stash.setdefault(_TOLD, set()):
        item.config.stash[_TOLD].add(answered.bound.choice.name)
        line = {"kind": "engine", "model": bound.choice.name, "worker": _worker(), **answered.engine.environment}
        report.user_properties.append((ENGINE_PROPERTY, json.dumps(line)))
    record = make_record(item, bound, answered)
    report.user_properties.append((PROPERTY, json.dumps(record.line_of_json())))


def make_record(item: pytest.Item, bound: BoundCase, answered: Answered | None) -> CaseRecord:
    """Return the record of a test that ended; `answered` None: its model was never asked."""
    from pytest_qwen3vl.records.record import CaseRecord, turn_records

    case, phases = bound.case, item.stash[_PHASES]
    verdict = answered.verdict if answered else None
    generations = answered.generations if answered else ()
    turns = turn_records(case, generations, verdict, answered.golden if answered else None)
    return CaseRecord(
        id=case.full_id,
        model=bound.choice.name,
        dtype=answered.engine.dtype if answered else None,
        task=case.task,
        tags=case.tags,
        priority=case.priority,
        file=item.config.stash[SESSION].shown(case.place.file),
        line=case.place.line,
        nodeid=item.nodeid,
        outcome=_outcome(phases),
        reasons=_reasons(phases, answered),
        golden=verdict.golden if verdict else "off",
        golden_written=bool(answered and answered.outcome and answered.outcome.records),
        divergence=_divergence(answered),
        tie_flips=verdict.tie_flips if verdict else (),
        turns=turns,
        text=turns[-1].text if turns else None,
        golden_text=turns[-1].golden_text if turns else None,
        verified_tokens=sum(generation.verified_tokens for generation in generations),
        generated_tokens=sum(generation.generated_tokens for generation in generations),
        started=phases[0].start,
        seconds=sum(phase.duration for phase in phases),
        vram_peak_bytes=None,
        worker=_worker(),
        device=answered.engine.device if answered else None,
        quantized=(answered.engine.environment.get("quantized") or None) if answered else None,
    )


def _outcome(phases: list[_Phase]) -> OutcomeWord:
    if any(phase.outcome == "failed" for phase in phases):
        failed = next(phase for phase in phases if phase.outcome == "failed")
        return "error" if failed.when != "call" or _is_own_fault(failed.error) else "failed"
    if any(phase.xfailed for phase in phases):
        return "xfailed"
    return "skipped" if any(phase.outcome == "skipped" for phase in phases) else "passed"


def _reasons(phases: list[_Phase], answered: Answered | None) -> tuple[str, ...]:
    if answered and answered.outcome and answered.outcome.reasons:
        return answered.outcome.reasons
    return tuple(phase.text for phase in phases if phase.outcome != "passed" and phase.text)


def _divergence(answered: Answered | None) -> DivergenceRecord | None:
    from pytest_qwen3vl.records.record import DivergenceRecord

    if answered is None or answered.verdict is None or answered.verdict.divergence is None:
        return None
    fields = asdict(answered.verdict.divergence)
    drift = fields["drift"] if math.isfinite(fields["drift"]) else None
    return DivergenceRecord(str(fields["stage"]), drift, fields["tolerance"], fields["detail"])


def _is_own_fault(error: BaseException | None) -> bool:
    """Tell whether a case failed for another reason than what its model answered."""
    if error is None or isinstance(error, Regression):
        return False
    return isinstance(error, BrokenCheck) or not isinstance(error, AssertionError | pytest.fail.Exception)


def bound_case(item: pytest.Item) -> BoundCase | None:
    """Return the case that a test runs, None where it runs none."""
    if isinstance(item, CaseItem):
        return item.bound
    callspec = getattr(item, "callspec", None)
    bound = callspec.params.get("qwen_case") if callspec else None
    return bound if isinstance(bound, BoundCase) else None


def _forget_last(config: pytest.Config) -> None:
    qwen = config.stash.get(QWEN, None)
    if qwen:
        qwen.last = None


def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")
