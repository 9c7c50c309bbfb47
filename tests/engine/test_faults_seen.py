"""Faults on the way between processor and answer, planted from outside, turn a verified case red."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from transformers import LogitsProcessorList

from pytest_qwen3vl.judging.drift import compare_turn
from pytest_qwen3vl.judging.golden import golden_of
from pytest_qwen3vl.judging.outputs import Stage


@pytest.fixture(scope="module")
def case(shipped):
    """Return a case with an image and an answer of some length."""
    return max((case for case in shipped if len(case.turns) == 1), key=lambda case: case.full_id.startswith("receipt"))


@pytest.fixture(scope="module")
def golden(engine, case):
    return golden_of(case, "tiny", "float32", engine.answer(case), {})


@pytest.fixture
def divergence(engine, case, golden):
    """Return a function that answers the case again, verifying, and compares."""

    def compare():
        (generation,) = engine.answer(case, [turn.token_ids for turn in golden.turns])
        return compare_turn(generation, golden.turns[0], "float32").divergence

    assert compare() is None, "without a fault the case is green"
    return compare


def test_positions_that_generate_prepares_wrongly_are_seen(engine, divergence, monkeypatch):
    model = type(engine.loaded.model)
    prepare = model._prepare_position_ids_for_generation

    def text_only(self, inputs_tensor, model_kwargs):
        positions = prepare(self, inputs_tensor, model_kwargs)
        return positions[:1].expand_as(positions)  # transformers#40490: every axis counts as text does

    monkeypatch.setattr(model, "_prepare_position_ids_for_generation", text_only)
    found = divergence()
    assert found is not None
    assert found.stage is Stage.LOGITS


def test_a_logits_processor_that_generate_adds_is_seen(engine, divergence, monkeypatch):
    model = type(engine.loaded.model)
    get = model._get_logits_processor

    def with_a_bias(self, *arguments, **keywords):
        def favour(input_ids, scores):
            return scores.scatter_add(1, torch.full((1, 1), 7), torch.full((1, 1), 30.0))

        return LogitsProcessorList([*get(self, *arguments, **keywords), favour])

    monkeypatch.setattr(model, "_get_logits_processor", with_a_bias)
    assert divergence() is not None


def test_an_end_token_that_generate_forgot_is_seen(engine, divergence, monkeypatch):
    config = engine.loaded.model.generation_config
    monkeypatch.setattr(config, "eos_token_id", [config.eos_token_id[-1]])
    found = divergence()
    assert found is not None
    assert found.stage is Stage.OUTPUT


def test_weights_that_changed_a_little_are_seen(engine, divergence):
    weight = engine.loaded.model.model.visual.merger.linear_fc2.weight
    kept = weight.detach().clone()
    with torch.no_grad():
        weight.mul_(1.05)
        try:
            assert divergence() is not None
        finally:
            weight.copy_(kept)


def test_another_resize_of_the_same_image_is_seen_at_the_pixels(engine, divergence, monkeypatch):
    processor = engine.loaded.processor.image_processor
    monkeypatch.setattr(processor, "image_mean", [0.4, 0.5, 0.5])
    found = divergence()
    assert found is not None
    assert found.stage is Stage.PIXELS


def test_a_changed_chat_template_is_seen_at_the_prompt(engine, divergence, monkeypatch):
    processor = engine.loaded.processor
    monkeypatch.setattr(processor, "chat_template", "<|im_start|>system\n<|im_end|>\n" + processor.chat_template)
    found = divergence()
    assert found is not None
    assert found.stage is Stage.PROMPT


def test_seeds_are_given_by_run_and_case(engine, case):
    engine.answer(case)
    first = torch.rand(1)
    torch.rand(5)
    engine.answer(case)
    assert torch.rand(1) == first
    engine.answer(replace(case, id="another"))
    assert torch.rand(1) != first
    engine.answer(case, seed=1)
    assert torch.rand(1) != first


def test_the_environment_says_what_computes(engine):
    environment = engine.environment
    assert environment["deterministic"] == "true"
    assert environment["tf32"] == "false"
    assert environment["threads"] == "1"
    assert environment["decoding"] == "greedy"
    assert environment["torch"] == torch.__version__
