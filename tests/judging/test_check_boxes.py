"""The check `boxes`."""

from __future__ import annotations

import json
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_qwen3vl.judging.checks.box_matching import Box, Corners, iou, match_boxes
from pytest_qwen3vl.judging.checks.boxes import Boxes, ExpectedBox
from pytest_qwen3vl.judging.checks.check import Answer, Verdict

LEFT = ExpectedBox("red circle", (100, 100, 300, 300))
RIGHT = ExpectedBox("blue square", (600, 100, 800, 300))


def item(corners: object, label: str = "red circle") -> dict[str, object]:
    return {"bbox_2d": corners, "label": label}


def judge(check: Boxes, *items: object) -> Verdict:
    return check.judge(Answer(json.dumps(items)))


@st.composite
def corners(draw: st.DrawFn) -> Corners:
    x1, x2 = sorted(draw(st.lists(st.integers(0, 1000), min_size=2, max_size=2, unique=True)))
    y1, y2 = sorted(draw(st.lists(st.integers(0, 1000), min_size=2, max_size=2, unique=True)))
    return x1, y1, x2, y2


@given(one=corners(), other=corners())
def test_iou_is_symmetric_and_between_0_and_1(one: Corners, other: Corners) -> None:
    assert iou(one, other) == iou(other, one)
    assert 0 <= iou(one, other) <= 1
    assert iou(one, one) == 1


def test_iou_of_a_half_covered_box() -> None:
    assert iou((0, 0, 10, 10), (0, 0, 10, 5)) == 0.5
    assert iou((0, 0, 10, 10), (10, 0, 20, 10)) == 0
    assert iou((5, 5, 5, 5), (5, 5, 5, 5)) == 0


@settings(max_examples=60, deadline=None)
@given(expected=st.lists(corners(), min_size=1, max_size=4), actual=st.lists(corners(), min_size=1, max_size=4))
def test_no_other_matching_has_more_good_pairs(expected: list[Corners], actual: list[Corners]) -> None:
    found = match_boxes(tuple(map(Box, expected)), tuple(map(Box, actual)), enough=0.3)
    short, long = sorted((expected, actual), key=len)
    best = max(sum(iou(a, b) >= 0.3 for a, b in zip(short, order, strict=False)) for order in permutations(long))
    assert sum(match.iou >= 0.3 for match in found.matches) == best
    assert len(found.matches) + len(found.missing) == len(expected)
    assert len(found.matches) + len(found.extra) == len(actual)


@pytest.mark.parametrize(
    "form", ["{}", "```json\n{}\n```", "Here they are:\n```\n{}\n```\nDone.", "The boxes [1] are {}", "```json\n{}"]
)
def test_boxes_are_read_with_and_without_fences(form: str) -> None:
    text = form.format(json.dumps([item([100, 100, 300, 300])]))
    assert Boxes((LEFT,)).judge(Answer(text)).passed


def test_a_single_object_is_a_list_of_one() -> None:
    assert Boxes((LEFT,)).judge(Answer(json.dumps(item([100, 100, 300, 300])))).passed


def test_the_order_of_boxes_does_not_matter() -> None:
    verdict = judge(Boxes((LEFT, RIGHT)), item([600, 100, 800, 300], "Blue square"), item([100, 100, 300, 300]))
    assert verdict.passed
    assert verdict.score == 1
    assert verdict.reason == "`red circle` IoU 1.00, `blue square` IoU 1.00; mean offset x +0.0, y +0.0"


def test_greedy_matching_would_lose_a_pair() -> None:
    expected = (ExpectedBox(bbox=(0, 0, 100, 100)), ExpectedBox(bbox=(40, 0, 140, 100)))
    assert judge(Boxes(expected, iou=0.4), item([30, 0, 130, 100]), item([80, 0, 180, 100])).passed


def test_a_shift_is_told_with_its_direction() -> None:
    verdict = judge(Boxes((LEFT,)), item([120, 95, 320, 295]))
    assert verdict.passed
    assert verdict.reason == "`red circle` IoU 0.78; mean offset x +20.0, y -5.0"


def test_a_box_that_overlaps_too_little_is_named_with_both_places() -> None:
    verdict = judge(Boxes((LEFT,)), item([250, 250, 450, 450]))
    assert not verdict.passed
    expected = "`red circle` overlaps 0.03, less than 0.5: expected [100, 100, 300, 300], got [250, 250, 450, 450]"
    assert verdict.reason.startswith(expected)


def test_missing_and_superfluous_boxes_are_named() -> None:
    missing = judge(Boxes((LEFT, RIGHT)), item([100, 100, 300, 300]))
    assert (missing.passed, missing.score) == (False, 0.5)
    assert missing.reason.startswith("missing: `blue square`")
    extra = judge(Boxes((LEFT,)), item([100, 100, 300, 300]), item([600, 100, 800, 300], "dog"))
    assert extra.reason.startswith("not expected: `dog`")
    assert not extra.passed


def test_a_wrong_label_fails_unless_labels_do_not_count() -> None:
    actual = item([100, 100, 300, 300], "blue circle")
    verdict = judge(Boxes((LEFT,)), actual)
    assert (verdict.passed, verdict.score) == (False, 0.0)
    assert verdict.reason.startswith("expected the label `red circle`, got `blue circle`")
    assert judge(Boxes((LEFT,), labels=False), actual).passed


def test_pixels_are_suspected() -> None:
    assert "coordinates up to 1920: pixels, or 0..1000?" in judge(Boxes((LEFT,)), item([100, 100, 1920, 300])).reason


def test_no_boxes_may_be_expected() -> None:
    assert judge(Boxes(())).passed
    assert not judge(Boxes(()), item([1, 2, 3, 4])).passed


@pytest.mark.parametrize(
    "text",
    [
        "There is a red circle.",
        '[{"bbox_2d": [100, 100, 300, 300], "label": "red circle"}, {"bbox_2d": [6',
        '[{"bbox_2d": [100, 100, 300], "label": "red circle"}]',
        '[{"bbox_2d": [300, 100, 100, 300], "label": "red circle"}]',
        '[{"bbox_2d": [NaN, 100, 300, 300]}]',
        '[{"point": [1, 2]}]',
        "[" * 100_000,
        "",
    ],
)
def test_an_answer_without_whole_boxes_fails_with_a_reason(text: str) -> None:
    verdict = Boxes((LEFT,)).judge(Answer(text))
    assert (verdict.passed, verdict.score) == (False, 0.0)
    assert len(verdict.reason) < 250


@pytest.mark.parametrize(
    "box", [{}, {"bbox": (0, 0, 0, 1)}, {"bbox": (0, 0, 1, 2000)}, {"bbox": (0, 0, 1, 1), "bbox_2d": (0, 0, 1, 1)}]
)
def test_an_expected_box_that_cannot_be_is_refused(box: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="left, top, right, bottom"):
        ExpectedBox(**box)  # type: ignore[arg-type]  # on purpose
