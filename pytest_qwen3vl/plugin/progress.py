"""Tell a waiting person what is being loaded, past pytest's capture; in an xdist worker there is no one to tell."""

from __future__ import annotations

import contextlib

import pytest


class Progress:
    """Print lines of progress to the terminal as they come."""

    def __init__(self, config: pytest.Config) -> None:
        self._reporter = config.pluginmanager.get_plugin("terminalreporter")
        self._capture = config.pluginmanager.get_plugin("capturemanager")
        self._is_silent = hasattr(config, "workerinput") or config.get_verbosity() < 0

    def __call__(self, line: str) -> None:
        """Print one line on its own."""
        if self._reporter is None or self._is_silent:
            return
        pause = self._capture.global_and_fixture_disabled() if self._capture else contextlib.nullcontext()
        with pause:
            self._reporter.ensure_newline()
            self._reporter.write_line(f"qwen3vl: {line}")
            self._reporter.flush()
