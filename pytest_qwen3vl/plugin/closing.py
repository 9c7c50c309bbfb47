"""The end of a run: unused goldens, the record's last line, the summary."""

from __future__ import annotations

import pytest

from pytest_qwen3vl.plugin.keeper import KEEPER, RecordKeeper
from pytest_qwen3vl.plugin.options import read_option
from pytest_qwen3vl.plugin.session import SESSION
from pytest_qwen3vl.plugin.unused import remove_goldens, unused_goldens

_NO_RECORD = "none, as pytest's cache is off; --qwen-record=FILE writes one"
_COMPLETE = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)


def close(session: pytest.Session, exit_status: int) -> None:
    """Remove or complain of unused goldens, as the golden mode says, and end the record; a worker has neither."""
    config = session.config
    if hasattr(config, "workerinput"):
        return
    keeper, mode = config.stash[KEEPER], read_option(config, "qwen_golden")
    if exit_status in _COMPLETE and _looks_at_goldens(config, mode):
        is_thorough = mode in ("update", "require") or config.pluginmanager.hasplugin("dsession")
        keeper.unused.update(unused_goldens(config.stash[SESSION], is_thorough=is_thorough))
    if keeper.unused and mode == "update":
        remove_goldens(keeper.unused)
    if keeper.unused and mode == "require" and exit_status != pytest.ExitCode.TESTS_FAILED:
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


def _looks_at_goldens(config: pytest.Config, mode: str) -> bool:
    """Tell whether the run has anything to do with goldens: foreign runs must not, nor those that run nothing."""
    option = config.option
    runs_nothing = option.collectonly or option.setuponly or option.setupplan or option.showfixtures
    runs_nothing = runs_nothing or option.show_fixtures_per_test or getattr(option, "cacheshow", None) is not None
    if runs_nothing or mode == "off" or read_option(config, "qwen_weights") == "random":
        return False
    return bool(config.stash[KEEPER].cases) or mode in ("update", "require")


def _unused_lines(keeper: RecordKeeper, config: pytest.Config) -> list[str]:
    mode = read_option(config, "qwen_golden")
    word = {"update": "removed", "require": "the run fails"}.get(mode, "its case is gone")
    remedy = "" if mode == "update" else "; --qwen-golden=update removes it"
    return [f"unused golden ({word}{remedy}): {config.stash[SESSION].shown(path)}" for path in sorted(keeper.unused)]
