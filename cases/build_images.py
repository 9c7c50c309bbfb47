"""Draw the images of the shipped cases: `python cases/build_images.py`.

What each picture holds stands here, so what the cases expect is true by construction. Running it again writes the same
bytes, with the Pillow of `constraints.txt`.
"""

import sys
from pathlib import Path

from pytest_qwen3vl.tiny.drawing import draw
from pytest_qwen3vl.tiny.world import Page, Picture, Scene, Shape, price

HERE = Path(__file__).parent


def _scene(background: str, size: tuple[int, int], *shapes: tuple[str, str, int, int]) -> Scene:
    """Return a scene of shapes given as colour, form, column and row, counted from 0."""
    return Scene(background, tuple(Shape(*shape) for shape in shapes), *size)


def _receipt(shop: str, size: tuple[int, int], **goods: int) -> Page:
    """Return a receipt of goods and their prices in cents; the total is their sum."""
    lines = tuple((name, price(cents)) for name, cents in goods.items())
    return Page("receipt", ((shop, ""), *lines, ("total", price(sum(goods.values())))), *size)


def _table(head: tuple[str, str], size: tuple[int, int], **rows: int) -> Page:
    return Page("table", (head, *((word, str(number)) for word, number in rows.items())), *size)


def _form(size: tuple[int, int], **fields: str) -> Page:
    return Page("form", tuple((label + ":", value) for label, value in fields.items()), *size)


PICTURES: dict[str, Picture] = {
    # captions
    "caption/images/alone.png": _scene("white", (121, 119), ("red", "circle", 0, 0)),
    "caption/images/pair.png": _scene("gray", (133, 131), ("blue", "square", 0, 3), ("yellow", "triangle", 3, 0)),
    "caption/images/diagonal.png": _scene(
        "white", (126, 127), ("green", "cross", 0, 0), ("purple", "circle", 1, 1), ("black", "square", 3, 3)
    ),
    "caption/images/full-row.png": _scene(
        "pink", (138, 139),
        ("red", "square", 0, 2), ("blue", "circle", 1, 0), ("green", "triangle", 2, 3), ("black", "cross", 3, 1),
    ),
    "caption/images/twins.png": _scene("white", (117, 118), ("yellow", "circle", 1, 3), ("purple", "cross", 3, 3)),
    "caption/images/poster.png": _scene("gray", (323, 321), ("black", "square", 0, 3), ("red", "square", 2, 1)),
    # questions about scenes
    "vqa/images/garden.png": _scene(
        "white", (129, 127), ("red", "triangle", 0, 3), ("yellow", "circle", 2, 0), ("blue", "cross", 3, 2)
    ),
    "vqa/images/night.png": _scene("gray", (119, 121), ("black", "square", 1, 1), ("purple", "circle", 2, 3)),
    "vqa/images/crowd.png": _scene(
        "pink", (116, 119),
        ("green", "circle", 0, 1), ("green", "triangle", 1, 3), ("red", "circle", 2, 3), ("purple", "triangle", 3, 1),
    ),
    "vqa/images/crosses.png": _scene(
        "gray", (140, 141), ("blue", "cross", 0, 2), ("red", "cross", 1, 3), ("yellow", "triangle", 3, 0)
    ),
    "vqa/images/row.png": _scene(
        "white", (117, 118),
        ("blue", "square", 0, 2), ("red", "triangle", 1, 0), ("blue", "circle", 2, 0), ("green", "cross", 3, 3),
    ),
    "vqa/images/far-apart.png": _scene("white", (134, 136), ("green", "triangle", 0, 2), ("black", "circle", 3, 0)),
    "vqa/images/single.png": _scene("white", (123, 125), ("green", "triangle", 2, 1)),
    "vqa/images/left-door.png": _scene("white", (127, 126), ("red", "cross", 1, 0), ("black", "circle", 3, 3)),
    "vqa/images/right-door.png": _scene(
        "gray", (131, 133), ("yellow", "square", 0, 2), ("blue", "triangle", 2, 0), ("purple", "cross", 3, 3)
    ),
    "vqa/images/back-door.png": _scene("pink", (118, 117), ("blue", "circle", 0, 0)),
    # documents
    "document/images/corner-shop.png": _receipt("kiosk", (187, 130), tea=350, cake=425),
    "document/images/breakfast.png": _receipt("bakery", (199, 157), bread=285, eggs=340, juice=199),
    "document/images/dinner.png": _receipt("bistro", (193, 127), fish=895, soup=460),
    "document/images/ages.png": _table(("name", "age"), (185, 125), anna=34, paul=71, ida=28),
    "document/images/travel.png": _table(("city", "days"), (197, 99), oslo=12, cairo=40),
    "document/images/badge.png": _form((189, 93), name="nora", city="lyon", code="4827"),
    "document/images/ticket.png": _form((195, 131), date="14.06", name="otto", city="tokyo", code="9350"),
    # boxes
    "grounding/images/corner.png": _scene("white", (125, 126), ("blue", "circle", 0, 3), ("red", "square", 3, 0)),
    "grounding/images/stairs.png": _scene(
        "gray", (135, 137), ("green", "triangle", 0, 3), ("purple", "square", 1, 2), ("yellow", "cross", 2, 1)
    ),
    "grounding/images/middle.png": _scene(
        "white", (126, 126), ("yellow", "triangle", 1, 1), ("purple", "triangle", 2, 2)
    ),
    "grounding/images/poster.png": _scene("white", (312, 310), ("green", "triangle", 2, 2), ("blue", "square", 3, 1)),
    "grounding/images/alone.png": _scene("white", (141, 140), ("purple", "triangle", 2, 2)),
    "grounding/images/three.png": _scene(
        "pink", (139, 139), ("blue", "triangle", 1, 1), ("red", "cross", 2, 3), ("green", "square", 3, 2)
    ),
}  # fmt: skip


def main(folder: Path = HERE) -> int:
    """Write every picture below `folder`."""
    for name, picture in PICTURES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draw(picture).save(path, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
