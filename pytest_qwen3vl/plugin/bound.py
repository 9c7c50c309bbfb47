"""A case bound to one model of the run: what one test runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_qwen3vl.errors import Regression

if TYPE_CHECKING:
    from pytest_qwen3vl.cases.case import Case
    from pytest_qwen3vl.settings import ModelChoice


@dataclass(frozen=True, slots=True)
class BoundCase:
    """Bind a case, its overrides applied, to a model and to its folder of goldens."""

    case: Case
    choice: ModelChoice
    golden_root: Path
    seed: int | None = None
    """Replaces `--qwen-seed`; None: keep."""
    has_golden: bool = True
    """Whether it is held against the case's golden; a case that a mark changed has none."""

    def marks(self) -> tuple[pytest.MarkDecorator, ...]:
        """Return the marks a test of this case has: task, priority, tags, and a strict xfail for a known defect."""
        case = self.case
        names = dict.fromkeys((case.task, case.priority, *case.tags))
        marks = [getattr(pytest.mark, name) for name in names]
        if case.xfail is not None:
            marks.append(pytest.mark.xfail(reason=case.xfail, strict=True, raises=Regression))
        return tuple(marks)

    @property
    def test_id(self) -> str:
        """Return the id a test shows: `red-circle[8B]`."""
        return f"{self.case.id}[{self.choice.name}]"
