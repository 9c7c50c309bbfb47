"""What can be drawn, and what is true of it.

Words, places and numbers only. It knows no pixels, no questions and no model.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

COLOURS = ("red", "green", "blue", "yellow", "purple", "black")
FORMS = ("circle", "square", "triangle", "cross")
BACKGROUNDS = ("white", "gray", "pink")
SHOPS = ("cafe", "bakery", "kiosk", "deli", "bistro", "grill")
GOODS = ("tea", "rice", "bread", "soup", "cake", "fish", "juice", "pear", "beans", "salt", "eggs", "cola")
PEOPLE = ("anna", "otto", "lena", "paul", "ida", "jan", "nora", "eric")
CITIES = ("oslo", "paris", "bern", "cairo", "lyon", "delhi", "tokyo", "bonn")

PAGE_COLUMNS = 12
LATTICE = 4

PageKind = Literal["receipt", "table", "form"]


@dataclass(frozen=True, slots=True)
class Shape:
    """Name one drawn shape and the lattice cell it stands in."""

    colour: str
    form: str
    column: int
    row: int

    @property
    def name(self) -> str:
        """Return what a person calls it: `red circle`."""
        return f"{self.colour} {self.form}"


@dataclass(frozen=True, slots=True)
class Scene:
    """Hold a plain background and shapes, no two of them in one column, from left to right."""

    background: str
    shapes: tuple[Shape, ...]
    width: int
    height: int

    def box(self, shape: Shape) -> tuple[int, int, int, int]:
        """Return x1, y1, x2, y2 in thousandths of the image; a shape fills the middle 80% of its cell."""
        cell = 1000 // LATTICE
        left, top = shape.column * cell + cell // 10, shape.row * cell + cell // 10
        return left, top, left + cell * 4 // 5, top + cell * 4 // 5

    def place(self, shape: Shape) -> str:
        """Return the ninth of the picture that a shape's middle lies in: `top left`, `center`, `right`."""
        down = ("top", "", "", "bottom")[shape.row]
        across = ("left", "", "", "right")[shape.column]
        return " ".join(word for word in (down, across) if word) or "center"


@dataclass(frozen=True, slots=True)
class Page:
    """Hold lines of type: each a word at the left edge and, mostly, a value at the right edge."""

    kind: PageKind
    lines: tuple[tuple[str, str], ...]
    width: int
    height: int

    @property
    def entries(self) -> tuple[tuple[str, str], ...]:
        """Return the lines that carry a word and a value of their own: no headline, no total."""
        if self.kind == "receipt":
            return self.lines[1:-1]
        return self.lines[1:] if self.kind == "table" else self.lines


Picture = Scene | Page


def draw_lots_scene(lots: random.Random, *, most: int = LATTICE) -> Scene:
    """Return a random scene of one to `most` shapes; one in twenty-five is large, mostly enough to be scaled down."""
    side = lots.randint(234, 340) if lots.random() < 0.04 else lots.randint(115, 141)
    count = lots.randint(1, most)
    names = lots.sample([(colour, form) for colour in COLOURS for form in FORMS], count)
    columns = sorted(lots.sample(range(LATTICE), count))
    shapes = tuple(
        Shape(colour, form, column, lots.randrange(LATTICE))
        for (colour, form), column in zip(names, columns, strict=True)
    )
    return Scene(lots.choice(BACKGROUNDS), shapes, side + lots.randint(-2, 2), side + lots.randint(-2, 2))


def draw_lots_page(lots: random.Random, kind: PageKind | None = None) -> Page:
    """Return a random receipt, table or form."""
    makers: dict[PageKind, Callable[[random.Random], list[tuple[str, str]]]]
    makers = {"receipt": _receipt, "table": _table, "form": _form}
    chosen: PageKind = lots.choice(list(makers)) if kind is None else kind
    lines = makers[chosen](lots)
    width = round(PAGE_COLUMNS * 16 * lots.uniform(0.955, 1.045))
    height = round(len(lines) * 32 * lots.uniform(0.955, 1.045))
    return Page(chosen, tuple(lines), width, height)


def _receipt(lots: random.Random) -> list[tuple[str, str]]:
    goods = lots.sample(GOODS, lots.choice((1, 2, 2, 3)))
    cents = [lots.randint(100, 999) for _ in goods]
    lines = [(word, price(cost)) for word, cost in zip(goods, cents, strict=True)]
    return [(lots.choice(SHOPS), ""), *lines, ("total", price(sum(cents)))]


def _table(lots: random.Random) -> list[tuple[str, str]]:
    head, words = lots.choice(((("name", "age"), PEOPLE), (("city", "days"), CITIES)))
    chosen = lots.sample(words, lots.choice((2, 3, 3)))
    numbers = lots.sample(range(10, 100), len(chosen))
    return [head, *((word, str(number)) for word, number in zip(chosen, numbers, strict=True))]


def _form(lots: random.Random) -> list[tuple[str, str]]:
    values = {
        "name": lots.choice(PEOPLE),
        "city": lots.choice(CITIES),
        "date": f"{lots.randint(1, 28):02d}.{lots.randint(1, 12):02d}",
        "code": str(lots.randint(1000, 9999)),
    }
    labels = lots.sample(sorted(values), lots.choice((2, 3, 3, 4)))
    return [(label + ":", values[label]) for label in labels]


def price(cents: int) -> str:
    """Return cents as printed on a receipt: `12.50`."""
    return f"{cents // 100}.{cents % 100:02d}"


def typeset(page: Page) -> list[str]:
    """Return the page as rows of `PAGE_COLUMNS` characters."""
    return [left + right.rjust(PAGE_COLUMNS - len(left)) for left, right in page.lines]


def spoken(line: Sequence[str]) -> str:
    """Return a line as it is read aloud: word, one space, value."""
    return " ".join(part for part in line if part)
