"""How far an answer lies from its golden, stage by stage, and where it first left its tolerance.

It compares the stages that a turn carries numbers for: prompt, pixels, logits and output. Outcomes are `outcome`'s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_qwen3vl.judging.checks.text import first_difference, shown
from pytest_qwen3vl.judging.golden import GoldenTurn, digest_ids
from pytest_qwen3vl.judging.outputs import Generation, ImageInput, Stage, TokenLogprob

LOGPROB_TOLERANCE = {"float32": 1e-4, "bfloat16": 0.25, "float16": 0.05}
"""Nats per answer token. Harmless changes moved logprobs by at most 9e-6 in float32 and 0.09 in bfloat16; the
smallest fault that showed at all moved float32 logprobs by 5.1e-4."""
MARGIN_TOLERANCE = {"float32": 1e-3, "bfloat16": 1.0, "float16": 0.25}
"""Nats between an answer token and the best other. Where a model is sure, its logprobs stand still at zero and only the
margins move: of four small changes of the embedded model's weights, logprobs saw 1 to 11 of 55 cases, margins 54 or
55. Harmless changes (threads, eager for sdpa, transformers 5.5.0 for 5.23.0) moved float32 ones by up to 2.2e-5."""
PIXEL_TOLERANCE = 1e-4
"""Relative; the Pillow processor's pixels were bit-equal over all releases of transformers tried."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """Name the first stage that left its tolerance."""

    stage: Stage
    drift: float
    tolerance: float
    detail: str
    """One line or several, for a person."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Tell how one turn compares with its golden."""

    divergence: Divergence | None
    tie_flip: str | None
    """What was said instead, where another token won inside the noise floor; None: the same text."""


def compare_turn(generation: Generation, golden: GoldenTurn, dtype: str) -> Comparison:
    """Compare a turn with its golden, in the order of the stages; only the first departure is evidence."""
    tolerance = LOGPROB_TOLERANCE.get(dtype, LOGPROB_TOLERANCE["bfloat16"])
    divergence = (
        inputs_divergence(generation, golden)
        or logit_divergence(generation.scored or (), golden.tokens, dtype)
        or _output_divergence(generation, golden, tolerance)
    )
    flipped = divergence is None and generation.token_ids != golden.token_ids
    return Comparison(divergence, generation.text if flipped else None)


def inputs_divergence(generation: Generation, golden: GoldenTurn) -> Divergence | None:
    """Return how what reached the model left the golden's: what no change of weights may move."""
    return prompt_divergence(generation, golden) or pixel_divergence(generation.images, golden.images)


def prompt_divergence(generation: Generation, golden: GoldenTurn) -> Divergence | None:
    """Return how the rendered prompt or its token ids left the golden's: any change is one."""
    prompt = generation.prompt
    if prompt.text != golden.prompt_text:
        place = first_difference(prompt.text, golden.prompt_text)
        detail = (
            f"the same case is rendered to another prompt, from character {place} on\n"
            f"  expected {shown(golden.prompt_text, place)}\n    actual {shown(prompt.text, place)}"
        )
        return Divergence(Stage.PROMPT, 1.0, 0.0, detail)
    if digest_ids(prompt.token_ids) != golden.prompt_digest:
        detail = (
            f"the same prompt text has other token ids\n"
            f"  expected {golden.prompt_tokens} ids, SHA-256 {golden.prompt_digest[:12]}…\n"
            f"    actual {len(prompt.token_ids)} ids, SHA-256 {digest_ids(prompt.token_ids)[:12]}…"
        )
        return Divergence(Stage.PROMPT, 1.0, 0.0, detail)
    return None


