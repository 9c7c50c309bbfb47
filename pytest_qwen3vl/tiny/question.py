"""A question, its one right answer, and the kinds that accuracy is counted by.

Plain data: `scene_questions` and `page_questions` make them.
"""

from dataclasses import dataclass

ORDINALS = ("first", "second", "third")
TASKS = {
    "caption": ("caption", "short caption"),
    "vqa": (
        "colour", "shape", "count", "count some", "exists", "place", "relation", "neighbour", "background",
        "which image", "count in image", "colour in image",
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
