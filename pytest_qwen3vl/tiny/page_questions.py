"""What can be asked about pages: fields, lines, the whole.

Every question is answerable from the page alone. It knows no pixels and no tokens.
"""

import json
import random
from collections.abc import Callable

from pytest_qwen3vl.tiny.question import ORDINALS, Question
from pytest_qwen3vl.tiny.world import Page, spoken


def ask_page(page: Page, lots: random.Random, *, stage: int | None = 0) -> Question:
    """Return a random question about one page; without a stage, every kind as often."""
    shares = [1.0 if stage is None else share[stage] for share in SHARES.values()]
    while True:
        [make] = lots.choices(list(SHARES), shares)
        if question := make(page, lots):
            return question


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


Maker = Callable[[Page, random.Random], Question | None]

# how often each is asked, stage by stage: what is read in order is learned first, what must be found later
SHARES: dict[Maker, tuple[float, float, float]] = {
    _field: (4.0, 5.0, 7.0), _lookup: (1.5, 2.5, 4.0), _line: (2.0, 1.0, 0.5), _whole_page: (2.0, 0.9, 1.2),
    _page_json: (1.5, 0.8, 0.4), _page_count: (0.7, 0.3, 0.2),
}  # fmt: skip
