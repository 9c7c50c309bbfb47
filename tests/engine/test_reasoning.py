"""A Thinking model's reasoning is told from its answer."""

from __future__ import annotations

import pytest

from pytest_qwen3vl.engine.reasoning import split_reasoning


@pytest.mark.parametrize(
    ("text", "answer", "reasoning"),
    [
        ("It is red.\n</think>\n\nRed", "Red", "It is red."),
        ("<think>\nIt is red.\n</think>\n\nRed", "Red", "It is red."),
        ("</think>Red", "Red", ""),
        ("It never ends", "", "It never ends"),
        ("a</think>b</think>Red", "Red", "a</think>b"),
    ],
)
def test_the_answer_is_what_follows_the_last_closing_tag(text, answer, reasoning):
    assert split_reasoning(text) == (answer, reasoning)
