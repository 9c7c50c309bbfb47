"""The golden of a case: what a model answered when it was last accepted, and the inputs it answered.

Plain data and how two of them differ in their inputs. It does not know files (`golden_file`) nor tolerances (`drift`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_qwen3vl.cases.case import Case, GenerationParameters, Turn
from pytest_qwen3vl.errors import InputError
from pytest_qwen3vl.judging.outputs import FinishReason, Generation, ImageInput, TokenLogprob


@dataclass(frozen=True, slots=True)
class TurnInputs:
    """Hold what the case itself asks in one turn; `images` are SHA-256 of the files' bytes."""

    ask: str
    images: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseInputs:
    """Hold all of a case that decides what the model is given; when it changes, the golden is stale."""

    system: str | None
    max_new_tokens: int
    min_new_tokens: int | None
    repetition_penalty: float | None
    turns: tuple[TurnInputs, ...]


@dataclass(frozen=True, slots=True)
class GoldenTurn:
    """Hold one accepted answer, and the prompt and pixels it was given to."""

    prompt_text: str
    prompt_tokens: int
    prompt_digest: str
    """SHA-256 of the prompt's token ids."""
    images: tuple[ImageInput, ...]
    text: str
    reasoning: str | None
    finish: FinishReason
    tokens: tuple[TokenLogprob, ...]
    """End token included."""

    @property
    def token_ids(self) -> tuple[int, ...]:
        """Return the answer's token ids, end token included."""
        return tuple(token.id for token in self.tokens)


@dataclass(frozen=True, slots=True)
class Golden:
    """Hold the accepted answers of a case by one model in one dtype."""

    case: str
    """`suite/id`."""
    model: str
    dtype: str
    inputs: CaseInputs
    turns: tuple[GoldenTurn, ...]
    environment: Mapping[str, str]
    """Versions, device and weights it was recorded with."""


def golden_of(
    case: Case, model: str, dtype: str, generations: Sequence[Generation], environment: Mapping[str, str]
) -> Golden:
    """Return the golden that accepts these answers."""
    turns = tuple(_golden_turn(generation) for generation in generations)
    return Golden(case.full_id, model, dtype, case_inputs(case), turns, dict(environment))


def case_inputs(case: Case) -> CaseInputs:
    """Return what the case asks, its image files read and digested.

    Raises `InputError` where an image cannot be read.
    """
    parameters: GenerationParameters = case.generation
    return CaseInputs(
        system=case.system,
        max_new_tokens=parameters.max_new_tokens,
        min_new_tokens=parameters.min_new_tokens,
        repetition_penalty=parameters.repetition_penalty,
        turns=tuple(_turn_inputs(turn) for turn in case.turns),
    )


def what_changed(case: Case, golden: CaseInputs, now: CaseInputs) -> Iterator[str]:
    """Yield a phrase for every input of the case that is not the golden's."""
    for name in ("system", "max_new_tokens", "min_new_tokens", "repetition_penalty"):
        before, after = getattr(golden, name), getattr(now, name)
        if before != after:
            yield f"`{name}` was {before!r}, is {after!r}"
    if len(golden.turns) != len(now.turns):
        yield f"the golden has {len(golden.turns)} turns, the case {len(now.turns)}"
        return
    for number, (before, after, turn) in enumerate(zip(golden.turns, now.turns, case.turns, strict=True), start=1):
        yield from _turn_changes(number, before, after, turn)


def digest_ids(token_ids: Sequence[int]) -> str:
    """Return the SHA-256 of token ids, each as four little-endian bytes."""
    return hashlib.sha256(b"".join(token.to_bytes(4, "little") for token in token_ids)).hexdigest()


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"cannot read image `{path}`: {error.strerror}") from error


def _turn_changes(number: int, before: TurnInputs, after: TurnInputs, turn: Turn) -> Iterator[str]:
    if before.ask != after.ask:
        yield f"`ask` of turn {number} was {before.ask!r}, is {after.ask!r}"
    if len(before.images) != len(after.images):
        yield f"turn {number} had {len(before.images)} images, has {len(after.images)}"
        return
    for old, new, image in zip(before.images, after.images, turn.images, strict=True):
        if old != new:
            yield f"image `{image.written}` of turn {number} is another file (SHA-256 {old[:12]}…, now {new[:12]}…)"


def _turn_inputs(turn: Turn) -> TurnInputs:
    return TurnInputs(turn.ask, tuple(digest_file(image.path) for image in turn.images))


def _golden_turn(generation: Generation) -> GoldenTurn:
    return GoldenTurn(
        prompt_text=generation.prompt.text,
        prompt_tokens=len(generation.prompt.token_ids),
        prompt_digest=digest_ids(generation.prompt.token_ids),
        images=generation.images,
        text=generation.text,
        reasoning=generation.reasoning,
        finish=generation.finish,
        tokens=generation.tokens,
    )
