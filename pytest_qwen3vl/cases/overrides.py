"""Give a case the form it has for one model.

It does not know the run's models: it is told one name.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from pytest_qwen3vl.cases.case import Case, CaseOverride, Turn


def for_model(case: Case, model: str) -> Case | None:
    """Return the case with the overrides of `model` applied, or None where it is not for that model."""
    if case.models is not None and model not in case.models:
        return None
    override = case.per_model.get(model)
    return case if override is None else _applied(case, override)


def _applied(case: Case, override: CaseOverride) -> Case:
    return replace(
        case,
        turns=_expecting(case.turns, override),
        generation=override.generation or case.generation,
        xfail=override.xfail if override.xfail is not None else case.xfail,
        cost=override.cost or case.cost,
        per_model=MappingProxyType({}),
    )


def _expecting(turns: tuple[Turn, ...], override: CaseOverride) -> tuple[Turn, ...]:
    if override.expect is None:
        return turns
    return (*turns[:-1], replace(turns[-1], expect=override.expect))
