"""Score a golden answer inside `generate()` itself, and decode on from where the model departs from it.

`generate()` prepares inputs, positions, cache, processors and stop rules as always and calls `VerifyLoop` in place
of its own decoding loop (its `custom_generate` argument). The loop prefills as generating would, then runs all golden
tokens, end token included, in one cached forward with decode's own positions. Where greedy decoding would choose
every golden token, nothing is decoded one by one.

It knows token ids and scores, not goldens or cases.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

import torch

from pytest_qwen3vl.engine.decoding import best_of, score_tokens

BLOCK = 512
"""Golden tokens in one forward: bounds the scores held at once to BLOCK vocabularies."""


Row = tuple[int, float, float]
"""(token, logprob, margin)."""


@dataclass(slots=True)
class VerifyLoop:
    """Verify `golden` token ids; after the call, hold what was found.

    Batch 1 without padding, as all of this package.
    """

    golden: tuple[int, ...]
    """As it was read; from the first id on that the model's vocabulary does not have, it is not looked at."""
    scored: list[Row] = field(default_factory=list)
    """Every golden token looked at, teacher-forced."""
    answer: list[Row] = field(default_factory=list)
    """What greedy decoding answers: the accepted golden tokens, then what was decoded."""
    verified: int = 0
    """How many golden tokens greedy decoding chooses, from the first on."""
    has_nan: bool = False
    _winners: list[Row] = field(default_factory=list)
    """What greedy decoding chooses in each golden token's place, and after the last."""

    def __call__(
        self,
        model: Any,
        input_ids: torch.Tensor,
        logits_processor: Any,
        stopping_criteria: Any,
        generation_config: Any,
        **model_kwargs: Any,
    ) -> torch.Tensor:
        """Stand in for generate's decoding loop; return prompt and answer (1, n)."""
        prefill = model._prefill(input_ids, generation_config, model_kwargs, is_first_iteration=True)
        forward = _CachedForward(model, prefill, input_ids.shape[1], model_kwargs)
        golden = input_ids.new_tensor([self._readable(_vocabulary(model, prefill))], dtype=input_ids.dtype)
        tokens = torch.cat([input_ids, golden], dim=1)
        self._score(forward, tokens, logits_processor)
        is_done = self._accept(tokens, forward.start, stopping_criteria)
        tokens = tokens[:, : forward.start + self.verified]
        if is_done:
            return tokens
        forward.forget(after=tokens.shape[1])
        return self._decode(forward, tokens, logits_processor, stopping_criteria)

    def _readable(self, vocabulary: int) -> list[int]:
        """Return the golden up to its first id outside the vocabulary: on CUDA such an id would end the process."""
        return list(takewhile(lambda token: 0 <= token < vocabulary, self.golden))

    def _score(self, forward: _CachedForward, tokens: torch.Tensor, processors: Any) -> None:
        """Run the golden tokens through the cache, and note each one's score and each place's winner."""
        row, length = forward.prefill_row, tokens.shape[1]
        for begin in range(forward.start, length, BLOCK):
            end = min(begin + BLOCK, length)
            logits = forward(tokens[:, :end], end - begin)
            scores = self._process(processors, tokens, torch.cat([row, logits[:, :-1]], dim=1), begin)
            self.scored.extend(score_tokens(scores, tokens[0, begin:end]))
            self._winners.extend(best_of(scores))
            row = logits[:, -1:]
        self._winners.extend(best_of(self._process(processors, tokens, row, length)))

    def _accept(self, tokens: torch.Tensor, start: int, stopping_criteria: Any) -> bool:
        """Take golden tokens as long as greedy decoding chooses them; tell whether it stops there."""
        is_done = False
        for winner, golden in zip(self._winners, self.golden, strict=False):
            if winner[0] != golden or is_done:
                break
            self.verified += 1
            is_done = bool(stopping_criteria(tokens[:, : start + self.verified], None).all())
        self.answer = self.scored[: self.verified]
        return is_done

    def _decode(
        self, forward: _CachedForward, tokens: torch.Tensor, processors: Any, stopping_criteria: Any
    ) -> torch.Tensor:
        """Decode greedily from the departure on, one token a step, as generate's own loop does."""
        chosen = self._winners[self.verified]
        while True:
            self.answer.append(chosen)
            tokens = torch.cat([tokens, tokens.new_tensor([[chosen[0]]])], dim=1)
            if bool(stopping_criteria(tokens, None).all()):
                return tokens
            scores = self._process(processors, tokens, forward(tokens, 1), tokens.shape[1])
            chosen = best_of(scores)[0]

    def _process(self, processors: Any, tokens: torch.Tensor, rows: torch.Tensor, begin: int) -> torch.Tensor:
        """Return scores (n, vocabulary) of rows (1, n, vocabulary): generate's processors, each row seeing the
        tokens before it, the first of them `begin` tokens.
        """
        rows = rows.to(tokens.device)
        steps = [processors(tokens[:, : begin + step], rows[:, step]) for step in range(rows.shape[1])]
        scores = torch.cat(steps, dim=0) if len(processors) else rows[0]
        self.has_nan |= bool(torch.isnan(scores).any())
        return scores


def _vocabulary(model: Any, prefill: Any) -> int:
    """Return how many ids the model can both be given and choose from."""
    return min(int(model.get_input_embeddings().num_embeddings), int(prefill.logits.shape[-1]))


class _CachedForward:
    """Run tokens through the model after a prefill, at the positions that decoding gives them."""

    def __init__(self, model: Any, prefill: Any, start: int, model_kwargs: dict[str, Any]) -> None:
        self._model, self._prefill, self._model_kwargs = model, prefill, model_kwargs
        self.start = start
        """The number of prompt tokens."""
        self.prefill_row: torch.Tensor = prefill.logits[:, -1:].float()
        """Logits (1, 1, vocabulary) of the first answer token."""

    def __call__(self, tokens: torch.Tensor, new: int) -> torch.Tensor:
        """Return logits (1, new, vocabulary) of the last `new` of all tokens so far, in float32."""
        model, answered = self._model, tokens.shape[1] - self.start
        kwargs = model._update_model_kwargs_for_generation(
            self._prefill, dict(self._model_kwargs), num_new_tokens=answered
        )
        if "logits_to_keep" in kwargs:
            kwargs["logits_to_keep"] = new
        inputs = model.prepare_inputs_for_generation(tokens, next_sequence_length=new, **kwargs)
        logits: torch.Tensor = model(**inputs, return_dict=True).logits
        return logits[:, -new:].float()

    def forget(self, *, after: int) -> None:
        """Drop what the cache holds beyond the first `after` tokens."""
        cache = self._prefill.past_key_values
        surplus = cache.get_seq_length() - after
        if surplus:
            cache.crop(-surplus)  # a negative count means the same in every release
