"""A case bound to one model of the run: what one test runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

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

    @property
    def test_id(self) -> str:
        """Return the id a test shows: `red-circle[8B]`."""
        return f"{self.case.id}[{self.choice.name}]"
