"""Cases, answers and goldens made by hand for the tests of this folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pytest_qwen3vl.cases.case import Case, Turn
from pytest_qwen3vl.errors import Place
from pytest_qwen3vl.judging.golden import Golden, golden_of
from pytest_qwen3vl.judging.outputs import Generation, ImageInput, Prompt, TokenLogprob

PLACE = Place(Path("cases/vqa/colors.yaml"), 7)
TOKENS = (TokenLogprob(11, "red", -0.01, 4.0), TokenLogprob(2, "<|im_end|>", -0.001, 6.0))
IMAGE = ImageInput("images/a.png", "ab" * 32, 64, 48, (1, 4, 4), (1.0, 0.5, 0.1, 0.2, 0.3, 0.4))


def case(**changes) -> Case:
    return replace(Case("colors", "red-circle", "vqa", (Turn("What colour?"),), PLACE), **changes)


def generation(**changes) -> Generation:
    made = Generation(
        prompt=Prompt("<|im_start|>user\nWhat colour?", (1, 5, 9)),
        images=(IMAGE,),
        tokens=TOKENS,
        text="red",
        reasoning=None,
        finish="stop",
        scored=TOKENS,
        verified_tokens=2,
        generated_tokens=0,
        has_nan=False,
        seconds=0.1,
    )
    return replace(made, **changes)


def golden(of: Case | None = None, *generations: Generation) -> Golden:
    return golden_of(of or case(), "tiny", "float32", generations or (generation(),), {"torch": "2.13.0"})
