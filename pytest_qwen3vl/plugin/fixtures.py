"""The fixtures: each hands over to the room that knows, and imports nothing before it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pytest_qwen3vl.plugin.bound import BoundCase
from pytest_qwen3vl.plugin.collect import CaseItem
from pytest_qwen3vl.plugin.progress import Progress
from pytest_qwen3vl.plugin.qwen import Qwen
from pytest_qwen3vl.plugin.recording import QWEN
from pytest_qwen3vl.plugin.session import SESSION

if TYPE_CHECKING:
    from pytest_qwen3vl.judging.golden import Golden
    from pytest_qwen3vl.settings import Settings


@pytest.fixture(scope="session")
def qwen(pytestconfig: pytest.Config) -> Iterator[Qwen]:
    """Answer and check cases with this worker's engine, which is loaded when first used."""
    session = pytestconfig.stash[SESSION]
    pytestconfig.stash[QWEN] = Qwen(session, Progress(pytestconfig))
    yield pytestconfig.stash[QWEN]
    session.unload()


@pytest.fixture
def qwen_case(request: pytest.FixtureRequest) -> BoundCase:
    """Return the test's case, bound to its model."""
    item = request.node
    if isinstance(item, CaseItem):
        return item.bound
    bound: BoundCase | None = getattr(request, "param", None)
    if bound is None:
        raise pytest.UsageError(
            f'{item.nodeid} asks for `qwen_case` but names no cases: mark it with @pytest.mark.qwen_cases("vqa/*.yaml")'
        )
    return bound


@pytest.fixture
def qwen_golden(qwen: Qwen, qwen_case: BoundCase) -> Golden | None:
    """Return the golden of the test's case, None where there is none."""
    return qwen.golden(qwen_case)


@pytest.fixture
def qwen_device(qwen: Qwen, qwen_case: BoundCase) -> str:
    """Return the device of the test's model: a GPU's UUID, or "cpu"."""
    return qwen.engine(qwen_case).device


@pytest.fixture(scope="session")
def qwen_settings(pytestconfig: pytest.Config) -> Settings:
    """Return the run's settings."""
    return pytestconfig.stash[SESSION].settings
