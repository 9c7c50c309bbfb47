"""Cases for Python tests: `@pytest.mark.qwen_cases("vqa/*.yaml")` and the fixture `qwen_case`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_qwen3vl.errors import CaseError
from pytest_qwen3vl.plugin.bound import BoundCase
from pytest_qwen3vl.plugin.session import SESSION, QwenSession


def parametrize_cases(metafunc: pytest.Metafunc) -> None:
    """Parametrise `qwen_case` over the cases of every file that the marks name; the pattern is below a case folder."""
    marks = list(metafunc.definition.iter_markers("qwen_cases"))
    if not marks or "qwen_case" not in metafunc.fixturenames:
        return
    session = metafunc.config.stash[SESSION]
    patterns = [pattern for mark in marks for pattern in mark.args]
    bound = [_with_mark(metafunc, case) for pattern in patterns for case in _cases(session, pattern, metafunc)]
    ids = [f"{case.case.full_id}-{case.choice.name}" for case in bound]
    metafunc.parametrize("qwen_case", bound, ids=ids, indirect=True)


def _cases(session: QwenSession, pattern: str, metafunc: pytest.Metafunc) -> Iterator[BoundCase]:
    files = [(root, file) for root in session.case_roots for file in sorted(root.glob(pattern))]
    if not files:
        folders = ", ".join(f"`{root}`" for root in session.case_roots)
        raise pytest.UsageError(
            f"{metafunc.definition.nodeid}: qwen_cases({pattern!r}) matches no file below {folders}"
        )
    for root, file in files:
        yield from _bound(session, root, file)


def _bound(session: QwenSession, root: Path, file: Path) -> Iterator[BoundCase]:
    try:
        cases = session.load(file)
    except CaseError as error:
        raise pytest.Collector.CollectError(str(error)) from None
    for case in cases:
        yield from session.bind(case, root)


def _with_mark(metafunc: pytest.Metafunc, bound: BoundCase) -> BoundCase:
    """Apply `@pytest.mark.qwen(seed=…, max_new_tokens=…)`."""
    mark = metafunc.definition.get_closest_marker("qwen")
    if mark is None:
        return bound
    unknown = set(mark.kwargs) - {"seed", "max_new_tokens"}
    if unknown or mark.args:
        raise pytest.UsageError(
            f"{metafunc.definition.nodeid}: the mark `qwen` takes seed=… and max_new_tokens=…, not "
            f"{', '.join(map(repr, [*mark.args, *sorted(unknown)]))}"
        )
    limit = mark.kwargs.get("max_new_tokens", bound.case.generation.max_new_tokens)
    case = replace(bound.case, generation=replace(bound.case.generation, max_new_tokens=limit))
    return replace(bound, case=case, seed=mark.kwargs.get("seed", bound.seed))
