"""How answers are decoded: greedy, with the checkpoint's own penalties and end tokens.

A checkpoint's generation config usually samples; here it is overruled. It runs no model.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from transformers import GenerationConfig, LogitsProcessor

from pytest_qwen3vl.cases.case import GenerationParameters

_WIDEST = 1e4
"""No margin is wider: a rule of generation may leave but one token, and JSON has no infinity."""
_NEUTRAL = {
    "do_sample": False,
    "temperature": 1.0,
    "top_p": 1.0,
    "top_k": 50,
    "num_beams": 1,
    "num_return_sequences": 1,
    "max_length": None,
    "use_cache": True,
    "return_dict_in_generate": False,
}


def greedy_config(model: Any, parameters: GenerationParameters) -> GenerationConfig:
    """Return the checkpoint's generation config, made greedy and with the case's own parameters."""
    config = copy.deepcopy(model.generation_config)
    config.update(**_NEUTRAL, max_new_tokens=parameters.max_new_tokens)
    if parameters.min_new_tokens is not None:
        config.min_new_tokens = parameters.min_new_tokens
    if parameters.repetition_penalty is not None:
        config.repetition_penalty = parameters.repetition_penalty
    return config


class ScoreRecorder(LogitsProcessor):  # type: ignore[misc]  # transformers has no stubs
    """Note each step's winner, its logprob and its margin; change nothing.

    It stands after generate's own processors, and keeps two numbers a token, not a vocabulary.
    """

    def __init__(self) -> None:
        self.rows: list[tuple[int, float, float]] = []
        self.has_nan = False

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Note the scores (1, vocabulary) of one step and return them as they are."""
        del input_ids
        self.has_nan |= bool(torch.isnan(scores).any())
        self.rows.extend(best_of(scores))
        return scores


def best_of(scores: torch.Tensor) -> list[tuple[int, float, float]]:
    """Return (winner, logprob, margin) of each row of scores (n, vocabulary)."""
    return score_tokens(scores, scores.argmax(dim=-1))


def score_tokens(scores: torch.Tensor, tokens: torch.Tensor) -> list[tuple[int, float, float]]:
    """Return (token, logprob, margin) for each row of scores (n, vocabulary) and its token (n).

    Log-softmax in float32, to nine significant digits, which tell any two float32 apart. The margin is to the best
    other token: negative where that one wins.
    """
    logprobs = torch.log_softmax(scores.float(), dim=-1)
    chosen = logprobs.gather(-1, tokens[:, None]).squeeze(-1)
    others = logprobs.scatter(-1, tokens[:, None], -torch.inf)
    margins = (chosen - others.max(dim=-1).values).clamp(-_WIDEST, _WIDEST)
    rows = zip(tokens.tolist(), chosen.tolist(), margins.tolist(), strict=True)
    return [(token, float(f"{logprob:.9g}"), float(f"{margin:.9g}")) for token, logprob, margin in rows]
