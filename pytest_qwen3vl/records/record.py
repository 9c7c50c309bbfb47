"""What happened in a run, in one shape: the run, each case, the end.

Plain data that JSON can hold. Who writes it to disk is `writing`, who reads it back `reading`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pytest_qwen3vl.judging.golden import Golden
from pytest_qwen3vl.judging.outputs import Generation
from pytest_qwen3vl.judging.verdict import CaseVerdict, GoldenState

SCHEMA = 1

OutcomeWord = Literal["passed", "failed", "error", "skipped", "xfailed"]


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """Hold one check's verdict."""

    name: str
    passed: bool
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """Hold which image was shown and how it reached the model."""

    path: str
    sha256: str
    width: int
    height: int
    grid: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """Hold one question and answer."""

    ask: str
    prompt: str
    """The rendered chat template."""
    prompt_tokens: int
    images: tuple[ImageRecord, ...]
    text: str
    reasoning: str | None
    golden_text: str | None
    finish: str
    checks: tuple[CheckRecord, ...]
    tokens: int
    verified_tokens: int
    generated_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class DivergenceRecord:
    """Hold the first stage that left its tolerance."""

    stage: str
    drift: float | None
    """None: it cannot be told (a NaN, or another shape)."""
    tolerance: float
    detail: str


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """Hold all that is told of one case and one model."""

    id: str
    model: str
    dtype: str | None
    task: str
    tags: tuple[str, ...]
    priority: str
    file: str
    line: int
    nodeid: str
    outcome: OutcomeWord
    reasons: tuple[str, ...]
    golden: GoldenState
    """`off` too where the case never got as far as its golden."""
    golden_written: bool
    divergence: DivergenceRecord | None
    tie_flips: tuple[str, ...]
    turns: tuple[TurnRecord, ...]
    text: str | None
    golden_text: str | None
    verified_tokens: int
    generated_tokens: int
    started: float
    """Unix time."""
    seconds: float
    vram_peak_bytes: int | None
    worker: str
    device: str | None
    quantized: str | None = None

    def line_of_json(self) -> dict[str, Any]:
        """Return the record's line as JSON holds it."""
        return {"kind": "case", **asdict(self)}


def turn_records(
    asks: Sequence[str], generations: Sequence[Generation], verdict: CaseVerdict | None, golden: Golden | None
) -> tuple[TurnRecord, ...]:
    """Return the turns that were answered, each with its question; `verdict` None: they were not judged."""
    return tuple(
        TurnRecord(
            ask=ask,
            prompt=generation.prompt.text,
            prompt_tokens=len(generation.prompt.token_ids),
            images=tuple(
                ImageRecord(image.path, image.sha256, image.width, image.height, image.grid)
                for image in generation.images
            ),
            text=generation.text,
            reasoning=generation.reasoning,
            golden_text=golden.turns[number].text if golden is not None and number < len(golden.turns) else None,
            finish=generation.finish,
            checks=_checks(verdict, number + 1),
            tokens=len(generation.tokens),
            verified_tokens=generation.verified_tokens,
            generated_tokens=generation.generated_tokens,
            seconds=generation.seconds,
        )
        for number, (ask, generation) in enumerate(zip(asks, generations, strict=False))
    )


def _checks(verdict: CaseVerdict | None, turn: int) -> tuple[CheckRecord, ...]:
    if verdict is None:
        return ()
    return tuple(
        CheckRecord(check.name, check.verdict.passed, check.verdict.score, check.verdict.reason)
        for check in verdict.checks
        if check.turn == turn
    )


def run_line(*, started: float, environment: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record's first line."""
    return {
        "kind": "run",
        "schema": SCHEMA,
        "started": started,
        "environment": dict(environment),
        "settings": dict(settings),
    }


def end_line(*, ended: float, seconds: float, exit_status: int, interrupted: bool) -> dict[str, Any]:
    """Return the record's last line."""
    return {
        "kind": "end",
        "ended": ended,
        "seconds": seconds,
        "exit_status": exit_status,
        "interrupted": interrupted,
    }
