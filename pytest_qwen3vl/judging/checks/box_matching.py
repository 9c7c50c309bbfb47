"""Match expected and actual boxes one to one, so that as many as possible fit.

It does not know how boxes are written or which overlap is enough for a case.
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_qwen3vl.judging.checks.text import comparable

Corners = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """Hold left, top, right, bottom in 0..1000, and what it is; an expected box without a label fits any."""

    corners: Corners
    label: str = ""

    @property
    def name(self) -> str:
        """Return it as a reason names it: by its label, or by its corners."""
        return f"`{self.label}`" if self.label else f"box {[round(corner) for corner in self.corners]}"


@dataclass(frozen=True, slots=True)
class Match:
    """Pair an expected with an actual box that it overlaps."""

    expected: Box
    actual: Box

    @property
    def iou(self) -> float:
        """Return how much the two overlap."""
        return iou(self.expected.corners, self.actual.corners)

    @property
    def has_label(self) -> bool:
        """Tell whether the label is the expected one."""
        return not self.expected.label or comparable(self.expected.label) == comparable(self.actual.label)


@dataclass(frozen=True, slots=True)
class Matching:
    """Hold the pairs, and what is left over on both sides."""

    matches: tuple[Match, ...]
    missing: tuple[Box, ...]
    extra: tuple[Box, ...]


def match_boxes(expected: tuple[Box, ...], actual: tuple[Box, ...], *, enough: float) -> Matching:
    """Return the matching with the most pairs of right label and an IoU of at least `enough`, then the largest IoUs."""
    pairs = [
        (row, column)
        for row, column in _assigned(expected, actual, enough)
        if Match(expected[row], actual[column]).iou > 0
    ]
    rows, columns = {row for row, _ in pairs}, {column for _, column in pairs}
    return Matching(
        matches=tuple(Match(expected[row], actual[column]) for row, column in pairs),
        missing=tuple(box for row, box in enumerate(expected) if row not in rows),
        extra=tuple(box for column, box in enumerate(actual) if column not in columns),
    )


def _assigned(expected: tuple[Box, ...], actual: tuple[Box, ...], enough: float) -> list[tuple[int, int]]:
    """Return the best pairs of indices (Hungarian method): a good pair outweighs any sum of IoUs."""
    if not expected or not actual:
        return []
    from scipy.optimize import linear_sum_assignment

    weight = min(len(expected), len(actual)) + 1
    gains = [[_gain(Match(one, other), enough, weight) for other in actual] for one in expected]
    rows, columns = linear_sum_assignment(gains, maximize=True)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _gain(match: Match, enough: float, weight: int) -> float:
    overlap = match.iou
    is_good = match.has_label and overlap >= enough
    return overlap + weight * is_good


def iou(one: Corners, other: Corners) -> float:
    """Return intersection over union, from 0 to 1; 0 where a box has no area."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return min(1.0, shared / (_area(one) + _area(other) - shared))


def mean_offset(matches: tuple[Match, ...]) -> tuple[float, float]:
    """Return how far actual centres lie from expected ones in the mean, right and down positive: a systematic shift."""
    shifts = [_shift(match.expected.corners, match.actual.corners) for match in matches]
    return sum(x for x, _ in shifts) / len(shifts), sum(y for _, y in shifts) / len(shifts)


def _shift(expected: Corners, actual: Corners) -> tuple[float, float]:
    x = (actual[0] + actual[2] - expected[0] - expected[2]) / 2
    y = (actual[1] + actual[3] - expected[1] - expected[3]) / 2
    return x, y


def _area(corners: Corners) -> float:
    return (corners[2] - corners[0]) * (corners[3] - corners[1])
