"""The end of a run: unused goldens, the record's last line, the summary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pytest_qwen3vl.plugin.keeper import KEEPER, RecordKeeper
from pytest_qwen3vl.plugin.options import read_option
from pytest_qwen3vl.plugin.session import SESSION
from pytest_qwen3vl.plugin.unused import remove_goldens, unused_goldens

UNUSED = "qwen_unused"
_NO_RECORD = "none, as pytest's cache is off; --qwen-record=FILE writes one"


def close(session: pytest.Session, exit_status: int) -> None:
    """End the run in this process."""
    report_unused(session.config)
    if not hasattr(session.config, "workerinput"):
        finish(session, exit_status)


def report_unused(config: pytest.Config) -> None:
    """Find the goldens whose case is gone, and tell the keeper; a worker tells its controller."""
    session = config.stash[SESSION]
    if not session.suites or session.settings.golden == "off":
        return
    paths = unused_goldens(session, saw_everything=_saw_everything(config))
    if hasattr(config, "workeroutput"):
        config.workeroutput[UNUSED] = [str(path) for path in paths]
    else:
        config.stash[KEEPER].unused.update(paths)


def take_unused(config: pytest.Config, output: dict[str, Any]) -> None:
    """Note what a worker found."""
    config.stash[KEEPER].unused.update(map(Path, output.get(UNUSED, [])))


def finish(session: pytest.Session, exit_status: int) -> None:
    """Remove or complain of unused goldens, as the golden mode says, and end the record."""
    config = session.config
    keeper = config.stash[KEEPER]
    mode = read_option(config, "qwen_golden")
    if keeper.unused and mode == "update":
        remove_goldens(keeper.unused)
    if keeper.unused and mode == "require" and exit_status == pytest.ExitCode.OK:
        session.exitstatus = exit_status = pytest.ExitCode.TESTS_FAILED
    keeper.end(int(exit_status), interrupted=exit_status == pytest.ExitCode.INTERRUPTED)


def print_summary(reporter: pytest.TerminalReporter, keeper: RecordKeeper, config: pytest.Config) -> None:
    """Print the table of tasks and models, what is worth a note, and where the record lies."""
    from pytest_qwen3vl.reporting.terminal import summary_lines, summary_notes

    if not keeper.cases and not keeper.unused:
        return
    reporter.write_sep("-", "Qwen3-VL", bold=True)
    for line in (*summary_lines(keeper.cases), *summary_notes(keeper.cases), *_unused_lines(keeper, config)):
        reporter.write_line(line)
    if keeper.cases:
        shown = config.stash[SESSION].shown(keeper.path) if keeper.path else _NO_RECORD
        reporter.write_line(f"record: {shown}")


def _unused_lines(keeper: RecordKeeper, config: pytest.Config) -> list[str]:
    mode = read_option(config, "qwen_golden")
    word = {"update": "removed", "require": "failed, its case is gone"}.get(mode, "its case is gone")
    remedy = "" if mode == "update" else "; --qwen-golden=update removes it"
    return [f"unused golden ({word}{remedy}): {config.stash[SESSION].shown(path)}" for path in sorted(keeper.unused)]


def _saw_everything(config: pytest.Config) -> bool:
    """Tell whether no argument narrowed the run to less than every case folder."""
    session = config.stash[SESSION]
    starts = [(config.invocation_params.dir / text.partition("::")[0]).resolve() for text in config.args]
    whole = [start for start, text in zip(starts, config.args, strict=True) if "::" not in text]
    return all(any(root.is_relative_to(start) for start in whole) for root in session.case_roots)
