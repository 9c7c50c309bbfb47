"""A Thinking model's answer, told from the reasoning it wrote before."""

from __future__ import annotations

from collections.abc import Sequence

from transformers import PreTrainedTokenizerBase

from pytest_qwen3vl.engine.family import REASONING_END, REASONING_START


def read_answer(token_ids: Sequence[int], tokenizer: PreTrainedTokenizerBase) -> tuple[str, str]:
    """Return (answer, reasoning) as text without special tokens.

    The closing tag is looked for among the tokens where it is one, for a tokenizer that counts it among its special
    tokens leaves it out of the text.
    """
    ids = list(token_ids)
    end = tokenizer.encode(REASONING_END, add_special_tokens=False)
    if len(end) != 1 or end[0] not in ids:
        return split_reasoning(tokenizer.decode(ids, skip_special_tokens=True))
    place = len(ids) - ids[::-1].index(end[0])
    reasoning, answer = (tokenizer.decode(part, skip_special_tokens=True) for part in (ids[: place - 1], ids[place:]))
    return answer.strip(), _without_opening(reasoning)


def split_reasoning(text: str) -> tuple[str, str]:
    """Return (answer, reasoning) of decoded text.

    The chat template may have opened the block already, so only the closing tag counts; the last one does. Text that
    never closes it is all reasoning: the answer is empty.
    """
    reasoning, closed, answer = text.rpartition(REASONING_END)
    if not closed:
        reasoning, answer = text, ""
    return answer.strip(), _without_opening(reasoning)


def _without_opening(reasoning: str) -> str:
    return reasoning.strip().removeprefix(REASONING_START).strip()
