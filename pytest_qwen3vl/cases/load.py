"""Load case files: YAML in, cases out, or every problem of a file with its place.

It does not know which checks there are (they are handed in), nor which models a run has.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from pytest_qwen3vl.cases.assemble import Assembler
from pytest_qwen3vl.cases.case import Case
from pytest_qwen3vl.cases.expectations import Reading
from pytest_qwen3vl.cases.images import ImageFolder
from pytest_qwen3vl.cases.problems import Location, problems_of
from pytest_qwen3vl.cases.schema import CasePart, HeadPart
from pytest_qwen3vl.cases.yaml_reader import read_yaml
from pytest_qwen3vl.cases.yaml_values import Document, Problem, Spot, YamlMapping, YamlSequence
from pytest_qwen3vl.errors import CaseError

_Part = TypeVar("_Part", bound=BaseModel)


def load_cases(path: Path, checks: Mapping[str, type]) -> tuple[Case, ...]:
    """Return the cases of a file in their order; raise CaseError with all its problems.

    checks: the check classes by YAML key, as `judging.checks.registry` lists them.
    """
    with _without_garbage_collection():
        document = read_yaml(path)
        loading = _Loading(Reading(document, checks, ImageFolder(path)))
        cases = loading.cases()
    if loading.problems:
        raise CaseError(*sorted(set(loading.problems)))
    return cases


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Pause the search for garbage: everything that loading builds stays, so that going through it is a third lost."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Loading:
    """Go through one file part by part, so that a problem in one part hides none in another."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._document = reading.document
        self.problems: list[Problem] = [*reading.document.problems, *_repeated_ids(reading.document)]

    def cases(self) -> tuple[Case, ...]:
        """Return the cases that are valid, and collect the problems of the others."""
        head = self._read(HeadPart, self._document.root, ())
        raws = _raw_cases(self._document)
        parts = [self._read(CasePart, raw, ("cases", index)) for index, raw in enumerate(raws)]
        if head is None:
            return ()
        assembler = Assembler(self._document, head)
        self.problems.extend(assembler.problems())
        found = (self._case(assembler, part, raw) for part, raw in zip(parts, raws, strict=True) if part is not None)
        return tuple(case for case in found if case is not None)

    def _case(self, assembler: Assembler, part: CasePart, raw: YamlMapping) -> Case | None:
        if problems := list(assembler.case_problems(part, raw)):
            self.problems.extend(problems)
            return None
        case = assembler.case(part, raw)
        self.problems.extend(_impossible_lengths(case))
        return case

    def _read(self, part: type[_Part], raw: object, at: Location) -> _Part | None:
        try:
            return part.model_validate(raw, context=self._reading)
        except ValidationError as error:
            self.problems.extend(problems_of(error, part, at, self._reading))
            return None


def _raw_cases(document: Document) -> list[Any]:
    cases = document.root.get("cases") if isinstance(document.root, YamlMapping) else None
    return cases if isinstance(cases, YamlSequence) else []


def _repeated_ids(document: Document) -> Iterator[Problem]:
    first: dict[str, Spot] = {}
    for raw in _raw_cases(document):
        case_id = raw.get("id") if isinstance(raw, YamlMapping) else None
        if not isinstance(case_id, str):
            continue
        _, spot = raw.entry_spots["id"]
        line = first.setdefault(case_id, spot)[0] + 1
        if first[case_id] is not spot:
            text = f"the id `{case_id}` is already used in line {line}; ids are unique in a suite"
            yield document.place(spot), text


def _impossible_lengths(case: Case) -> Iterator[Problem]:
    overrides = (override.generation for override in case.per_model.values())
    for generation in filter(None, (case.generation, *overrides)):
        if (generation.min_new_tokens or 0) > generation.max_new_tokens:
            limits = f"`min_new_tokens` {generation.min_new_tokens}, `max_new_tokens` {generation.max_new_tokens}"
            yield case.place, f"case `{case.id}` can never end: {limits}"
