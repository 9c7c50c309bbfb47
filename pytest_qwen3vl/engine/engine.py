"""The engine: a loaded model that answers cases, verifying where there is a golden and generating where not.

It computes answers and their scores. Whether they are right is `judging`'s.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import torch

from pytest_qwen3vl.cases.case import Case, GenerationParameters
from pytest_qwen3vl.engine.decoding import ScoreRecorder, greedy_config
from pytest_qwen3vl.engine.inputs import Conversation, Inputs
from pytest_qwen3vl.engine.memory import release
from pytest_qwen3vl.engine.model import LoadedModel
from pytest_qwen3vl.engine.reasoning import read_answer
from pytest_qwen3vl.engine.seeding import case_seed, seed_everything
from pytest_qwen3vl.engine.verify import Row, VerifyLoop
from pytest_qwen3vl.errors import ModelError
from pytest_qwen3vl.judging.outputs import FinishReason, Generation, TokenLogprob

TokenIds = tuple[int, ...]


class Engine(Protocol):
    """Answer cases with one model."""

    @property
    def dtype(self) -> str:
        """Return the dtype its goldens are keyed by."""
        ...

    @property
    def device(self) -> str:
        """Return the device's UUID, or "cpu"."""
        ...

    @property
    def environment(self) -> Mapping[str, str]:
        """Return versions, device, weights and settings in force."""
        ...

    def answer(
        self, case: Case, golden: Sequence[TokenIds] | None = None, *, seed: int | None = None
    ) -> tuple[Generation, ...]:
        """Answer every turn; verify the golden's token ids, one tuple a turn, where they are given."""
        ...

    def close(self) -> None:
        """Let go of the model; the engine then answers no more, and still says what it was."""
        ...


class TransformersEngine:
    """Answer cases with a model that transformers loaded."""

    def __init__(self, loaded: LoadedModel, *, seed: int, environment: Mapping[str, str]) -> None:
        self._loaded: LoadedModel | None = loaded
        self._name, self._dtype, self._device = loaded.name, loaded.dtype, loaded.device
        self._seed = seed
        self._environment = dict(environment)

    @property
    def loaded(self) -> LoadedModel:
        """Return the model. Raises ModelError once the engine is closed."""
        if self._loaded is None:
            raise ModelError(f"the engine of `{self._name}` is closed and answers no more; start another")
        return self._loaded

    @property
    def dtype(self) -> str:
        """Return the dtype its goldens are keyed by."""
        return self._dtype

    @property
    def device(self) -> str:
        """Return the device's UUID, or "cpu"."""
        return self._device

    @property
    def environment(self) -> Mapping[str, str]:
        """Return versions, device, weights and settings in force."""
        return self._environment

    def answer(
        self, case: Case, golden: Sequence[TokenIds] | None = None, *, seed: int | None = None
    ) -> tuple[Generation, ...]:
        """Answer every turn of a case.

        `golden`: token ids per turn, end token included. Once an answer departs from them, the rest is generated:
        its prompts are others. `seed` replaces the run's. Raises `InputError` for an image that cannot be decoded,
        `ModelError` once the engine is closed.
        """
        processor = self.loaded.processor
        seed_everything(case_seed(self._seed if seed is None else seed, case.full_id))
        conversation = Conversation(case, processor)
        generations: list[Generation] = []
        for number, turn in enumerate(case.turns):
            known = golden[number] if golden is not None and number < len(golden) else None
            generation = self._answer_turn(conversation.ask(turn), case.generation, known)
            conversation.answer(generation.text)
            generations.append(generation)
            if generation.token_ids != known:
                golden = None
        return tuple(generations)

    def close(self) -> None:
        """Free the model's memory and its folder of offloaded weights, whoever still holds the engine or the model."""
        if self._loaded is None:
            return
        release(self._loaded.model, self._loaded.offload)
        self._loaded = None
        gc.collect()
        torch.cuda.empty_cache()  # does nothing where CUDA has not begun

    def _answer_turn(self, inputs: Inputs, parameters: GenerationParameters, golden: TokenIds | None) -> Generation:
        start = time.perf_counter()
        if golden is None:
            recorder = self.generate(inputs, parameters)
            answer, scored, verified, has_nan = recorder.rows, None, 0, recorder.has_nan
        else:
            loop = self.verify(inputs, parameters, golden)
            answer, scored, verified, has_nan = loop.answer, loop.scored, loop.verified, loop.has_nan
        text, reasoning = self._read([row[0] for row in answer])
        return Generation(
            prompt=inputs.prompt,
            images=inputs.images,
            tokens=self._tokens(answer),
            text=text,
            reasoning=reasoning,
            finish=self._finish([row[0] for row in answer]),
            scored=None if scored is None else self._tokens(scored),
            verified_tokens=verified,
            generated_tokens=len(answer) - verified,
            has_nan=has_nan,
            seconds=time.perf_counter() - start,
        )

    def generate(self, inputs: Inputs, parameters: GenerationParameters) -> ScoreRecorder:
        """Decode greedily by transformers' own loop; return (token, logprob, margin) of each step."""
        recorder = ScoreRecorder()
        self._run(inputs, parameters, logits_processor=[recorder])
        return recorder

    def verify(self, inputs: Inputs, parameters: GenerationParameters, golden: TokenIds) -> VerifyLoop:
        """Score the golden's token ids in generate's own machinery; return the loop with what it found."""
        loop = VerifyLoop(golden)
        self._run(inputs, parameters, custom_generate=_as_decoding_method(loop))
        return loop

    def _run(self, inputs: Inputs, parameters: GenerationParameters, **arguments: Any) -> None:
        model = self.loaded.model
        tensors = {name: tensor.to(model.device) for name, tensor in inputs.tensors.items()}
        with torch.inference_mode():
            model.generate(**tensors, generation_config=greedy_config(model, parameters), **arguments)

    def _tokens(self, rows: Sequence[Row]) -> tuple[TokenLogprob, ...]:
        decode = self.loaded.tokenizer.decode
        return tuple(TokenLogprob(token, decode([token]), logprob, margin) for token, logprob, margin in rows)

    def _finish(self, token_ids: Sequence[int]) -> FinishReason:
        return "stop" if token_ids and token_ids[-1] in self._end_tokens() else "length"

    def _end_tokens(self) -> Sequence[int]:
        ends = self.loaded.model.generation_config.eos_token_id
        return ends if isinstance(ends, list | tuple) else [ends]

    def _read(self, token_ids: Sequence[int]) -> tuple[str, str | None]:
        """Return the answer and, from a Thinking model, its reasoning; special tokens left out of both."""
        tokenizer = self.loaded.tokenizer
        if self.loaded.is_thinking:
            return read_answer(token_ids, tokenizer)
        return tokenizer.decode(token_ids, skip_special_tokens=True).strip(), None


def _as_decoding_method(loop: VerifyLoop) -> Callable[..., torch.Tensor]:
    """Return the loop as a plain function: generate() reads its signature."""

    def decode(
        model: Any,
        input_ids: torch.Tensor,
        logits_processor: Any,
        stopping_criteria: Any,
        generation_config: Any,
        **model_kwargs: Any,
    ) -> torch.Tensor:
        return loop(model, input_ids, logits_processor, stopping_criteria, generation_config, **model_kwargs)

    return decode
