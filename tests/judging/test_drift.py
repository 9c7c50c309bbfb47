"""Where an answer first leaves its golden, and what is inside the noise."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pytest_qwen3vl.judging.drift import LOGPROB_TOLERANCE, compare_turn, inputs_divergence, sketch_drift
from pytest_qwen3vl.judging.outputs import Prompt, Stage, TokenLogprob
from tests.judging.made import IMAGE, TOKENS, generation, golden

GOLDEN = golden().turns[0]
END = TOKENS[1]


def moved(by):
    return (replace(TOKENS[0], logprob=TOKENS[0].logprob + by), END)


def test_the_same_answer_has_no_divergence():
    compared = compare_turn(generation(), GOLDEN, "float32")
    assert compared.divergence is None
    assert compared.tie_flip is None


def test_a_logprob_within_the_tolerance_is_no_divergence():
    by = LOGPROB_TOLERANCE["float32"] * 0.9
    assert compare_turn(generation(scored=moved(by)), GOLDEN, "float32").divergence is None


def test_a_logprob_beyond_the_tolerance_is_a_divergence_of_the_logits():
    divergence = compare_turn(generation(scored=moved(0.31)), GOLDEN, "float32").divergence
    assert divergence is not None
    assert divergence.stage is Stage.LOGITS
    assert divergence.drift == pytest.approx(0.31)
    assert (
        "logprobs of 1 of 2 tokens moved by more than 0.0001, the worst by 0.31 at token 1 ('red')" in divergence.detail
    )


def test_a_margin_that_moved_is_a_divergence_even_where_the_model_is_sure_and_its_logprob_stands_still():
    scored = (replace(TOKENS[0], margin=TOKENS[0].margin + 0.01), END)
    divergence = compare_turn(generation(scored=scored), GOLDEN, "float32").divergence
    assert divergence is not None
    assert divergence.stage is Stage.LOGITS
    assert "margins of 1 of 2 tokens moved by more than 0.001" in divergence.detail
    assert compare_turn(generation(scored=scored), GOLDEN, "bfloat16").divergence is None


def test_a_nan_logprob_is_a_divergence_without_end():
    divergence = compare_turn(generation(scored=moved(math.nan)), GOLDEN, "float32").divergence
    assert divergence is not None
    assert divergence.drift == math.inf


def test_bfloat16_allows_what_bfloat16_cannot_resolve():
    changed = generation(scored=moved(0.1))
    assert compare_turn(changed, GOLDEN, "bfloat16").divergence is None
    assert compare_turn(changed, GOLDEN, "float32").divergence is not None


def test_another_rendering_of_the_same_case_is_a_divergence_of_the_prompt():
    changed = generation(prompt=Prompt("<|im_start|>system\nWhat colour?", (1, 5, 9)), scored=moved(0.31))
    divergence = compare_turn(changed, GOLDEN, "float32").divergence
    assert divergence is not None
    assert divergence.stage is Stage.PROMPT


def test_other_token_ids_of_the_same_prompt_are_a_divergence_of_the_prompt():
    changed = generation(prompt=replace(generation().prompt, token_ids=(1, 5, 10)))
    divergence = compare_turn(changed, GOLDEN, "float32").divergence
    assert divergence is not None
    assert divergence.stage is Stage.PROMPT


@pytest.mark.parametrize("change", [{"grid": (1, 4, 6)}, {"width": 65}, {"sketch": (1.0, 0.5, 0.1, 0.2, 0.3, 0.5)}])
def test_other_pixels_are_a_divergence_of_the_pixels(change):
    changed = generation(images=(replace(IMAGE, **change),), scored=moved(0.31))
    divergence = compare_turn(changed, GOLDEN, "float32").divergence
    assert divergence is not None
    assert divergence.stage is Stage.PIXELS


def test_another_winner_inside_the_noise_is_a_tie_flip():
    was = (TokenLogprob(11, "red", -0.70, 0.00005), END)
    now = (TokenLogprob(11, "red", -0.70003, -0.00002), END)
    answer = (TokenLogprob(12, "blue", -0.70001, 0.00002), END)
    changed = generation(tokens=answer, text="blue", scored=now, verified_tokens=0, generated_tokens=2)
    compared = compare_turn(changed, replace(GOLDEN, tokens=was), "float32")
    assert compared.divergence is None
    assert compared.tie_flip == "blue"


def test_another_winner_outside_the_noise_is_a_divergence_even_where_no_logprob_moved():
    now = (replace(TOKENS[0], margin=-0.0005), END)
    changed = generation(tokens=(TokenLogprob(12, "blue", 0, 1), END), text="blue", scored=now, verified_tokens=0)
    was = replace(GOLDEN, tokens=(replace(TOKENS[0], margin=0.0004), END))  # more than twice the tolerance
    divergence = compare_turn(changed, was, "float32").divergence
    assert divergence is not None
    assert divergence.stage is Stage.OUTPUT


def test_an_answer_that_stops_elsewhere_is_a_divergence_of_the_output():
    changed = generation(tokens=TOKENS[:1], finish="length", verified_tokens=1)
    divergence = compare_turn(changed, GOLDEN, "float32").divergence
    assert divergence is not None
    assert divergence.stage is Stage.OUTPUT
    assert "ends after 1 tokens, the golden after 2" in divergence.detail


def test_an_exact_tie_that_falls_the_other_way_is_a_tie_flip():
    was = (TokenLogprob(11, "red", -0.70, 0.125), END)
    now = (TokenLogprob(11, "red", -0.76, 0.0), END)  # 0: both tokens have the same logit
    answer = (TokenLogprob(3, "blue", -0.76, 0.0), END)
    changed = generation(tokens=answer, text="blue", scored=now, verified_tokens=0, generated_tokens=2)
    compared = compare_turn(changed, replace(GOLDEN, tokens=was), "bfloat16")
    assert compared.divergence is None
    assert compared.tie_flip == "blue"


def test_what_new_weights_may_not_move_is_the_prompt_and_the_pixels():
    moved_only = generation(scored=moved(0.31), text="blue")
    assert inputs_divergence(moved_only, GOLDEN) is None
    assert inputs_divergence(replace(moved_only, prompt=Prompt("another", (1,))), GOLDEN) is not None


@pytest.mark.parametrize("sketch", [(1.0,), (1.0, math.nan), (1.0, math.inf)])
def test_a_sketch_that_cannot_be_compared_drifts_without_end(sketch):
    assert sketch_drift(sketch, (1.0, 2.0)) == math.inf
