import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_qwen3vl.tiny.world import (
    LATTICE,
    PAGE_COLUMNS,
    Scene,
    Shape,
    draw_lots_page,
    draw_lots_scene,
    spoken,
    typeset,
)

SEEDS = st.integers(min_value=0, max_value=2**32)


@given(SEEDS)
def test_a_scene_has_one_shape_a_column_from_left_to_right(seed: int) -> None:
    scene = draw_lots_scene(random.Random(seed))
    columns = [shape.column for shape in scene.shapes]
    assert columns == sorted(set(columns))
    assert all(0 <= shape.row < LATTICE for shape in scene.shapes)
    assert len({shape.name for shape in scene.shapes}) == len(scene.shapes)


@given(SEEDS)
def test_boxes_are_whole_and_coarse_and_inside(seed: int) -> None:
    scene = draw_lots_scene(random.Random(seed))
    for shape in scene.shapes:
        left, top, right, bottom = box = scene.box(shape)
        assert 0 <= left < right <= 1000
        assert 0 <= top < bottom <= 1000
        assert all(value % 25 == 0 for value in box)


@pytest.mark.parametrize(
    ("column", "row", "place"), [(0, 0, "top left"), (1, 2, "center"), (3, 3, "bottom right"), (2, 0, "top")]
)
def test_a_place_is_the_ninth_that_the_middle_lies_in(column: int, row: int, place: str) -> None:
    shape = Shape("red", "circle", column, row)
    assert Scene("white", (shape,), 128, 128).place(shape) == place


@given(SEEDS)
def test_a_page_fits_its_columns(seed: int) -> None:
    page = draw_lots_page(random.Random(seed))
    for row, line in zip(typeset(page), page.lines, strict=True):
        assert len(row) == PAGE_COLUMNS
        assert row.split() == spoken(line).split()


@given(SEEDS)
def test_a_receipt_adds_up(seed: int) -> None:
    page = draw_lots_page(random.Random(seed), "receipt")
    cents = [int(value.replace(".", "")) for _, value in page.entries]
    assert int(page.lines[-1][1].replace(".", "")) == sum(cents)
