"""What is asked: one case, its turns, its images and its parameters.

Plain data. It does not know how YAML spells a case (`schema`), nor how an answer is judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pytest_qwen3vl.errors import Place

Task = Literal["caption", "vqa", "document", "grounding"]
Priority = Literal["smoke", "core", "edge"]
Finish = Literal["stop", "length", "any"]


@dataclass(frozen=True, slots=True)
class GenerationParameters:
    """Say how an answer is decoded; always greedy, so these are all."""

    max_new_tokens: int = 256
    repetition_penalty: float | None = None
    """None: the checkpoint's own generation config decides."""
    min_new_tokens: int | None = None
    finish: Finish = "stop"
    """Which finish reason is allowed: the end token, the token limit, or either."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """Name one check of a turn: its YAML key, its parsed arguments, and where it stands."""

    name: str
    check: object
    """What `judging.checks.Check` describes; opaque here."""
    place: Place

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> Any:
        """Let a field of this type, of a check too, be read as YAML spells an expectation."""
        from pytest_qwen3vl.cases.expectations import expectation_schema

        return expectation_schema()

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, object]:
        """Stand for the definition of all checks, which `json_schema` writes."""
        return {"$comment": "Expectation"}


@dataclass(frozen=True, slots=True)
class Image:
    """Point at an image file of a case."""

    path: Path
    """Absolute, inside the case file's folder."""
    written: str
    """As the case file spells it."""
    place: Place


@dataclass(frozen=True, slots=True)
class Turn:
    """Ask one question, with the images that are shown with it."""

    ask: str
    images: tuple[Image, ...] = ()
    expect: tuple[Expectation, ...] = ()


@dataclass(frozen=True, slots=True)
class CostHint:
    """Hint what a case costs until it is measured."""

    seconds: float | None = None
    vram_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Ask a model something and say what is expected.

    A case as loaded is for every model; `for_model` gives it the overrides of one.
    """

    suite: str
    id: str
    task: Task
    turns: tuple[Turn, ...]
    place: Place
    system: str | None = None
    generation: GenerationParameters = GenerationParameters()
    tags: tuple[str, ...] = ()
    priority: Priority = "core"
    models: tuple[str, ...] | None = None
    """Model names it is for; None: every model."""
    xfail: str | None = None
    """The known defect because of which it must fail (strictly); None: it must pass."""
    cost: CostHint | None = None
    per_model: Mapping[str, CaseOverride] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def full_id(self) -> str:
        """Return `suite/id`, unique over a run; keys goldens and records."""
        return f"{self.suite}/{self.id}"

    @property
    def has_checks(self) -> bool:
        """Tell whether any turn expects something of its answer."""
        return any(turn.expect for turn in self.turns)


@dataclass(frozen=True, slots=True)
class CaseOverride:
    """Replace parts of a case for one model; None: keep."""

    generation: GenerationParameters | None = None
    xfail: str | None = None
    cost: CostHint | None = None
    expect: tuple[Expectation, ...] | None = None
    """Replaces the last turn's expectations."""
