"""What can be asked about scenes: captions, questions, boxes.

Every question is answerable from the pictures alone. It knows no pixels and no tokens.
"""

import json
import random
from collections.abc import Callable, Sequence

from pytest_qwen3vl.tiny.question import ORDINALS, Question
from pytest_qwen3vl.tiny.world import COLOURS, FORMS, Scene, Shape

NUMBERS = ("No", "One", "Two", "Three", "Four")


def ask_scene(scene: Scene, lots: random.Random, *, stage: int | None = 0) -> Question:
    """Return a random question about one scene; without a stage, every kind as often."""
    shares = [1.0 if stage is None else share[stage] for share in SHARES.values()]
    while True:
        [make] = lots.choices(list(SHARES), shares)
        if question := make(scene, lots):
            return question


def ask_boxes(scene: Scene, lots: random.Random) -> Question:
    """Return a random question that is answered with boxes."""
    while True:
        if question := lots.choice((_box, _some_boxes, _all_boxes))(scene, lots):
            return question


def ask_scenes(scenes: Sequence[Scene], lots: random.Random, *, stage: int | None = 0) -> Question:
    """Return a random question about two or three scenes shown together."""
    number = lots.randrange(len(scenes))
    scene, place = scenes[number], ORDINALS[number]
    roll = lots.random()
    if roll < (0.6 if stage else 0.5):
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


def _neighbour(scene: Scene, lots: random.Random) -> Question | None:
    if len(scene.shapes) < 2:
        return None
    right = lots.randrange(1, len(scene.shapes))
    left_shape, right_shape = scene.shapes[right - 1], scene.shapes[right]
    if lots.random() < 0.5:
        return Question("neighbour", f"Which shape is next to the left of the {right_shape.name}?", left_shape.name)
    return Question("neighbour", f"Which shape is next to the right of the {left_shape.name}?", right_shape.name)


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


def _plural(word: str) -> str:
    return word + ("es" if word == "cross" else "s")


def _unique(words: Sequence[str]) -> list[int]:
    return [index for index, word in enumerate(words) if words.count(word) == 1]


Maker = Callable[[Scene, random.Random], Question | None]

# how often each is asked, stage by stage: what is read in order is learned first, what must be found later
SHARES: dict[Maker, tuple[float, float, float]] = {
    _caption: (2.5, 1.3, 0.8), _short_caption: (0.7, 0.3, 0.2), _colour: (1.0, 2.0, 1.0), _form: (1.0, 2.0, 1.0),
    _count: (1.0, 0.4, 0.3), _count_some: (1.5, 1.5, 3.0), _exists: (1.5, 3.0, 1.5), _place: (1.0, 2.5, 1.0),
    _relation: (2.0, 3.0, 4.0), _background: (0.3, 0.2, 0.1), _box: (1.5, 3.0, 2.0), _some_boxes: (1.0, 1.0, 1.2),
    _all_boxes: (0.7, 0.5, 0.7), _neighbour: (0.0, 0.0, 2.5),
}  # fmt: skip
