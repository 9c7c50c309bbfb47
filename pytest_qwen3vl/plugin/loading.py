"""Load a case's model when its first test is about to begin: before its clock and its captured output."""

from __future__ import annotations

import pytest

from pytest_qwen3vl.plugin.collect import bound_case
from pytest_qwen3vl.plugin.progress import Progress
from pytest_qwen3vl.plugin.session import SESSION


def preload(item: pytest.Item) -> None:
    """Load the model of this test's case, unless the test may not ask for it: the fixture loads it then."""
    bound = bound_case(item)
    if bound is not None and _will_ask(item):
        item.config.stash[SESSION].preload(bound.choice, Progress(item.config))


def _will_ask(item: pytest.Item) -> bool:
    runs = not (item.config.option.setuponly or item.config.option.setupplan)
    may_be_skipped = any(item.get_closest_marker(name) for name in ("skip", "skipif"))
    return runs and "qwen" in getattr(item, "fixturenames", ()) and not may_be_skipped
