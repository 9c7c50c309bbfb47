"""A conftest.py for tests of the plugin: an engine that answers what `answers.json` says, without torch.

Tokens are words. A logprob moves by what `answers.json` says under "drift". A file, not a mock: the plugin sees an
engine that implements the protocol.
"""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path

from pytest_qwen3vl.judging.outputs import Generation, Prompt, TokenLogprob

HERE = Path(__file__).parent


def log(*words):
    with (HERE / "engine.log").open("a") as file:
        file.write(" ".join(words) + "\n")


class FakeEngine:
    dtype = "float32"
    device = "cpu"

    def __init__(self, choice):
        self.environment = {"engine": "fake", "model": choice.name}
        log("load", choice.name)

    def close(self):
        log("close", self.environment["model"])

    def answer(self, case, golden=None, *, seed=None):  # noqa: ARG002  (the protocol has it)
        told = json.loads((HERE / "answers.json").read_text())
        generations = []
        for number, turn in enumerate(case.turns):
            if turn.ask == "Raise.":
                raise RuntimeError("the engine broke")
            if turn.ask == "Crash.":
                os._exit(3)
            if turn.ask == "Interrupt.":
                raise KeyboardInterrupt
            known = golden[number] if golden and number < len(golden) else None
            generation = answer(turn.ask, told, known)
            generations.append(generation)
            if generation.token_ids != known:
                golden = None
        return tuple(generations)


def answer(ask, told, known):
    text = told.get(ask, "nothing")
    drift = told.get("drift", 0.0)
    tokens = tuple(
        TokenLogprob(zlib.crc32(word.encode()) >> 1, word, -0.5 - drift, 3.0) for word in (*text.split(), "<end>")
    )
    scored = None if known is None else tuple(score(token, tokens, place, drift) for place, token in enumerate(known))
    verified = 0
    while known and verified < min(len(known), len(tokens)) and known[verified] == tokens[verified].id:
        verified += 1
    return Generation(
        prompt=Prompt(f"{told.get('template', '')}{ask}", (1, 2, len(ask))),
        images=(),
        tokens=tokens,
        text=text,
        reasoning=None,
        finish="stop",
        scored=scored,
        verified_tokens=verified,
        generated_tokens=len(tokens) - verified,
        has_nan=False,
        seconds=0.01,
    )


def score(token, tokens, place, drift):
    wins = place < len(tokens) and tokens[place].id == token
    return TokenLogprob(token, "?", -0.5 - drift, 3.0) if wins else TokenLogprob(token, "?", -9.0, -8.0)


def pytest_qwen_make_engine(choice, settings):
    return FakeEngine(choice)
