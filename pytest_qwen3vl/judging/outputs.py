"""What a model gave back for a turn, and the stages it came through.

Plain numbers and text, so that judging needs no torch. It does not know how they were computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

FinishReason = Literal["stop", "length"]


class Stage(StrEnum):
    """Name a place on the way of the data, in the order the data passes them."""

    WEIGHTS = "weights"
    PROMPT = "prompt"
    PIXELS = "pixels"
    VISION = "vision"
    POSITIONS = "positions"
    DECODER = "decoder"
    LOGITS = "logits"
    DECODE = "decode"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """Score one answer token: natural logarithm of its probability after generate's own processors."""

    id: int
    text: str
    logprob: float
    margin: float
    """Logprob of this token minus that of the best other token; negative: another token wins."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Hold the rendered chat template and the token ids that reached the model (image tokens expanded)."""

    text: str
    token_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ImageInput:
    """Describe one image as it reached the model."""

    path: str
    """As the case file spells it."""
    sha256: str
    """Of the file's bytes."""
    width: int
    height: int
    """Pixels after decoding and EXIF rotation."""
    grid: tuple[int, int, int]
    """`image_grid_thw`: patches in time, height, width."""
    sketch: tuple[float, ...]
    """A few numbers that stand for its pixel values."""


@dataclass(frozen=True, slots=True)
class Generation:
    """Hold one turn's answer and how it came about."""

    prompt: Prompt
    images: tuple[ImageInput, ...]
    tokens: tuple[TokenLogprob, ...]
    """The answer as greedy decoding gives it, end token included."""
    text: str
    """The answer without special tokens and without reasoning."""
    reasoning: str | None
    """What a Thinking model wrote before `</think>`; None: it does not reason."""
    finish: FinishReason
    scored: tuple[TokenLogprob, ...] | None
    """The golden's tokens, teacher-forced; None: nothing was verified."""
    verified_tokens: int
    """How many golden tokens greedy decoding chooses, from the first on."""
    generated_tokens: int
    """How many tokens were decoded one by one."""
    has_nan: bool
    """Whether any score of the answer was NaN."""
    seconds: float

    @property
    def token_ids(self) -> tuple[int, ...]:
        """Return the answer's token ids, end token included."""
        return tuple(token.id for token in self.tokens)
