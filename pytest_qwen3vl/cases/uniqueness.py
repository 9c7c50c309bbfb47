"""Hold the cases of several files against each other: no two may be called the same.

Goldens and records are keyed by suite and case id. It does not read files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from pytest_qwen3vl.cases.case import Case
from pytest_qwen3vl.cases.yaml_values import Problem
from pytest_qwen3vl.errors import CaseError


def check_unique(cases_by_file: Mapping[Path, Iterable[Case]]) -> None:
    """Raise CaseError where two files name the same suite, or a suite holds two cases of one id.

    Names that differ in upper and lower case only count as the same: goldens are files.
    """
    suites: dict[str, tuple[Path, Case]] = {}
    ids: dict[str, Case] = {}
    problems: list[Problem] = []
    for file, cases in cases_by_file.items():
        for case in cases:
            first_file, first = suites.setdefault(case.suite.casefold(), (file, case))
            same_id = ids.setdefault(case.full_id.casefold(), case)
            if first_file != file:
                problems.append(_suite_problem(case, first))
                break
            if same_id is not case:
                problems.append(_id_problem(case, same_id))
    if problems:
        raise CaseError(*problems)


def _suite_problem(case: Case, first: Case) -> Problem:
    text = f"the suite `{case.suite}` is already that of {first.place}; name one of them otherwise, with `suite:`"
    return case.place, text


def _id_problem(case: Case, first: Case) -> Problem:
    return case.place, f"the id `{case.full_id}` is already used at {first.place}; rename one of them"
