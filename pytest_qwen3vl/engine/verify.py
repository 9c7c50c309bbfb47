"""Score a golden answer inside `generate()` itself, and decode on from where the model departs from it.

`generate()` prepares inputs, positions, cache, processors and stop rules as always and calls `VerifyLoop` in place
of its own decoding loop (its `custom_generate` argument). The loop prefills as generating would, then runs all golden
tokens, end token included, in one cached forward with decode's own positions. Where greedy decoding would choose
every golden token, nothing is decoded one by one.

It knows token ids and scores, not goldens or cases.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from pytest_qwen3vl.engine.decoding import best_of, score_tokens

BLOCK = 512
"""Golden tokens in one forward: bounds the scores held at once to BLOCK vocabularies."""


@dataclass(slots=True)
class VerifyLoop:
    """Verify `golden` token ids; after the call, hold what was found.

    Rows are (token, logprob, margin). Batch 1 without padding, as all of this package.
    """

    golden: tuple[int, ...]
    scored: list[tuple[int, float, float]] = field(default_factory=list)
    """Every golden token, teacher-forced."""
    answer: list[tuple[int, float, float]] = field(default_factory=list)
    """What greedy decoding answers: the accepted golden tokens, then what was decoded."""
    verified: int = 0
    has_nan: bool = False

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
        start = input_ids.shape[1]
        prefill = model._prefill(input_ids, generation_config, model_kwargs, is_first_iteration=True)
        tokens = torch.cat([input_ids, input_ids.new_tensor([self.golden])], dim=1) if self.golden else input_ids
        after_golden = self._score(model, prefill, tokens, start, logits_processor, model_kwargs)
        accepted, is_done = self._accept(tokens, start, stopping_criteria)
        self.verified = accepted
        self.answer = self.scored[:accepted]
        tokens = tokens[:, : start + accepted]
        if is_done:
            return tokens
        departure = self._winners[accepted] if accepted < len(self.golden) else after_golden
        return self._decode(
            model, prefill, tokens, start, departure, (logits_processor, stopping_criteria), model_kwargs
        )

    _winners: list[tuple[int, float, float]] = field(default_factory=list)

    def _score(
        self,
        model: Any,
        prefill: Any,
        tokens: torch.Tensor,
        start: int,
        processors: Any,
        model_kwargs: dict[str, Any],
    ) -> tuple[int, float, float]:
        """Run the golden tokens through the cache; return the winner after the last of them."""
        row = prefill.logits[:, -1:].float()
        length = tokens.shape[1]
        for begin in range(start, length, BLOCK):
            end = min(begin + BLOCK, length)
            logits = self._forward(model, prefill, tokens[:, :end], end - begin, end - start, model_kwargs)
            rows = torch.cat([row, logits[:, :-1]], dim=1).to(tokens.device)
            self._note(tokens, begin, rows, processors)
            row = logits[:, -1:]
        last = _process(processors, tokens, row.to(tokens.device), length)
        self.has_nan |= bool(torch.isnan(last).any())
        return best_of(last)[0]

    def _forward(
        self, model: Any, prefill: Any, tokens: torch.Tensor, new: int, total: int, model_kwargs: dict[str, Any]
    ) -> torch.Tensor:
        """Return logits (1, new, vocabulary) of the last `new` tokens, of which `total` follow the prompt."""
        kwargs = model._update_model_kwargs_for_generation(prefill, dict(model_kwargs), num_new_tokens=total)
        if "logits_to_keep" in kwargs:
            kwargs["logits_to_keep"] = new
        inputs = model.prepare_inputs_for_generation(tokens, next_sequence_length=new, **kwargs)
        logits: torch.Tensor = model(**inputs, return_dict=True).logits
        return logits[:, -new:].float()

    def _note(self, tokens: torch.Tensor, begin: int, rows: torch.Tensor, processors: Any) -> None:
        scores = _process(processors, tokens, rows, begin)
        self.has_nan |= bool(torch.isnan(scores).any())
        self.scored.extend(score_tokens(scores, tokens[0, begin : begin + rows.shape[1]]))
        self._winners.extend(best_of(scores))

    def _accept(self, tokens: torch.Tensor, start: int, stopping_criteria: Any) -> tuple[int, bool]:
        """Return how many golden tokens greedy decoding chooses, and whether it stops there."""
        for accepted, (winner, golden) in enumerate(zip(self._winners, self.golden, strict=True)):
            if winner[0] != golden:
                return accepted, False
            if bool(stopping_criteria(tokens[:, : start + accepted + 1], None).all()):
                return accepted + 1, True
        return len(self.golden), False

    def _decode(
        self,
        model: Any,
        prefill: Any,
        tokens: torch.Tensor,
        start: int,
        next_token: tuple[int, float, float],
        rules: tuple[Any, Any],
        model_kwargs: dict[str, Any],
    ) -> torch.Tensor:
        """Decode greedily from `next_token` on, one token a step, as generate's own loop does."""
        processors, stopping_criteria = rules
        cache = prefill.past_key_values
        surplus = cache.get_seq_length() - tokens.shape[1]
        if surplus:
            cache.crop(-surplus)  # a negative count means the same in every release
        while True:
            self.answer.append(next_token)
            tokens = torch.cat([tokens, tokens.new_tensor([[next_token[0]]])], dim=1)
            if bool(stopping_criteria(tokens, None).all()):
                return tokens
            logits = self._forward(model, prefill, tokens, 1, tokens.shape[1] - start, model_kwargs)
            scores = processors(tokens, logits[:, -1].to(tokens.device))
            self.has_nan |= bool(torch.isnan(scores).any())
            next_token = best_of(scores)[0]


def _process(processors: Any, tokens: torch.Tensor, rows: torch.Tensor, begin: int) -> torch.Tensor:
    """Return scores (n, vocabulary): generate's processors, each row seeing the tokens before it."""
    if not len(processors):
        return rows[0]
    steps = [processors(tokens[:, : begin + step], rows[:, step]) for step in range(rows.shape[1])]
    return torch.cat(steps, dim=0)
