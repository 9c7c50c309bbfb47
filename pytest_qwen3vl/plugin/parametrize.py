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
    if not marks:
        return
    nodeid = metafunc.definition.nodeid
    patterns = [pattern for mark in marks for pattern in mark.args]
    if "qwen_case" not in metafunc.fixturenames:
        raise pytest.Collector.CollectError(
            f"{nodeid} is marked `qwen_cases` but does not take the fixture `qwen_case`"
        )
    if not patterns:
        raise pytest.Collector.CollectError(f'{nodeid}: qwen_cases() names no files; write qwen_cases("vqa/*.yaml")')
    session = metafunc.config.stash[SESSION]
    bound = [_with_mark(metafunc, case) for pattern in patterns for case in _cases(session, pattern, nodeid)]
    parameters = [
        pytest.param(case, marks=case.marks(), id=f"{case.case.full_id}-{case.choice.name}") for case in bound
    ]
    metafunc.parametrize("qwen_case", parameters, indirect=True)


def _cases(session: QwenSession, pattern: str, nodeid: str) -> Iterator[BoundCase]:
    files = [(root, file) for root in session.case_roots for file in sorted(root.glob(pattern))]
    if not files:
        folders = ", ".join(f"`{root}`" for root in session.case_roots)
        raise pytest.Collector.CollectError(f"{nodeid}: qwen_cases({pattern!r}) matches no file below {folders}")
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
    """Apply `@pytest.mark.qwen(seed=…, max_new_tokens=…)`; the changed case has no golden."""
    mark = metafunc.definition.get_closest_marker("qwen")
    if mark is None:
        return bound
    values = {"seed": bound.seed, "max_new_tokens": bound.case.generation.max_new_tokens, **mark.kwargs}
    seed, limit = values.pop("seed"), values.pop("max_new_tokens")
    if values or mark.args or not isinstance(limit, int) or limit < 1 or not isinstance(seed, int | None):
        raise pytest.Collector.CollectError(
            f"{metafunc.definition.nodeid}: the mark `qwen` takes seed=INTEGER and max_new_tokens=INTEGER (1 or more), "
            f"not {', '.join([*map(repr, mark.args), *(f'{key}={value!r}' for key, value in mark.kwargs.items())])}"
        )
    case = replace(bound.case, generation=replace(bound.case.generation, max_new_tokens=limit))
    return replace(bound, case=case, seed=seed, has_golden=False)
