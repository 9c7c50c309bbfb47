"""What a check is: it is given an answer and returns a verdict.

It knows no single check; `registry` lists them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from pytest_qwen3vl.cases.case import Task


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what a check may look at."""

    text: str
    """The model's answer, special tokens and reasoning removed."""
    task: Task = "vqa"
    image_sizes: tuple[tuple[int, int], ...] = ()
    """(width, height) in pixels of the turn's images, after EXIF rotation."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Say whether an answer passes, how well (0 to 1), and why, for a person."""

    passed: bool
    score: float
    reason: str


@runtime_checkable
class Check(Protocol):
    """Judge an answer.

    A check is a frozen dataclass: its fields are its YAML arguments. `shorthand` names the field that a bare
    value stands for (`exact: "12.50"` is `exact: {text: "12.50"}`); None: it must be written as a mapping.
    """

    shorthand: ClassVar[str | None]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def judge(self, answer: Answer) -> Verdict:
        """Return the verdict; raise whatever means that the check itself is broken."""
        ...
