"""What can be asked about a picture, and the one right answer.

Every question is answerable from the picture alone. It knows no pixels and no tokens.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pytest_qwen3vl.tiny.world import COLOURS, FORMS, Page, Scene, Shape, spoken

NUMBERS = ("No", "One", "Two", "Three", "Four")
ORDINALS = ("first", "second", "third")
TASKS = {
    "caption": ("caption", "short caption"),
    "vqa": (
        "colour", "shape", "count", "count some", "exists", "place", "relation", "background", "which image",
        "count in image", "colour in image",
    ),
    "document": ("field", "lookup", "line", "page", "json", "lines"),
    "grounding": ("box", "some boxes", "all boxes"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """Hold one question, its answer, and the kind by which accuracy is counted."""

    kind: str
    ask: str
    answer: str


def boxes_json(scene: Scene, shapes: Sequence[Shape]) -> str:
    """Return boxes as Qwen3-VL writes them."""
    return json.dumps([{"bbox_2d": list(scene.box(shape)), "label": shape.name} for shape in shapes])


def _caption(scene: Scene, lots: random.Random) -> Question:
    parts = [f"a {shape.name} at the {scene.place(shape)}" for shape in scene.shapes]
    text = ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]
    ask = lots.choice(("Describe the picture.", "What does the picture show?"))
    return Question("caption", ask, text[0].upper() + text[1:] + ".")


def _short_caption(scene: Scene, lots: random.Random) -> Question:
    count = len(scene.shapes)
    text = f"{NUMBERS[count]} shape{'s' * (count > 1)} on a {scene.background} background."
    return Question("short caption", lots.choice(("Give a short caption.", "Caption this picture briefly.")), text)


def _colour(scene: Scene, lots: random.Random) -> Question | None:
    single = _unique([shape.form for shape in scene.shapes])
    if not single:
        return None
    shape = scene.shapes[lots.choice(single)]
    return Question("colour", f"What colour is the {shape.form}?", shape.colour)


def _form(scene: Scene, lots: random.Random) -> Question | None:
    single = _unique([shape.colour for shape in scene.shapes])
    if not single:
        return None
    shape = scene.shapes[lots.choice(single)]
    return Question("shape", f"Which shape is {shape.colour}?", shape.form)


def _count(scene: Scene, lots: random.Random) -> Question:
    ask = lots.choice(("How many shapes are there?", "Count the shapes."))
    return Question("count", ask, str(len(scene.shapes)))


def _count_some(scene: Scene, lots: random.Random) -> Question:
    shape = lots.choice(scene.shapes)
    word = lots.choice((shape.colour, shape.form)) if lots.random() < 0.8 else lots.choice(COLOURS + FORMS)
    many = sum(word in (shape.colour, shape.form) for shape in scene.shapes)
    what = f"{word} shapes" if word in COLOURS else _plural(word)
    return Question("count some", f"How many {what} are there?", str(many))


def _exists(scene: Scene, lots: random.Random) -> Question:
    shape = lots.choice(scene.shapes)
    names = {shape.name for shape in scene.shapes}
    name = shape.name
    if lots.random() < 0.5:
        near = [f"{shape.colour} {form}" for form in FORMS] + [f"{colour} {shape.form}" for colour in COLOURS]
        name = lots.choice([other for other in near if other not in names])
    return Question("exists", f"Is there a {name}?", "yes" if name in names else "no")


def _place(scene: Scene, lots: random.Random) -> Question:
    shape = lots.choice(scene.shapes)
    return Question("place", f"Where is the {shape.name}?", scene.place(shape))


def _relation(scene: Scene, lots: random.Random) -> Question | None:
    if len(scene.shapes) < 2:
        return None
    one, two = lots.sample(scene.shapes, 2)
    if one.row != two.row and lots.random() < 0.5:
        word, holds = lots.choice((("above", one.row < two.row), ("below", one.row > two.row)))
    else:
        word, holds = lots.choice((("left of", one.column < two.column), ("right of", one.column > two.column)))
    return Question("relation", f"Is the {one.name} {word} the {two.name}?", "yes" if holds else "no")


def _background(scene: Scene, _: random.Random) -> Question:
    return Question("background", "What colour is the background?", scene.background)


def _box(scene: Scene, lots: random.Random) -> Question:
    shape = lots.choice(scene.shapes)
    ask = lots.choice((f"Locate the {shape.name}.", f"Give the bounding box of the {shape.name}."))
    return Question("box", ask, boxes_json(scene, [shape]))


def _some_boxes(scene: Scene, lots: random.Random) -> Question:
    word = lots.choice([shape.form for shape in scene.shapes] + [shape.colour for shape in scene.shapes])
    chosen = [shape for shape in scene.shapes if word in (shape.colour, shape.form)]
    what = f"{word} shape" if word in COLOURS else word
    return Question("some boxes", f"Locate every {what}.", boxes_json(scene, chosen))


def _all_boxes(scene: Scene, _: random.Random) -> Question | None:
    if len(scene.shapes) > 2:
        return None
    return Question("all boxes", "Locate every shape.", boxes_json(scene, scene.shapes))


def _field(page: Page, lots: random.Random) -> Question:
    word, value = lots.choice(page.entries)
    if page.kind == "receipt":
        if lots.random() < 0.4:
            return Question("field", lots.choice(("What is the total?", "How much is the total?")), page.lines[-1][1])
        return Question("field", f"How much is the {word}?", value)
    if page.kind == "table":
        ask = f"How old is {word}?" if page.lines[0][1] == "age" else f"How many days in {word}?"
        return Question("field", ask, value)
    return Question("field", f"What is the {word[:-1]}?", value)


def _lookup(page: Page, lots: random.Random) -> Question:
    word, value = lots.choice(page.entries)
    if page.kind == "receipt":
        return Question("lookup", "Which shop is it?", page.lines[0][0])
    if page.kind == "table":
        return Question("lookup", f"Which {page.lines[0][0]} has {value}?", word)
    return Question("lookup", f"Which field says {value}?", word[:-1])


def _line(page: Page, lots: random.Random) -> Question:
    number = lots.choice((0, 1, 2, -1))
    number = number if number < len(page.lines) else -1
    place = "last" if number < 0 else ORDINALS[number]
    return Question("line", f"Read the {place} line.", spoken(page.lines[number]))


def _whole_page(page: Page, _: random.Random) -> Question:
    return Question("page", f"Read the {page.kind} line by line.", "\n".join(map(spoken, page.lines)))


def _page_json(page: Page, _: random.Random) -> Question | None:
    if page.kind != "form":
        return None
    return Question("json", "Return the form as JSON.", json.dumps({word[:-1]: value for word, value in page.lines}))


def _page_count(page: Page, _: random.Random) -> Question:
    ask = {"receipt": "How many items are on the receipt?", "table": "How many rows has the table?"}
    return Question("lines", ask.get(page.kind, "How many fields has the form?"), str(len(page.entries)))


SCENE_QUESTIONS: dict[Callable[[Scene, random.Random], Question | None], float] = {
    _caption: 2.5, _short_caption: 0.7, _colour: 1.0, _form: 1.0, _count: 1.0, _count_some: 1.5, _exists: 1.5,
    _place: 1.0, _relation: 2.0, _background: 0.3, _box: 1.5, _some_boxes: 1.0, _all_boxes: 0.7,
}  # fmt: skip
PAGE_QUESTIONS: dict[Callable[[Page, random.Random], Question | None], float] = {
    _field: 4.0, _lookup: 1.5, _line: 2.0, _whole_page: 2.0, _page_json: 1.5, _page_count: 0.7,
}  # fmt: skip


def ask_scene(scene: Scene, lots: random.Random) -> Question:
    """Return a random question about one scene."""
    while True:
        [make] = lots.choices(list(SCENE_QUESTIONS), list(SCENE_QUESTIONS.values()))
        if question := make(scene, lots):
            return question


def ask_boxes(scene: Scene, lots: random.Random) -> Question:
    """Return a random question that is answered with boxes."""
    while True:
        if question := lots.choice((_box, _some_boxes, _all_boxes))(scene, lots):
            return question


def ask_page(page: Page, lots: random.Random) -> Question:
    """Return a random question about one page."""
    while True:
        [make] = lots.choices(list(PAGE_QUESTIONS), list(PAGE_QUESTIONS.values()))
        if question := make(page, lots):
            return question


def ask_scenes(scenes: Sequence[Scene], lots: random.Random) -> Question:
    """Return a random question about two or three scenes shown together."""
    number = lots.randrange(len(scenes))
    scene, place = scenes[number], ORDINALS[number]
    roll = lots.random()
    if roll < 0.5:
        rest = {shape.name for other in scenes if other is not scene for shape in other.shapes}
        own = [shape.name for shape in scene.shapes if shape.name not in rest]
        if own:
            return Question("which image", f"Which image shows a {lots.choice(own)}?", place)
    if roll < 0.75:
        return Question("count in image", f"How many shapes are in the {place} image?", str(len(scene.shapes)))
    single = _unique([shape.form for shape in scene.shapes])
    if single:
        shape = scene.shapes[lots.choice(single)]
        ask = f"What colour is the {shape.form} in the {place} image?"
        return Question("colour in image", ask, shape.colour)
    return Question("count in image", f"How many shapes are in the {place} image?", str(len(scene.shapes)))


def _plural(word: str) -> str:
    return word + ("es" if word == "cross" else "s")


def _unique(words: Sequence[str]) -> list[int]:
    return [index for index, word in enumerate(words) if words.count(word) == 1]
