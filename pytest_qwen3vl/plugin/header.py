"""What a run says before its first test, and what it refuses before it starts."""

from __future__ import annotations

import pytest

from pytest_qwen3vl.errors import ModelError
from pytest_qwen3vl.plugin.collect import bound_case
from pytest_qwen3vl.plugin.options import is_typed, says_anything
from pytest_qwen3vl.plugin.session import SESSION
from pytest_qwen3vl.settings import Settings

_ANNOUNCED = pytest.StashKey[bool]()


def check_options(config: pytest.Config) -> None:
    """Raise `pytest.UsageError` for an option that is wrong, and for a typed model that cannot be had.

    As far as that is known without loading it: the rest is said when a case asks for the model.
    """
    option = config.option
    if option.help or option.version or option.markers or option.showfixtures or not says_anything(config):
        return
    settings = config.stash[SESSION].settings
    if is_typed(config, "qwen_model") and not option.collectonly and not hasattr(config, "workerinput"):
        _preflight(settings)


def header_lines(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    """Return the header where any test runs a case, a hint where case files lie in the wrong place, else nothing."""
    outside = config.stash[SESSION].outside
    if config.get_verbosity() < 0:
        return []
    if outside and not items:
        roots = ", ".join(f"`{root}`" for root in config.stash[SESSION].case_roots)
        return [f"qwen3vl: `{outside[0]}` lies below no case folder ({roots}); set the ini option `qwen_cases`"]
    return _lines(config) if any(bound_case(item) for item in items) else []


def announce(config: pytest.Config, ids: list[str]) -> None:
    """Print the header once where a worker collected a case."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or config.get_verbosity() < 0 or config.stash.get(_ANNOUNCED, False):
        return
    if not any(_is_case(config, nodeid) for nodeid in ids):
        return
    config.stash[_ANNOUNCED] = True
    reporter.ensure_newline()
    for line in (*_lines(config), "qwen3vl: each worker loads its model when its first case begins"):
        reporter.write_line(line)


def _is_case(config: pytest.Config, nodeid: str) -> bool:
    path = config.rootpath / nodeid.partition("::")[0]
    return path.suffix in (".yaml", ".yml") and config.stash[SESSION].case_root(path) is not None


def _preflight(settings: Settings) -> None:
    from pytest_qwen3vl.engine.preflight import preflight

    try:
        for choice in settings.models:
            preflight(choice, settings)
    except ModelError as error:
        raise pytest.UsageError(str(error)) from None


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
