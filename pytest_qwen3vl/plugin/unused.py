"""Goldens whose case is gone: found by what was collected, before any deselection."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pytest_qwen3vl.plugin.session import QwenSession


def unused_goldens(session: QwenSession, *, saw_everything: bool) -> list[Path]:
    """Return the goldens, of the run's models, that no case of the run has.

    A suite of which nothing was collected counts only where every case file was (`saw_everything`).
    """
    names = [choice.name for choice in session.settings.models]
    roots = {suite.golden_root for suite in session.suites.values()}
    files = (file for root in roots for name in names for file in (root / name).glob("*/*/*.json"))
    return sorted(file for file in files if _is_unused(session, file, saw_everything=saw_everything))


def remove_goldens(paths: Iterable[Path]) -> None:
    """Delete goldens, and the folders that this leaves empty."""
    for path in paths:
        path.unlink(missing_ok=True)
        if not any(path.parent.iterdir()):
            path.parent.rmdir()


def _is_unused(session: QwenSession, file: Path, *, saw_everything: bool) -> bool:
    suite = session.suites.get(file.parent.name.casefold())
    return saw_everything if suite is None else file.stem not in suite.ids
