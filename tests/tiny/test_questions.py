import json
import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pytest_qwen3vl.tiny.page_questions import ask_page
from pytest_qwen3vl.tiny.question import TASKS
from pytest_qwen3vl.tiny.scene_questions import ask_scene, ask_scenes, boxes_json
from pytest_qwen3vl.tiny.world import Page, Scene, Shape, draw_lots_page, draw_lots_scene

SCENE = Scene("gray", (Shape("red", "circle", 0, 0), Shape("blue", "square", 2, 3)), 128, 128)
RECEIPT = Page("receipt", (("cafe", ""), ("tea", "3.50"), ("cake", "2.25"), ("total", "5.75")), 192, 128)
FORM = Page("form", (("name:", "anna"), ("code:", "4821")), 192, 64)


def _answers(picture: Scene | Page, ask: str) -> set[str]:
    """Collect every answer that the picture's questions give to these words."""
    lots = random.Random(0)
    make = (
        (lambda: ask_scene(picture, lots, stage=None))
        if isinstance(picture, Scene)
        else (lambda: ask_page(picture, lots, stage=None))
    )
    return {question.answer for question in (make() for _ in range(2000)) if question.ask == ask}


def test_the_answer_is_what_the_scene_shows() -> None:
    assert _answers(SCENE, "What colour is the circle?") == {"red"}
    assert _answers(SCENE, "Which shape is blue?") == {"square"}
    assert _answers(SCENE, "How many shapes are there?") == {"2"}
    assert _answers(SCENE, "Is the red circle above the blue square?") == {"yes"}
    assert _answers(SCENE, "Is the red circle right of the blue square?") == {"no"}
    assert _answers(SCENE, "Which shape is next to the left of the blue square?") == {"red circle"}
    assert _answers(SCENE, "Where is the blue square?") == {"bottom"}
    assert _answers(SCENE, "Describe the picture.") == {"A red circle at the top left and a blue square at the bottom."}
    assert _answers(SCENE, "Give a short caption.") == {"Two shapes on a gray background."}


def test_the_answer_is_what_the_page_says() -> None:
    assert _answers(RECEIPT, "What is the total?") == {"5.75"}
    assert _answers(RECEIPT, "How much is the cake?") == {"2.25"}
    assert _answers(RECEIPT, "Read the second line.") == {"tea 3.50"}
    assert _answers(RECEIPT, "Read the receipt line by line.") == {"cafe\ntea 3.50\ncake 2.25\ntotal 5.75"}
    assert _answers(FORM, "What is the code?") == {"4821"}
    assert _answers(FORM, "Return the form as JSON.") == {'{"name": "anna", "code": "4821"}'}


def test_boxes_are_written_as_qwen_writes_them() -> None:
    assert json.loads(boxes_json(SCENE, SCENE.shapes[:1])) == [{"bbox_2d": [25, 25, 225, 225], "label": "red circle"}]


@given(st.integers(min_value=0, max_value=2**32))
def test_the_same_words_have_one_answer_only(seed: int) -> None:
    lots = random.Random(seed)
    scene, page = draw_lots_scene(lots), draw_lots_page(lots)
    for asked in (
        [ask_scene(scene, lots, stage=None) for _ in range(60)],
        [ask_page(page, lots, stage=None) for _ in range(60)],
    ):
        answers: dict[str, str] = {}
        for question in asked:
            assert answers.setdefault(question.ask, question.answer) == question.answer


@given(st.integers(min_value=0, max_value=2**32))
def test_every_kind_belongs_to_a_task(seed: int) -> None:
    lots = random.Random(seed)
    scenes = [draw_lots_scene(lots) for _ in range(3)]
    asked = [ask_scene(scenes[0], lots, stage=None), ask_scenes(scenes, lots)]
    asked += [ask_page(draw_lots_page(lots), lots, stage=None)]
    kinds = {kind for kinds in TASKS.values() for kind in kinds}
    assert {question.kind for question in asked} <= kinds


def test_stages_ask_the_same_kinds_more_or_less_often() -> None:
    lots = random.Random(0)
    counts = [Counter(ask_scene(SCENE, lots, stage=stage).kind for _ in range(900)) for stage in (0, 2)]
    assert counts[0]["neighbour"] == 0 < counts[1]["neighbour"]
    assert counts[1]["caption"] < counts[0]["caption"]
    assert counts[0]["relation"] < counts[1]["relation"]
