"""The hooks of pytest and xdist. Each only hands over; see the module it names.

This is the entry point, loaded in every pytest run of an environment: it imports nothing heavy.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from pytest_qwen3vl.plugin import closing, collect, header, hookspecs, loading, options, parametrize, recording
from pytest_qwen3vl.plugin.fixtures import qwen, qwen_case, qwen_device, qwen_golden, qwen_settings
from pytest_qwen3vl.plugin.keeper import KEEPER, RecordKeeper
from pytest_qwen3vl.plugin.session import SESSION, QwenSession

__all__ = ["qwen", "qwen_case", "qwen_device", "qwen_golden", "qwen_settings"]

MARKERS = (
    "qwen_cases(*patterns): run the test for each YAML case of these files, as the fixture `qwen_case`",
    "qwen(seed=..., max_new_tokens=...): replace the seed or the token limit of the test's case",
    "caption: a case of this task",
    "vqa: a case of this task",
    "document: a case of this task",
    "grounding: a case of this task",
    "smoke: a case of this priority: seconds, on every push",
    "core: a case of this priority",
    "edge: a case of this priority",
    "gpu: needs a GPU",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options and their ini twins."""
    options.add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks that a project can implement."""
    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """Make the session's state, and refuse a wrong model before anything runs."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    config.stash[SESSION] = QwenSession(config)
    config.stash[KEEPER] = RecordKeeper(config)
    config.pluginmanager.register(recording.ReportTaker(config), "qwen3vl-report-taker")
    header.check_options(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect YAML case files below the case folders."""
    return collect.collect_file(parent.config.stash[SESSION], file_path, parent)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give Python tests the cases their `qwen_cases` mark names."""
    parametrize.parametrize_cases(metafunc)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Bring the cases of a model together, so that each model is loaded once."""
    collect.group_by_model(config.stash[SESSION], items)


def pytest_report_collectionfinish(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    """Say which models and modes are in force, where there are cases."""
    return header.header_lines(config, items)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Load a model before the first of its tests begins, so that no test's time holds it."""
    loading.preload(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Hang the case's record on the report of its last phase."""
    report = yield
    recording.note_phase(item, call, report)
    return report


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Show a broken check or a case that could not run as an error, not as a failure."""
    return ("error", "E", "ERROR") if getattr(report, "qwen_error", False) else None


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Look for unused goldens and end the record."""
    closing.close(session, exitstatus)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    """Say once, under xdist too, which models and modes are in force."""
    header.announce(node.config, ids)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the summary of the cases."""
    closing.print_summary(terminalreporter, config.stash[KEEPER], config)
