"""Refuse a second file of one suite: goldens and records are keyed by suite and case id."""

from __future__ import annotations

from typing import NoReturn

from pytest_qwen3vl.cases.case import Case
from pytest_qwen3vl.errors import CaseError


def refuse_suite(case: Case, first: Case) -> NoReturn:
    """Raise CaseError for a case whose suite is already that of `first`, a case of another file."""
    raise CaseError(
        (
            case.place,
            f"the suite `{case.suite}` is already that of {first.place}; name one of them otherwise, with `suite:`",
        )
    )
