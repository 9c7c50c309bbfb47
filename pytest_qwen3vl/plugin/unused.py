"""Goldens whose case is gone: held against every case file there is, not against what a run happened to collect.

Without all case files it knows too little to call a suite gone, and then says nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pytest_qwen3vl.errors import CaseError
from pytest_qwen3vl.plugin.session import QwenSession


def unused_goldens(session: QwenSession, *, is_thorough: bool) -> list[Path]:
    """Return the goldens, of the run's models, that no case has.

    `is_thorough`: case files that the run did not collect are loaded too. Where one of them is broken, nothing is
    called unused.
    """
    loaded = {path.resolve() for path in session.files}
    missing = [path for path in _case_files(session) if path.resolve() not in loaded]
    if is_thorough:
        try:
            for path in missing:
                session.load(path)
        except CaseError:
            return []
    knows_all = is_thorough or not missing
    return sorted(file for file in _goldens(session) if _is_unused(session, file, knows_all=knows_all))


def remove_goldens(paths: Iterable[Path]) -> None:
    """Delete goldens, and the folders that this leaves empty."""
    for path in paths:
        path.unlink(missing_ok=True)
        if not any(path.parent.iterdir()):
            path.parent.rmdir()


def _case_files(session: QwenSession) -> Iterator[Path]:
    from pytest_qwen3vl.cases.recognise import is_case_file

    for root in session.case_roots:
        for suffix in ("yaml", "yml"):
            yield from (path for path in sorted(root.rglob(f"*.{suffix}")) if is_case_file(path))


def _goldens(session: QwenSession) -> Iterator[Path]:
    for root in session.case_roots:
        for choice in session.settings.models:
            yield from (root / "golden" / choice.name).glob("*/*/*.json")


def _is_unused(session: QwenSession, file: Path, *, knows_all: bool) -> bool:
    suite, case, model = file.parent.name.casefold(), file.stem, file.parents[2].name
    if (suite, case) in session.claims:
        models = session.claims[suite, case]
        return models is not None and model not in models
    return knows_all or any(suite == known for known, _ in session.claims)
