"""The hooks a project can implement in its conftest.py to extend the plugin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_qwen3vl.cases.case import Case
    from pytest_qwen3vl.engine.engine import Engine
    from pytest_qwen3vl.settings import ModelChoice, Settings


@pytest.hookspec(firstresult=True)
def pytest_qwen_make_engine(choice: ModelChoice, settings: Settings) -> Engine | None:
    """Return the engine that answers for this model, or None to leave it to the next implementation."""
    return None


def pytest_qwen_modify_cases(config: pytest.Config, cases: list[Case]) -> None:
    """Reorder, drop or replace the cases of one file, in place, before they become tests."""


def pytest_qwen_checks(config: pytest.Config) -> Mapping[str, type]:
    """Return checks of your own: YAML key to a frozen dataclass with a `judge(answer)` method."""
    return {}


def pytest_qwen_case_finished(config: pytest.Config, record: Mapping[str, Any]) -> None:
    """See a case's record as soon as the case ended (with xdist: in the controller)."""
