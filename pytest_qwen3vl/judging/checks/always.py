"""The checks that are always on: no NaN, a finish reason that is allowed, no degenerate repetition.

They look at how an answer came about, so they need a whole `Generation`, not its text alone.
"""

from __future__ import annotations

from collections import Counter

from pytest_qwen3vl.cases.case import Finish
from pytest_qwen3vl.judging.checks.check import Verdict
from pytest_qwen3vl.judging.checks.text import shown
from pytest_qwen3vl.judging.outputs import Generation

NO_NAN = "no_nan"
_ENDLESS_REPEATS, _ENDLESS_TOKENS = 8, 24
"""A loop that only the token limit ended is endless; a table cut off by the limit has fewer equal rows."""
_ENDED_REPEATS, _ENDED_TOKENS = 16, 32
"""An answer that ended by itself may repeat more: "ha ha", a table of zeros."""
_MOST_OF = 0.5
"""Share of the answer that a loop at its end must cover."""

_PHRASES = range(3, 9)
"""Tokens of a phrase that is counted over the whole answer; boxes written as JSON share no more than this."""
_PHRASE_REPEATS, _PHRASE_SHARE = 16, 0.75
_PHRASE_VARIETY = 3
"""Different tokens in such a phrase; fewer is a table or a ruler."""


def always_on(generation: Generation, allowed_finish: Finish) -> tuple[tuple[str, Verdict], ...]:
    """Return the name and the verdict of each check that no case can switch off."""
    return (
        (NO_NAN, judge_numbers(generation)),
        ("finish", judge_finish(generation, allowed_finish)),
        ("no_repetition", judge_repetition(generation)),
    )


def judge_numbers(generation: Generation) -> Verdict:
    """Fail where a score of the answer was NaN: whatever was chosen then means nothing."""
    if generation.has_nan:
        return Verdict(passed=False, score=0.0, reason="a score of the answer is NaN: the model's arithmetic broke")
    return Verdict(passed=True, score=1.0, reason="no score is NaN")


def judge_finish(generation: Generation, allowed: Finish) -> Verdict:
    """Fail where the answer ended otherwise than its case allows."""
    count = len(generation.tokens)
    ended = {"stop": f"ended by itself after {count} tokens", "length": f"was cut off at the limit of {count} tokens"}
    actual = ended[generation.finish]
    if allowed in ("any", generation.finish):
        return Verdict(passed=True, score=1.0, reason=f"the answer {actual}")
    remedy = "allow it by `finish: any`" + (", or raise `max_new_tokens`" if allowed == "stop" else "")
    return Verdict(passed=False, score=0.0, reason=f"the answer {actual}; {remedy}")


def judge_repetition(generation: Generation) -> Verdict:
    """Fail where the answer ends in a loop, or one phrase is most of it."""
    tokens = generation.tokens[:-1] if generation.finish == "stop" else generation.tokens
    ids = [token.id for token in tokens]
    found = _loop(ids, is_endless=generation.finish == "length") or _phrase(ids)
    if found is None:
        return Verdict(passed=True, score=1.0, reason="no degenerate repetition")
    start, length, repeats = found
    unit = "".join(token.text for token in tokens[start : start + length])
    reason = f"the answer repeats {shown(unit)} {repeats} times: {shown(generation.text)}"
    return Verdict(passed=False, score=max(0.0, 1.0 - length * repeats / len(ids)), reason=reason)


def _loop(ids: list[int], *, is_endless: bool) -> tuple[int, int, int] | None:
    """Return start, period and repeats of a loop at the end of the answer, or None."""
    repeats, tokens = (_ENDLESS_REPEATS, _ENDLESS_TOKENS) if is_endless else (_ENDED_REPEATS, _ENDED_TOKENS)
    least = max(tokens, _MOST_OF * len(ids))
    for period in range(1, len(ids) // repeats + 1):
        covered = _periodic_tail(ids, period)
        if covered >= max(least, repeats * period):
            return len(ids) - covered, period, covered // period
    return None


def _periodic_tail(ids: list[int], period: int) -> int:
    """Return how many tokens at the end equal the one `period` before them, and the first period with them."""
    at = len(ids) - 1
    while at >= period and ids[at] == ids[at - period]:
        at -= 1
    return len(ids) - 1 - at + period


def _phrase(ids: list[int]) -> tuple[int, int, int] | None:
    """Return start, length and count of a phrase that is most of the answer, or None."""
    for length in _PHRASES:
        if len(ids) < length * _PHRASE_REPEATS:
            return None
        grams = [tuple(ids[at : at + length]) for at in range(len(ids) - length + 1)]
        varied = Counter(gram for gram in grams if len(set(gram)) >= _PHRASE_VARIETY)
        for gram, _ in varied.most_common(1):
            count = _apart(grams, gram)
            if count >= _PHRASE_REPEATS and count * length >= _PHRASE_SHARE * len(ids):
                return grams.index(gram), length, count
    return None


def _apart(grams: list[tuple[int, ...]], wanted: tuple[int, ...]) -> int:
    """Count how often `wanted` occurs without overlapping itself."""
    count, at = 0, 0
    while at < len(grams):
        is_here = grams[at] == wanted
        count += is_here
        at += len(wanted) if is_here else 1
    return count
