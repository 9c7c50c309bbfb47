"""Rows: conversations about images as token ids, positions and marks of what is an answer.

Tokens and positions are those of chat template and model. It knows neither drawing nor tensors.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tokenizers import Tokenizer

from pytest_qwen3vl.tiny.model import MERGE
from pytest_qwen3vl.tiny.pixels import Pixels
from pytest_qwen3vl.tiny.question import Question


@dataclass(slots=True)
class Row:
    """Collect one sequence, a token at a time in every list."""

    tokens: list[int] = field(default_factory=list)
    branches: list[int] = field(default_factory=list)
    """A token sees those before it of its own branch and of branch 0."""
    answers: list[int] = field(default_factory=list)
    """The index of the question that it answers; -1: none."""
    positions: list[tuple[int, int, int]] = field(default_factory=list)
    """Time, height and width, as M-RoPE counts."""
    questions: list[Question] = field(default_factory=list)
    images: list[Pixels] = field(default_factory=list)
    position: int = 0
    """The next text token's."""


_SHORT = 60


class Writer:
    """Turn conversations into rows of tokens."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self._known: dict[str, list[int]] = {}
        [self.image_token] = self.encode("<|image_pad|>")

    def encode(self, text: str) -> list[int]:
        """Return token ids of a piece of chat; special tokens are recognised."""
        if text in self._known:
            return self._known[text]
        ids = list(self.tokenizer.encode(text, add_special_tokens=False).ids)
        if len(text) <= _SHORT:  # long texts are answers, hardly one of which comes twice
            self._known[text] = ids
        return ids

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
        row.images.append(image)
        row.position = first + max(down, across)  # M-RoPE goes on after the longer side
        self._add(row, "<|vision_end|>", 0)
