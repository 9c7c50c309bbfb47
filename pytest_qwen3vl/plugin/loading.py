"""Load a case's model when its first test is about to begin: before its clock and its captured output."""

from __future__ import annotations

import pytest

from pytest_qwen3vl.plugin.collect import bound_case
from pytest_qwen3vl.plugin.progress import Progress
from pytest_qwen3vl.plugin.session import SESSION


def preload(item: pytest.Item) -> None:
    """Load the model of this test's case, unless the test will not ask for it."""
    bound = bound_case(item)
    if bound is not None and _will_ask(item):
        item.config.stash[SESSION].preload(bound.choice, Progress(item.config))


def _will_ask(item: pytest.Item) -> bool:
    runs = not (item.config.option.setuponly or item.config.option.setupplan)
    return runs and "qwen" in getattr(item, "fixturenames", ()) and item.get_closest_marker("skip") is None
