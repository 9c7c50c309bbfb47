"""Load a case's model when its first test is about to begin: before its clock and its captured output."""

from __future__ import annotations

import pytest

from pytest_qwen3vl.plugin.progress import Progress
from pytest_qwen3vl.plugin.recording import bound_case
from pytest_qwen3vl.plugin.session import SESSION


def preload(item: pytest.Item) -> None:
    """Load the model of this test's case, unless the test is skipped anyhow."""
    bound = bound_case(item)
    if bound is None or item.get_closest_marker("skip") is not None:
        return
    item.config.stash[SESSION].preload(bound.choice, Progress(item.config))
