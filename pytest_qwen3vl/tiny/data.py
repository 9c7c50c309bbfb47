"""Batches: pictures drawn from numbers, questions about them, tokens, pixels and positions.

A batch is a pure function of seed and step, so a resumed run sees what an uninterrupted one would.
It knows how prompts are written and packed; it knows no weights.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from tokenizers import Tokenizer
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

from pytest_qwen3vl.tiny import questions
from pytest_qwen3vl.tiny.drawing import draw
from pytest_qwen3vl.tiny.model import LARGEST_PIXELS, MERGE, PATCH, SMALLEST_PIXELS
from pytest_qwen3vl.tiny.questions import Question
from pytest_qwen3vl.tiny.world import LATTICE, Page, Picture, draw_lots_page, draw_lots_scene, typeset

SYSTEM_PROMPTS = ("You are a helpful assistant.", "Answer briefly.", "You read receipts, tables and forms.")
NOTHING = "<|vision_pad|>"
UNIT = PATCH * MERGE


@dataclass(frozen=True, slots=True)
class Pixels:
    """Hold one image: patches of bytes (patches, 768), grid in patches, ids of what each token shows (tokens, 4)."""

    patches: npt.NDArray[np.uint8]
    grid: tuple[int, int]
    sights: npt.NDArray[np.int64]


@dataclass(slots=True)
class Row:
    """Collect one sequence; a token sees its own branch and branch 0, `answers` says which question it answers."""

    tokens: list[int] = field(default_factory=list)
    branches: list[int] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    positions: list[tuple[int, int, int]] = field(default_factory=list)
    images: list[Pixels] = field(default_factory=list)
    position: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Hold tensors of one step; `images` are in the order in which their tokens stand in `tokens`."""

    tokens: torch.Tensor
    branches: torch.Tensor
    answers: torch.Tensor
    weights: torch.Tensor
    positions: torch.Tensor
    images: list[Pixels]
    questions: list[Question]


def cut(image: Image.Image, width: int, height: int) -> npt.NDArray[np.uint8]:
    """Return patches in the family's order: the four of one visual token stand together."""
    pixels = np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))
    down, across = height // UNIT, width // UNIT
    blocks = pixels.reshape(down, MERGE, PATCH, across, MERGE, PATCH, 3)
    return np.ascontiguousarray(blocks.transpose(0, 3, 1, 4, 6, 2, 5)).reshape(-1, 3 * PATCH * PATCH)


