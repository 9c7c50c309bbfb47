"""From test reports to case records, and from records to the file, the hooks and the summary.

A worker makes the record at the end of its test and sends it with the report; the controller writes it down.
"""

from __future__ import annotations

import json
import math
import os
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pytest_qwen3vl.errors import CaseFailure, QwenError
from pytest_qwen3vl.plugin.bound import BoundCase
from pytest_qwen3vl.plugin.collect import CaseItem, bound_case
from pytest_qwen3vl.plugin.keeper import KEEPER
from pytest_qwen3vl.plugin.qwen import Answered, Qwen
from pytest_qwen3vl.plugin.session import SESSION

if TYPE_CHECKING:
    from pytest_qwen3vl.records.record import CaseRecord, DivergenceRecord, OutcomeWord

QWEN = pytest.StashKey[Qwen]()
PROPERTY = "qwen_record"
ENGINE_PROPERTY = "qwen_engine"
_PHASES = pytest.StashKey[list["Phase"]]()
_TOLD = pytest.StashKey[set[str]]()


@dataclass(frozen=True, slots=True)
class Phase:
    """Keep what a record needs of one phase of a test; no exception, whose traceback would hold the model."""

    outcome: str
    start: float
    duration: float
    is_error: bool
    """It failed, and not by what the model answered."""
    is_xfailed: bool
    text: str


def note_phase(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
    """Note one phase of a test; at its last, hang the record on the report.

    A case whose own machinery failed, rather than the model, is marked as an error.
    """
    bound = bound_case(item)
    if bound is None or item.config.option.setuponly or item.config.option.setupplan:
        return
    if report.when == "setup":
        item.stash[_PHASES] = []
        _forget_last(item.config)
    phase = _phase(item, call, report)
    item.stash[_PHASES].append(phase)
    if report.when == "call" and phase.is_error:
        vars(report)["qwen_error"] = True  # travels with the report, under xdist too
    if report.when == "teardown":
        _attach(item, bound, report)
        del item.stash[_PHASES]


def _phase(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> Phase:
    error = call.excinfo.value if call.excinfo else None
    return Phase(
        outcome=report.outcome,
        start=report.start,
        duration=report.duration,
        is_error=report.failed and (report.when != "call" or _is_own_fault(item, error)),
        is_xfailed=report.skipped and hasattr(report, "wasxfail"),
        text="" if report.longrepr is None else str(report.longrepr),
    )


def _is_own_fault(item: pytest.Item, error: BaseException | None) -> bool:
    """Tell whether a test failed for another reason than what the model answered, or a Python test asserts."""
    if error is None or isinstance(error, CaseFailure):
        return False
    if not isinstance(item, CaseItem):
        return isinstance(error, QwenError)
    return not isinstance(error, AssertionError | pytest.fail.Exception)


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
        for line in cases or crashed(self._config, report):
            self._config.stash[KEEPER].case(line)


def crashed(config: pytest.Config, report: pytest.TestReport) -> list[dict[str, Any]]:
    """Return the line of a case with which its xdist worker died: it could send none itself."""
    if str(report.when) != "???":  # what xdist gives a crashed worker's report
        return []
    session = config.stash[SESSION]
    path = config.rootpath / report.nodeid.partition("::")[0]
    root = session.case_root(path)
    if root is None or path.suffix not in (".yaml", ".yml"):
        return []
    bound = (bound for case in session.load(path) for bound in session.bind(case, root))
    found = next((each for each in bound if report.nodeid.endswith(f"::{each.test_id}")), None)
    phase = Phase("failed", time.time(), 0.0, is_error=True, is_xfailed=False, text=str(report.longrepr))
    return [make_record(config, report.nodeid, found, [phase], None).line_of_json()] if found else []


def take_records(report: pytest.TestReport) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Remove what a worker hung on a report; return its engine lines and its case lines."""
    ours = [(name, text) for name, text in report.user_properties if name in (PROPERTY, ENGINE_PROPERTY)]
    report.user_properties = [pair for pair in report.user_properties if pair not in ours]
    engines = [json.loads(str(text)) for name, text in ours if name == ENGINE_PROPERTY]
    return engines, [json.loads(str(text)) for name, text in ours if name == PROPERTY]


def _attach(item: pytest.Item, bound: BoundCase, report: pytest.TestReport) -> None:
    qwen = item.config.stash.get(QWEN, None)
    answered = qwen.last if qwen and qwen.last and qwen.last.bound == bound else None
    _forget_last(item.config)
    if answered is not None and bound.choice.name not in item.config.stash.setdefault(_TOLD, set()):
        item.config.stash[_TOLD].add(bound.choice.name)
        line = {"kind": "engine", "model": bound.choice.name, "worker": _worker(), **answered.environment}
        report.user_properties.append((ENGINE_PROPERTY, json.dumps(line)))
    record = make_record(item.config, item.nodeid, bound, item.stash[_PHASES], answered)
    report.user_properties.append((PROPERTY, json.dumps(record.line_of_json())))


def make_record(
    config: pytest.Config, nodeid: str, bound: BoundCase, phases: list[Phase], answered: Answered | None
) -> CaseRecord:
    """Return the record of a test that ended; `answered` None: its model was never asked."""
    from pytest_qwen3vl.records.record import CaseRecord, turn_records

    case = bound.case
    verdict = answered.verdict if answered else None
    generations = answered.generations if answered else ()
    turns = turn_records([turn.ask for turn in case.turns], generations, verdict, answered.golden if answered else None)
    return CaseRecord(
        id=case.full_id,
        model=bound.choice.name,
        dtype=answered.dtype if answered else None,
        task=case.task,
        tags=case.tags,
        priority=case.priority,
        file=config.stash[SESSION].shown(case.place.file),
        line=case.place.line,
        nodeid=nodeid,
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
        device=answered.device if answered else None,
        quantized=(answered.environment.get("quantized") or None) if answered else None,
    )


def _outcome(phases: list[Phase]) -> OutcomeWord:
    if any(phase.outcome == "failed" for phase in phases):
        return "error" if any(phase.is_error for phase in phases) else "failed"
    if any(phase.is_xfailed for phase in phases):
        return "xfailed"
    return "skipped" if any(phase.outcome == "skipped" for phase in phases) else "passed"


def _reasons(phases: list[Phase], answered: Answered | None) -> tuple[str, ...]:
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


def _forget_last(config: pytest.Config) -> None:
    qwen = config.stash.get(QWEN, None)
    if qwen:
        qwen.last = None


def _worker() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")
