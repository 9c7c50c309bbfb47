"""The check `boxes`: the answer names these objects at these places.

How boxes are read from the answer is `box_answer`'s matter, how they are matched `box_matching`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pytest_qwen3vl.judging.checks.box_answer import BoxesError, boxes_in
from pytest_qwen3vl.judging.checks.box_matching import Box, Match, Matching, match_boxes, mean_offset
from pytest_qwen3vl.judging.checks.check import Answer, Verdict
from pytest_qwen3vl.judging.checks.text import shown

_SIDE = 1000


@dataclass(frozen=True, slots=True)
class ExpectedBox:
    """Expect one object, in Qwen3-VL's coordinates: x and y from 0 to 1000 whatever the image's size."""

    label: str = ""
    """What it is; not given: any label."""
    bbox: tuple[float, float, float, float] | None = None
    """Left, top, right, bottom; may be written `bbox_2d`, as the model does."""
    bbox_2d: tuple[float, float, float, float] | None = None
    """The same as `bbox`."""

    def __post_init__(self) -> None:
        if (self.bbox is None) == (self.bbox_2d is None):
            raise ValueError("give either `bbox` or `bbox_2d`: [left, top, right, bottom]")
        left, top, right, bottom = self.corners
        if not (0 <= left < right <= _SIDE and 0 <= top < bottom <= _SIDE):
            raise ValueError(f"[left, top, right, bottom] must grow and lie in 0..1000, not {list(self.corners)}")

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """Return left, top, right, bottom."""
        return self.bbox or self.bbox_2d or (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Boxes:
    """Expect exactly these objects, each where it is: no other, none missing.

    Expected and actual boxes are matched one to one, so that as many as possible fit.
    """

    shorthand: ClassVar[str | None] = "expected"

    expected: tuple[ExpectedBox, ...]
    """The expected objects; an empty list: there is none."""
    iou: float = 0.5
    """How much a box must overlap the expected one: intersection over union, from 0 to 1."""
    labels: bool = True
    """Whether labels must be the same, upper and lower case aside."""

    def __post_init__(self) -> None:
        if not 0 < self.iou <= 1:
            raise ValueError(f"`iou` must be above 0 and at most 1, not {self.iou}")

    def judge(self, answer: Answer) -> Verdict:
        """Match the boxes; the score is the mean IoU, a missing or superfluous box counting 0."""
        try:
            actual = boxes_in(answer.text)
        except BoxesError as error:
            return Verdict(passed=False, score=0.0, reason=f"{error}: {shown(answer.text)}")
        expected = tuple(Box(each.corners, each.label if self.labels else "") for each in self.expected)
        return self._verdict(match_boxes(expected, actual, enough=self.iou), most=max(len(expected), len(actual)))

    def _verdict(self, matching: Matching, most: int) -> Verdict:
        matches = matching.matches
        faults = [fault for match in matches for fault in self._faults(match)]
        faults += [f"missing: {box.name}" for box in matching.missing]
        faults += [f"not expected: {box.name}" for box in matching.extra]
        score = sum(match.iou for match in matches if match.has_label) / most if most else 1.0
        overlaps = ", ".join(f"{match.expected.name} IoU {match.iou:.2f}" for match in matches)
        found = [*(match.actual for match in matches), *matching.extra]
        parts = [*faults, overlaps, _offset(matches), _hint(found)]
        return Verdict(passed=not faults, score=score, reason="; ".join(filter(None, parts)) or "no boxes, as expected")

    def _faults(self, match: Match) -> Iterator[str]:
        if not match.has_label:
            yield f"expected the label {shown(match.expected.label)}, got {shown(match.actual.label)}"
        if match.iou < self.iou:
            corners = f"expected {_rounded(match.expected)}, got {_rounded(match.actual)}"
            yield f"{match.expected.name} overlaps {match.iou:.2f}, less than {self.iou:g}: {corners}"


def _rounded(box: Box) -> list[int]:
    return [round(corner) for corner in box.corners]


def _offset(matches: tuple[Match, ...]) -> str:
    if not matches:
        return ""
    x, y = mean_offset(matches)
    return f"mean offset x {x:+.1f}, y {y:+.1f}"


def _hint(actual: list[Box]) -> str:
    largest = max((corner for box in actual for corner in box.corners), default=0)
    return f"coordinates up to {largest:g}: pixels, or 0..1000?" if largest > _SIDE else ""