def pixel_divergence(images: Sequence[ImageInput], golden: Sequence[ImageInput]) -> Divergence | None:
    """Return how the decoded images, their grids or pixel values left the golden's."""
    if len(images) != len(golden):
        return Divergence(
            Stage.PIXELS, 1.0, 0.0, f"{len(images)} images reached the model, the golden has {len(golden)}"
        )
    for number, (image, expected) in enumerate(zip(images, golden, strict=True), start=1):
        for name in ("width", "height", "grid"):
            is_now, was = getattr(image, name), getattr(expected, name)
            if is_now != was:
                detail = f"image {number} (`{image.path}`): {name}\n  expected {was}\n    actual {is_now}"
                return Divergence(Stage.PIXELS, 1.0, 0.0, detail)
        drift = sketch_drift(image.sketch, expected.sketch)
        if not drift <= PIXEL_TOLERANCE:
            detail = f"image {number} (`{image.path}`): the same file gives other pixel values"
            return Divergence(Stage.PIXELS, drift, PIXEL_TOLERANCE, detail)
    return None


def logit_divergence(scored: Sequence[TokenLogprob], golden: Sequence[TokenLogprob], dtype: str) -> Divergence | None:
    """Return how the teacher-forced logprobs or margins of the golden's tokens left the golden's own.

    Tokens that greedy decoding would not choose count too: theirs are the largest drifts.
    """
    tolerance = LOGPROB_TOLERANCE.get(dtype, LOGPROB_TOLERANCE["bfloat16"])
    margin_tolerance = MARGIN_TOLERANCE.get(dtype, MARGIN_TOLERANCE["bfloat16"])
    logprobs = [(now.logprob, was.logprob) for now, was in zip(scored, golden, strict=False)]
    margins = [(now.margin, was.margin) for now, was in zip(scored, golden, strict=False)]
    return _moved("logprobs", logprobs, golden, tolerance) or _moved("margins", margins, golden, margin_tolerance)


def _moved(
    what: str, pairs: Sequence[tuple[float, float]], golden: Sequence[TokenLogprob], tolerance: float
) -> Divergence | None:
    drifts = [abs(now - was) for now, was in pairs]
    drifts = [math.inf if math.isnan(drift) else drift for drift in drifts]
    over = [drift for drift in drifts if drift > tolerance]
    if not over:
        return None
    worst = max(over)
    token = drifts.index(worst)
    now, was = pairs[token]
    detail = (
        f"{what} of {len(over)} of {len(drifts)} tokens moved by more than {tolerance:g}, "
        f"the worst by {worst:.3g} at token {token + 1} ({golden[token].text!r})\n"
        f"  expected {was:.6g}\n    actual {now:.6g}"
    )
    return Divergence(Stage.LOGITS, worst, tolerance, detail)


def sketch_drift(sketch: Sequence[float], golden: Sequence[float]) -> float:
    """Return the distance of two sketches relative to the golden's norm; infinite where it cannot be told."""
    if len(sketch) != len(golden) or not all(map(math.isfinite, (*sketch, *golden))):
        return math.inf
    return math.dist(sketch, golden) / (math.hypot(*golden) or 1.0)


def is_tie(golden: TokenLogprob, tolerance: float) -> bool:
    """Tell whether the golden's token won by no more than noise can move: twice the tolerance, once for each token."""
    return golden.margin <= 2 * tolerance


def _output_divergence(generation: Generation, golden: GoldenTurn, tolerance: float) -> Divergence | None:
    if generation.token_ids == golden.token_ids and generation.text == golden.text:
        return None
    first = generation.verified_tokens
    was_outrun = generation.scored is not None and first < min(len(generation.scored), len(golden.tokens))
    if was_outrun and generation.scored is not None and generation.scored[first].margin <= 0:  # 0: an exact tie
        if is_tie(golden.tokens[first], tolerance):
            return None
        what = f"another token won at token {first + 1} ({golden.tokens[first].text!r})"
    elif generation.token_ids == golden.token_ids:
        what = "the same tokens give another text"
    elif len(generation.tokens) != len(golden.tokens):
        what = f"the answer ends after {len(generation.tokens)} tokens, the golden after {len(golden.tokens)}"
    else:
        what = "the answer is another"
    place = first_difference(generation.text, golden.text)
    detail = f"{what}\n  expected {shown(golden.text, place)}\n    actual {shown(generation.text, place)}"
    return Divergence(Stage.OUTPUT, 1.0, 0.0, detail)
