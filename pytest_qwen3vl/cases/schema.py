"""How YAML spells a case: pydantic models of a case file's parts.

Each field's docstring is what an editor shows for it. It does not know how parts are merged into a `Case` (`load`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    ValidationInfo,
)
from pydantic_core import PydanticKnownError

from pytest_qwen3vl.cases.case import Expectation, Finish, Priority, Task
from pytest_qwen3vl.cases.expectations import reading_of

CASE_ID = r"^[a-z0-9][a-z0-9-]*$"
SUITE = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
TAG = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
NOT_BLANK = r"\S"
_MARKS_WITH_EFFECT = (
    *("filterwarnings", "parametrize", "skip", "skipif", "tryfirst", "trylast", "usefixtures", "xfail"),
    *("qwen", "qwen_cases"),
)
"""Of pytest and of this plugin; a tag becomes a mark, and is to name only."""

Text = Annotated[str, Field(pattern=NOT_BLANK)]
Count = Annotated[int, Field(strict=True, ge=1)]
Amount = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]


def _image(written: object, info: ValidationInfo) -> Path:
    if not isinstance(written, str):
        raise PydanticKnownError("string_type")
    return reading_of(info).images.find(written)


ImagePath = Annotated[Path, PlainValidator(_image, json_schema_input_type=str)]


def _tag(word: str) -> str:
    if word in _MARKS_WITH_EFFECT:
        remedy = "give `xfail` under `per_model`" if word == "xfail" else "choose another word"
        raise ValueError(f"the tag `{word}` would be a mark that does more than name a case; {remedy}")
    return word


TagWord = Annotated[
    str, Field(pattern=TAG, json_schema_extra={"not": {"enum": [*_MARKS_WITH_EFFECT]}}), AfterValidator(_tag)
]


class Part(BaseModel):
    """Forbid unknown keys, and be described by docstrings."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class GenerationPart(Part):
    """How an answer is decoded; decoding is always greedy."""

    max_new_tokens: Count = 256
    """The most tokens of an answer."""
    min_new_tokens: Annotated[int, Field(strict=True, ge=0)] | None = None
    """The fewest tokens of an answer."""
    repetition_penalty: Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)] | None = None
    """Above 1 discourages repetition; not given: the checkpoint's own."""
    finish: Finish = "stop"
    """How the answer may end: at its end token (stop), at the token limit (length), or either (any)."""


class CostPart(Part):
    """What the case costs, until it is measured."""

    seconds: Amount | None = None
    """Seconds it runs."""
    vram_gib: Amount | None = None
    """GiB of GPU memory of the whole worker while it runs."""


def _cost_kind(value: object) -> str:
    """Tell a plain hint from a mapping of model names to hints: by whether any value is a mapping."""
    is_per_model = isinstance(value, Mapping) and any(isinstance(part, Mapping) for part in value.values())
    return "per model" if is_per_model else "plain"


Cost = Annotated[
    Annotated[CostPart, Tag("plain")] | Annotated[dict[str, CostPart], Tag("per model")],
    Discriminator(_cost_kind),
]


class OverridePart(Part):
    """What is different for one model."""

    generation: GenerationPart | None = None
    """Replaces single values of the case's generation."""
    xfail: Text | None = None
    """The known defect because of which the case must fail on this model, strictly."""
    cost: CostPart | None = None
    """What the case costs on this model."""
    expect: tuple[Expectation, ...] | None = None
    """Replaces the last turn's expectations."""


class SharedPart(Part):
    """What a case may say itself, or the file for all its cases under `defaults`."""

    task: Task | None = None
    """What is asked for; not given: the file's."""
    system: Text | None = None
    """The system message."""
    generation: GenerationPart | None = None
    """How the answer is decoded."""
    tags: tuple[TagWord, ...] = ()
    """Words to choose cases by, as pytest's marks; a case adds its tags to the defaults'."""
    priority: Priority = "core"
    """When it runs: smoke first, then core, then edge."""
    models: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    """The only models it is for; not given: every model."""
    per_model: dict[str, OverridePart] | None = None
    """Overrides, by model name."""
    cost: Cost | None = None
    """What it costs, until it is measured; also by model name."""
    expect: tuple[Expectation, ...] | None = None
    """The checks of the answer; all must hold."""


class DefaultsPart(SharedPart):
    """What the file's cases share. Tags are united, generation is merged, the rest is replaced by what a case says."""


class TurnPart(Part):
    """One question and its answer's checks."""

    ask: Text
    """The question."""
    images: tuple[ImagePath, ...] = ()
    """Files shown with it, relative to this file."""
    expect: tuple[Expectation, ...] | None = None
    """The checks of the answer; all must hold."""


class CasePart(SharedPart):
    """One case: a question about images, or several turns of them, and what is expected."""

    id: Annotated[str, Field(pattern=CASE_ID)]
    """Its name, unique in the suite: lower-case letters, digits and hyphens."""
    ask: Text | None = None
    """The question; or give `turns`."""
    images: tuple[ImagePath, ...] = ()
    """Files shown with the question, relative to this file."""
    turns: Annotated[tuple[TurnPart, ...], Field(min_length=1)] | None = None
    """The questions of a conversation, in their order."""


class HeadPart(Part):
    """A case file for pytest-qwen3vl."""

    suite: Annotated[str, Field(pattern=SUITE)] | None = None
    """The name of these cases, unique over a run; not given: the file's name without its ending."""
    task: Task | None = None
    """The cases' task; not given: the folder's name, where that is a task."""
    defaults: DefaultsPart = DefaultsPart()
    """What the cases share."""
    cases: Annotated[list[Any], Field(min_length=1)]
    """The cases."""


class FilePart(HeadPart):
    """A case file for pytest-qwen3vl."""

    cases: Annotated[list[CasePart], Field(min_length=1)]
    """The cases."""
