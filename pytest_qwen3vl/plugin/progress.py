"""Tell a waiting person what is being loaded, past pytest's capture; in an xdist worker there is no one to tell."""

from __future__ import annotations

import pytest


class Progress:
    """Print lines of progress to the terminal as they come."""

    def __init__(self, config: pytest.Config) -> None:
        self._reporter = config.pluginmanager.get_plugin("terminalreporter")
        self._capture = config.pluginmanager.get_plugin("capturemanager")
        self._is_worker = hasattr(config, "workerinput")

    def __call__(self, line: str) -> None:
        """Print one line on its own."""
        if self._reporter is None or self._is_worker or self._reporter.verbosity < 0:
            return
        if self._capture is None:
            self._print(line)
            return
        with self._capture.global_and_fixture_disabled():
            self._print(line)

    def _print(self, line: str) -> None:
        self._reporter.ensure_newline()
        self._reporter.write_line(f"qwen3vl: {line}")
        self._reporter.flush()
