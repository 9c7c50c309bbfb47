"""Batches: random pictures, questions about them, as tensors.

A batch is a pure function of seed and step, so a resumed run sees what an uninterrupted one would. It knows no weights
of the model.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from pytest_qwen3vl.tiny.page_questions import ask_page
from pytest_qwen3vl.tiny.pixels import Pixels, see
from pytest_qwen3vl.tiny.plan import Plan
from pytest_qwen3vl.tiny.question import Question
from pytest_qwen3vl.tiny.rows import Row, Writer
from pytest_qwen3vl.tiny.scene_questions import ask_scene, ask_scenes
from pytest_qwen3vl.tiny.world import Picture, draw_lots_page, draw_lots_scene

SYSTEM_PROMPTS = ("You are a helpful assistant.", "Answer briefly.", "You read receipts, tables and forms.")
CONVERSATIONS, SYSTEMS = 0.2, 0.15
SEVERAL_IMAGES, PAGES = (0.14, 0.20, 0.10), (0.41, 0.36, 0.45)  # shares of rows, stage by stage
MOST_QUESTIONS = 24
CHAT_TOKENS = 8  # of a question, besides its words


@dataclass(frozen=True, slots=True)
class Batch:
    """Hold tensors of one step, (rows, tokens); images and questions are in the order of their tokens."""

    tokens: torch.Tensor
    branches: torch.Tensor
    answers: torch.Tensor
    weights: torch.Tensor
    positions: torch.Tensor
    """(3, rows, tokens)"""
    images: list[Pixels]
    questions: list[Question]
    sights: torch.Tensor
    """Ids of what each visual token shows, (visual tokens, 4)."""


def make_batch(writer: Writer, plan: Plan, step: int) -> Batch:
    """Return the batch of one training step."""
    lots = [random.Random(f"{plan.seed}/train/{step}/{row}") for row in range(plan.rows)]
    return collate(writer, [make_row(writer, each, plan.budget, stage=plan.stage(step)) for each in lots])


def make_row(
    writer: Writer, lots: random.Random, budget: int, *, stage: int | None = 0, conversations: float = CONVERSATIONS
) -> Row:
    """Return a row of about `budget` tokens: many separate questions about the same pictures, or one conversation."""
    roll = lots.random()
    system = lots.choice(SYSTEM_PROMPTS) if lots.random() < SYSTEMS else None
    pictures, ask = _draw_lots(lots, roll, stage=stage)
    row = writer.start([see(picture) for picture in pictures], system)
    is_conversation = lots.random() < conversations
    start, room = row.position, budget - len(row.tokens)
    for turn in range(MOST_QUESTIONS):
        question = ask()
        long = len(writer.encode(question.ask)) + len(writer.encode(question.answer)) + CHAT_TOKENS
        if long > room and turn:
            continue
        room -= long
        if not is_conversation:
            row.position = start
        elif row.questions:
            writer.go_on(row, 0)
        writer.ask(row, question, 0 if is_conversation else turn + 1)
    return row


def collate(writer: Writer, rows: Sequence[Row]) -> Batch:
    """Return rows padded to the longest; padding is branch -1.

    A token of an answer weighs one over the root of the answer's length: short answers are the harder ones.
    """
    longest = max(len(row.tokens) for row in rows)
    tokens = torch.zeros(len(rows), longest, dtype=torch.long)
    branches, answers = torch.full_like(tokens, -1), torch.full_like(tokens, -1)
    weights = torch.zeros(len(rows), longest)
    positions = torch.zeros(3, len(rows), longest, dtype=torch.long)
    asked = 0
    for index, row in enumerate(rows):
        many, lengths = len(row.tokens), Counter(row.answers)
        tokens[index, :many] = torch.tensor(row.tokens)
        branches[index, :many] = torch.tensor(row.branches)
        answers[index, :many] = torch.tensor([number if number < 0 else number + asked for number in row.answers])
        weights[index, :many] = torch.tensor([0.0 if number < 0 else lengths[number] ** -0.5 for number in row.answers])
        positions[:, index, :many] = torch.tensor(row.positions).T
        asked += len(row.questions)
    images = [image for row in rows for image in row.images]
    sights = [[writer.encode(word)[0] for word in sight] for image in images for sight in image.sights]
    asked_all = [question for row in rows for question in row.questions]
    return Batch(tokens, branches, answers, weights, positions, images, asked_all, torch.tensor(sights))


def _draw_lots(
    lots: random.Random, roll: float, *, stage: int | None
) -> tuple[Sequence[Picture], Callable[[], Question]]:
    """Return what a row is about, and a maker of questions about it."""
    several, pages = (0.25, 0.35) if stage is None else (SEVERAL_IMAGES[stage], PAGES[stage])
    if roll < several:
        scenes = [draw_lots_scene(lots) for _ in range(lots.choice((2, 2, 2, 3)))]
        return scenes, lambda: ask_scenes(scenes, lots, stage=stage)
    if roll < several + pages:
        page = draw_lots_page(lots)
        return [page], lambda: ask_page(page, lots, stage=stage)
    scene = draw_lots_scene(lots)
    return [scene], lambda: ask_scene(scene, lots, stage=stage)