def sights(picture: Picture, down: int, across: int) -> list[tuple[str, str, str, str]]:
    """Return for each visual token of the picture four words: two for what it shows, its row, its column.

    What it shows is a shape's colour and form, or the characters in its left and right half; `NOTHING` where empty.
    """
    cells = [(row, column) for row in range(down) for column in range(across)]
    if isinstance(picture, Page):
        rows = [text.replace(" ", "\0") for text in typeset(picture)]
        return [(*_letters(rows[row][2 * column :]), str(row), str(column)) for row, column in cells]
    shown = {(shape.row, shape.column): (shape.colour, shape.form) for shape in picture.shapes}
    places = [(row * LATTICE // down, column * LATTICE // across) for row, column in cells]
    return [(*shown.get(place, (NOTHING, NOTHING)), str(place[0]), str(place[1])) for place in places]


def _letters(text: str) -> tuple[str, str]:
    return text[0].replace("\0", NOTHING), text[1].replace("\0", NOTHING)


class Writer:
    """Turn conversations into rows of tokens."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self._known: dict[str, list[int]] = {}
        [self.image_token] = self.encode("<|image_pad|>")

    def encode(self, text: str) -> list[int]:
        """Return token ids of a piece of chat; special tokens are recognised."""
        if text not in self._known:
            self._known[text] = list(self.tokenizer.encode(text, add_special_tokens=False).ids)
        return self._known[text]

    def see(self, picture: Picture) -> Pixels:
        """Return the picture as the image processor would cut it, and what each of its tokens shows."""
        image = draw(picture)
        height, width = smart_resize(image.height, image.width, UNIT, SMALLEST_PIXELS, LARGEST_PIXELS)
        shown = [[self.encode(word)[0] for word in words] for words in sights(picture, height // UNIT, width // UNIT)]
        return Pixels(cut(image, width, height), (height // PATCH, width // PATCH), np.array(shown))

    def start(self, images: Sequence[Pixels], system: str | None) -> Row:
        """Return a row that stands before its first question."""
        row = Row()
        if system is not None:
            self._add(row, f"<|im_start|>system\n{system}<|im_end|>\n", 0)
        self._add(row, "<|im_start|>user\n", 0)
        for image in images:
            self._add_image(row, image)
        return row

    def ask(self, row: Row, question: Question, branch: int) -> None:
        """Add a question and its answer."""
        self._add(row, f"{question.ask}<|im_end|>\n<|im_start|>assistant\n", branch)
        row.questions.append(question)
        self._add(row, question.answer + "<|im_end|>", branch, answers=True)

    def go_on(self, row: Row, branch: int) -> None:
        """Open the next turn of the user."""
        self._add(row, "\n<|im_start|>user\n", branch)

    def _add(self, row: Row, text: str, branch: int, *, answers: bool = False) -> None:
        ids = self.encode(text)
        row.tokens += ids
        row.branches += [branch] * len(ids)
        row.answers += [len(row.questions) - 1 if answers else -1] * len(ids)
        row.weights += [len(ids) ** -0.5 if answers else 0.0] * len(ids)
        row.positions += [(row.position + index,) * 3 for index in range(len(ids))]
        row.position += len(ids)

    def _add_image(self, row: Row, image: Pixels) -> None:
        self._add(row, "<|vision_start|>", 0)
        first = row.position
        down, across = image.grid[0] // MERGE, image.grid[1] // MERGE
        row.positions += [(first, first + y, first + x) for y in range(down) for x in range(across)]
        row.tokens += [self.image_token] * (down * across)
        row.branches += [0] * (down * across)
        row.answers += [-1] * (down * across)
        row.weights += [0.0] * (down * across)
        row.images.append(image)
        row.position = first + max(down, across)  # M-RoPE goes on after the longer side
        self._add(row, "<|vision_end|>", 0)


def make_row(writer: Writer, lots: random.Random, budget: int) -> Row:
    """Return a row of about `budget` tokens: many separate questions about the same pictures, or one conversation."""
    roll = lots.random()
    system = lots.choice(SYSTEM_PROMPTS) if lots.random() < 0.15 else None
    if roll < 0.14:
        scenes = [draw_lots_scene(lots, most=4) for _ in range(lots.choice((2, 2, 2, 3)))]
        row = writer.start([writer.see(scene) for scene in scenes], system)

        def ask() -> Question:
            return questions.ask_scenes(scenes, lots)
    elif roll < 0.55:
        page = draw_lots_page(lots)
        row = writer.start([writer.see(page)], system)

        def ask() -> Question:
            return questions.ask_page(page, lots)
    else:
        scene = draw_lots_scene(lots)
        row = writer.start([writer.see(scene)], system)

        def ask() -> Question:
            return questions.ask_scene(scene, lots)

    is_conversation = lots.random() < 0.2
    start, room = row.position, budget - len(row.tokens)
    for turn in range(24):
        question = ask()
        long = len(writer.encode(question.ask)) + len(writer.encode(question.answer)) + 8
        if long > room and turn:
            continue
        room -= long
        if not is_conversation:
            row.position = start
        elif row.questions:
            writer.go_on(row, 0)
        writer.ask(row, question, 0 if is_conversation else turn + 1)
    return row


def make_batch(writer: Writer, *, seed: int, step: int, rows: int, budget: int) -> Batch:
    """Return the batch of one training step."""
    made = [make_row(writer, random.Random(f"{seed}/train/{step}/{index}"), budget) for index in range(rows)]
    return collate(made)


def collate(rows: Sequence[Row]) -> Batch:
    """Return rows padded to the longest; padding is branch -1."""
    longest = max(len(row.tokens) for row in rows)
    tokens = torch.zeros(len(rows), longest, dtype=torch.long)
    branches = torch.full((len(rows), longest), -1, dtype=torch.long)
    answers = torch.full((len(rows), longest), -1, dtype=torch.long)
    weights = torch.zeros(len(rows), longest)
    positions = torch.zeros(3, len(rows), longest, dtype=torch.long)
    asked = 0
    for index, row in enumerate(rows):
        many = len(row.tokens)
        tokens[index, :many] = torch.tensor(row.tokens)
        branches[index, :many] = torch.tensor(row.branches)
        numbers = torch.tensor(row.answers)
        answers[index, :many] = torch.where(numbers >= 0, numbers + asked, -1)
        asked += len(row.questions)
        weights[index, :many] = torch.tensor(row.weights)
        positions[:, index, :many] = torch.tensor(row.positions).T
    return Batch(
        tokens,
        branches,
        answers,
        weights,
        positions,
        [image for row in rows for image in row.images],
        [question for row in rows for question in row.questions],
    )
