"""A Thinking model's text, split into its reasoning and its answer."""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"


def split_reasoning(text: str) -> tuple[str, str | None]:
    """Return (answer, reasoning) of decoded text.

    The chat template may have opened the block already, so only the closing tag counts; the last one does. Text that
    never closes it is all reasoning: the answer is empty.
    """
    reasoning, closed, answer = text.rpartition(_CLOSE)
    if not closed:
        reasoning, answer = text, ""
    return answer.strip(), reasoning.strip().removeprefix(_OPEN).strip()
