"""Put a case together from its own part of the file and from what the file's cases share.

Tags are united; generation is merged, key by key; everything else that a case says replaces the default. What is said
for one model goes over both. It does not parse: the parts are valid by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, cast, get_args

from pytest_qwen3vl.cases.case import Case, CaseOverride, CostHint, GenerationParameters, Image, Task, Turn
from pytest_qwen3vl.cases.schema import (
    SUITE,
    CasePart,
    CostPart,
    DefaultsPart,
    GenerationPart,
    HeadPart,
    OverridePart,
    TurnPart,
)
from pytest_qwen3vl.cases.yaml_values import Document, Problem, YamlMapping
from pytest_qwen3vl.errors import Place

_GIB = 2**30
_NO_OVERRIDES: Mapping[str, CaseOverride] = MappingProxyType({})


class Assembler:
    """Hold what the cases of one file share, and put each case on top of it."""

    def __init__(self, document: Document, head: HeadPart) -> None:
        self._document = document
        self._suite = head.suite or document.file.stem
        self._defaults: DefaultsPart = head.defaults
        self._task = head.defaults.task or head.task or _task_of_folder(document.file.absolute().parent.name)
        self._generation = _merged(GenerationParameters(), head.defaults.generation)

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the file as a whole."""
        if not re.fullmatch(SUITE, self._suite):
            text = f"`{self._suite}` cannot name a suite; give `suite:` letters, digits, `.`, `_` and `-`"
            yield Place(self._document.file, 1), text

    def case_problems(self, part: CasePart, raw: YamlMapping) -> Iterator[Problem]:
        """Yield where keys of a case, each valid by itself, contradict each other."""
        if (part.ask is None) == (part.turns is None):
            given = "neither is" if part.ask is None else "both are"
            yield self._document.place(raw.spot), f"case `{part.id}` needs either `ask` or `turns`; {given} given"
        for key in ("images", "expect"):
            if part.turns is not None and key in raw:
                yield self._document.place(raw.entry_spots[key][0]), f"`{key}` belongs into one of the `turns`"
        if part.task is None and self._task is None:
            tasks = ", ".join(get_args(Task))
            yield self._document.place(raw.spot), f"case `{part.id}` has no `task`; give one of {tasks}, or at the top"
        models = self._models(part)
        for model in part.per_model or ():
            if models is not None and model not in models:
                spot, _ = raw["per_model"].entry_spots[model]
                yield self._document.place(spot), f"`per_model` overrides `{model}`, but `models` leaves it out"

    def case(self, part: CasePart, raw: YamlMapping) -> Case:
        """Return the case that `part` means; `raw` is the same as it stands in the file."""
        shared, given = self._defaults, part.model_fields_set
        generation = _merged(self._generation, part.generation)
        cost = part.cost if "cost" in given else shared.cost
        return Case(
            suite=self._suite,
            id=part.id,
            task=cast("Task", part.task or self._task),
            turns=self._turns(part, raw),
            place=self._document.place(raw.spot),
            system=part.system if "system" in given else shared.system,
            generation=generation,
            tags=_united(shared.tags, part.tags),
            priority=part.priority if "priority" in given else shared.priority,
            models=self._models(part),
            cost=_hint(cost) if isinstance(cost, CostPart) else None,
            per_model=self._overrides(part, generation, cost if isinstance(cost, dict) else {}),
        )

    def _models(self, part: CasePart) -> tuple[str, ...] | None:
        return part.models if "models" in part.model_fields_set else self._defaults.models

    def _turns(self, part: CasePart, raw: YamlMapping) -> tuple[Turn, ...]:
        if part.turns is None:
            return (self._turn(part, part.ask or "", raw),)
        return tuple(self._turn(turn, turn.ask, each) for turn, each in zip(part.turns, raw["turns"], strict=True))

    def _turn(self, part: CasePart | TurnPart, ask: str, raw: YamlMapping) -> Turn:
        expect = part.expect if part.expect is not None else self._defaults.expect or ()
        written: Any = raw.get("images", ())
        images = zip(part.images, written, getattr(written, "item_spots", ()), strict=True)
        return Turn(ask, tuple(Image(path, text, self._document.place(at)) for path, text, at in images), expect)

    def _overrides(
        self, part: CasePart, generation: GenerationParameters, costs: Mapping[str, CostPart]
    ) -> Mapping[str, CaseOverride]:
        shared, own = self._defaults.per_model or {}, part.per_model or {}
        if not (shared or own or costs):
            return _NO_OVERRIDES
        models = self._models(part)
        overrides = {
            name: _override(generation, (shared.get(name), own.get(name)), costs.get(name))
            for name in {**shared, **own, **costs}
            if models is None or name in models
        }
        return MappingProxyType(overrides)


def _override(
    generation: GenerationParameters, layers: tuple[OverridePart | None, ...], cost: CostPart | None
) -> CaseOverride:
    """Return what is different for one model; a later layer replaces an earlier one's keys."""
    override = CaseOverride(cost=_hint(cost))
    for layer in filter(None, layers):
        given: dict[str, Any] = {key: getattr(layer, key) for key in layer.model_fields_set}
        if layer.generation is not None:
            given["generation"] = _merged(override.generation or generation, layer.generation)
        if "cost" in given:
            given["cost"] = _hint(layer.cost)
        override = replace(override, **given)
    return override


def _merged(base: GenerationParameters, part: GenerationPart | None) -> GenerationParameters:
    if part is None:
        return base
    given: dict[str, Any] = {key: getattr(part, key) for key in part.model_fields_set}
    return replace(base, **given)


def _hint(part: CostPart | None) -> CostHint | None:
    if part is None:
        return None
    return CostHint(part.seconds, None if part.vram_gib is None else round(part.vram_gib * _GIB))


def _united(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second))) if second else first


def _task_of_folder(name: str) -> Task | None:
    return next((task for task in get_args(Task) if task == name), None)
