import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_qwen3vl.tiny.drawing import RGB, draw, draw_scene
from pytest_qwen3vl.tiny.world import Scene, Shape, draw_lots_page, draw_lots_scene

SEEDS = st.integers(min_value=0, max_value=2**32)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_a_shape_fills_its_box_to_the_pixel(seed: int) -> None:
    lots = random.Random(seed)
    scene = draw_lots_scene(lots, most=1)
    [shape] = scene.shapes
    inked = (np.asarray(draw_scene(scene)) == RGB[shape.colour]).all(axis=2)
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    left, top, right, bottom = scene.box(shape)
    drawn = (columns[0] / scene.width, rows[0] / scene.height, columns[-1] / scene.width, rows[-1] / scene.height)
    told = (left / 1000, top / 1000, right / 1000, bottom / 1000)
    assert np.abs(np.subtract(drawn, told)).max() < 1.5 / min(scene.width, scene.height)


def test_the_same_numbers_draw_the_same_pixels() -> None:
    for make in (draw_lots_scene, draw_lots_page):
        first, second = (draw(make(random.Random(7))) for _ in range(2))
        assert first.tobytes() == second.tobytes()


def test_an_image_has_the_size_that_was_asked_for() -> None:
    scene = Scene("pink", (Shape("blue", "cross", 2, 1),), 131, 117)
    assert draw(scene).size == (131, 117)
    assert draw(scene).mode == "RGB"
