"""What a run says before its first test, and what it refuses before it starts."""

from __future__ import annotations

import pytest

from pytest_qwen3vl.errors import ModelError
from pytest_qwen3vl.plugin.collect import CaseItem
from pytest_qwen3vl.plugin.options import names_models
from pytest_qwen3vl.plugin.session import SESSION

_ANNOUNCED = pytest.StashKey[bool]()


def check_models(config: pytest.Config) -> None:
    """Raise `pytest.UsageError` for a model that cannot be had, as far as that is known without loading it."""
    if not names_models(config) or config.option.collectonly or hasattr(config, "workerinput"):
        return
    from pytest_qwen3vl.engine.preflight import preflight

    settings = config.stash[SESSION].settings
    try:
        for choice in settings.models:
            preflight(choice, settings)
    except ModelError as error:
        raise pytest.UsageError(str(error)) from None


def header_lines(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    """Return the header where any item is a case, else nothing."""
    return _lines(config) if any(isinstance(item, CaseItem) for item in items) else []


def announce(config: pytest.Config, ids: list[str]) -> None:
    """Print the header once where a worker collected a case."""
    is_case = any(".yaml::" in nodeid or ".yml::" in nodeid for nodeid in ids)
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if not is_case or reporter is None or config.stash.get(_ANNOUNCED, False):
        return
    config.stash[_ANNOUNCED] = True
    reporter.ensure_newline()
    for line in _lines(config):
        reporter.write_line(line)


def _lines(config: pytest.Config) -> list[str]:
    settings = config.stash[SESSION].settings
    models = ", ".join(
        choice.name if choice.source is None else f"{choice.name}={choice.source}" for choice in settings.models
    )
    words = [f"model {models}", f"dtype {settings.dtype}", f"golden {settings.golden}", f"seed {settings.seed}"]
    if settings.weights == "random":
        words.append("random weights: answers mean nothing, so neither goldens nor checks are held against them")
    if settings.golden_weights == "any":
        words.append("new weights expected: numbers are not compared")
    return [f"qwen3vl: {'; '.join(words)}"]
