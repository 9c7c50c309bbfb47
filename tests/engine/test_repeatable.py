"""A case's numbers depend on the case alone, when verified as when generated."""

from __future__ import annotations

import random

import pytest


@pytest.fixture(scope="module")
def goldens(engine, shipped):
    return {case.full_id: [turn.token_ids for turn in engine.answer(case)] for case in shipped}


def scored(engine, case, goldens):
    return [generation.scored for generation in engine.answer(case, goldens[case.full_id])]


def test_verified_numbers_are_bit_equal_in_any_order(engine, shipped, goldens):
    first = {case.full_id: scored(engine, case, goldens) for case in shipped}
    for order in (list(reversed(shipped)), random.Random(1).sample(shipped, len(shipped))):
        assert {case.full_id: scored(engine, case, goldens) for case in order} == first


def test_generated_numbers_are_bit_equal_after_another_case(engine, shipped):
    one, *others = shipped[:4]
    first = [generation.tokens for generation in engine.answer(one)]
    for other in others:
        engine.answer(other)
        assert [generation.tokens for generation in engine.answer(one)] == first
