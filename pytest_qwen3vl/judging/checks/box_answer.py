"""Read the boxes of an answer: the JSON that Qwen3-VL writes for grounding, fenced or not.

`[{"bbox_2d": [left, top, right, bottom], "label": "red circle"}, …]` in 0..1000. It does not know what is expected.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from pytest_qwen3vl.judging.checks.box_matching import Box

_FENCE = re.compile(r"```(?:json)?\s*\n?(.*?)(?:```|\Z)", re.DOTALL)
_EXAMPLE = '[{"bbox_2d": [x1, y1, x2, y2], "label": "…"}]'
_CORNERS = 4
_MOST_STARTS = 50


class BoxesError(Exception):
    """Say why an answer holds no list of boxes."""


def boxes_in(text: str) -> tuple[Box, ...]:
    """Return the boxes that an answer lists; raises BoxesError where it lists none in this form."""
    fenced = _FENCE.search(text)
    found = _first_objects(text if fenced is None else fenced[1])
    if found is None:
        raise BoxesError(f"expected JSON like {_EXAMPLE}, got none that is complete")
    return tuple(_box(number, item) for number, item in enumerate(found, start=1))


def _first_objects(text: str) -> list[Any] | None:
    """Return the first JSON list of objects in `text`, or its first object as a list of one."""
    decoder = json.JSONDecoder()
    for start in [match.start() for match in re.finditer(r"[\[{]", text)][:_MOST_STARTS]:
        try:
            value, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            if text[start] == "[" and re.match(r"\[\s*\{", text[start:]):
                return None  # a list of objects that is broken: a part of it is no answer
            continue
        if isinstance(value, dict):
            return [value]
        if all(isinstance(item, dict) for item in value):
            return list(value)
    return None


def _box(number: int, item: dict[str, Any]) -> Box:
    corners = item.get("bbox_2d", item.get("bbox"))
    if not isinstance(corners, list) or len(corners) != _CORNERS or not all(_is_number(each) for each in corners):
        raise BoxesError(f"object {number} of the answer has no `bbox_2d` of four numbers")
    left, top, right, bottom = (float(each) for each in corners)
    if left > right or top > bottom:
        raise BoxesError(f"object {number} of the answer is turned round: {corners}")
    label = item.get("label", "")
    return Box((left, top, right, bottom), label if isinstance(label, str) else str(label))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
