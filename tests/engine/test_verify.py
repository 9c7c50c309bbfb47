"""Verifying equals plain greedy `generate()`, whatever the golden says."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest
import torch

from pytest_qwen3vl.engine.decoding import greedy_config
from pytest_qwen3vl.engine.inputs import Conversation

TASKS = ("caption", "vqa", "document", "grounding")


@pytest.fixture(scope="module")
def greedy(engine, shipped):
    """Return case id to the token ids of each turn, decoded by plain `generate()` without anything of ours in it."""
    return {case.full_id: plain_generate(engine, case) for case in shipped}


def plain_generate(engine, case):
    loaded, turns = engine.loaded, []
    conversation = Conversation(case, loaded.processor)
    for turn in case.turns:
        inputs = conversation.ask(turn)
        with torch.inference_mode():
            ids = loaded.model.generate(
                **inputs.tensors, generation_config=greedy_config(loaded.model, case.generation)
            )
        answer = tuple(ids[0, inputs.length :].tolist())
        conversation.answer(loaded.tokenizer.decode(answer, skip_special_tokens=True).strip())
        turns.append(answer)
    return turns


def answers(engine, case, golden):
    return [generation.token_ids for generation in engine.answer(case, golden)]


def test_there_are_cases_to_verify(shipped):
    assert len(shipped) >= 24
    assert {case.task for case in shipped} == set(TASKS)


def test_generating_through_the_engine_is_plain_greedy_generation(engine, shipped, greedy):
    for case in shipped:
        assert answers(engine, case, None) == greedy[case.full_id], case.full_id


def test_a_true_golden_is_verified_without_decoding_a_token(engine, shipped, greedy):
    for case in shipped:
        generations = engine.answer(case, greedy[case.full_id])
        assert [generation.token_ids for generation in generations] == greedy[case.full_id], case.full_id
        assert sum(generation.generated_tokens for generation in generations) == 0, case.full_id


def test_verified_logprobs_are_those_of_generating(engine, shipped, greedy):
    for case in shipped:
        decoded, verified = engine.answer(case), engine.answer(case, greedy[case.full_id])
        for one, other in zip(decoded, verified, strict=True):
            pairs = zip(one.tokens, other.scored, strict=True)
            assert max(abs(a.logprob - b.logprob) for a, b in pairs) < 1e-4, case.full_id


def tampered(ids, position, vocabulary):
    return (*ids[:position], (ids[position] + 1) % vocabulary, *ids[position + 1 :])


@pytest.fixture(scope="module")
def places(shipped, greedy):
    """Return (case, turn, position) of every golden token, over every turn."""
    turns = every_turn(shipped, greedy)
    return [(case, number, position) for case, number, length in turns for position in range(length)]


def every_turn(shipped, greedy):
    """Return (case, turn, length of its answer) for every turn of every case."""
    return [(case, number, len(ids)) for case in shipped for number, ids in enumerate(greedy[case.full_id])]


def with_turn(turns, number, ids):
    return [*turns[:number], ids, *turns[number + 1 :]]


def test_every_turn_of_every_case_is_tampered_with(shipped, places):
    assert {(case.full_id, number) for case, number, _ in places} == {
        (case.full_id, number) for case in shipped for number in range(len(case.turns))
    }


def test_a_golden_tampered_with_at_any_position_of_any_turn_gives_the_greedy_answer(engine, places, greedy):
    vocabulary = engine.loaded.model.config.text_config.vocab_size
    for case, number, position in places:
        turns = greedy[case.full_id]
        generations = engine.answer(case, with_turn(turns, number, tampered(turns[number], position, vocabulary)))
        assert [generation.token_ids for generation in generations] == turns, (case.full_id, number, position)
        verified = [generation.verified_tokens for generation in generations]
        assert verified == [*map(len, turns[:number]), position, *[0] * (len(turns) - number - 1)], case.full_id


def test_a_golden_of_any_turn_truncated_anywhere_gives_the_greedy_answer(engine, places, greedy):
    for case, number, length in places:
        turns = greedy[case.full_id]
        generations = engine.answer(case, with_turn(turns, number, turns[number][:length]))
        assert [generation.token_ids for generation in generations] == turns, (case.full_id, number, length)
        assert generations[number].verified_tokens == length, (case.full_id, number)


def test_a_golden_extended_past_its_end_token_gives_the_greedy_answer(engine, shipped, greedy):
    for case, number, _ in every_turn(shipped, greedy):
        turns = greedy[case.full_id]
        for extra in ((5,), (5, 6, 7), turns[number]):
            extended = with_turn(turns, number, turns[number] + extra)
            assert answers(engine, case, extended) == turns, (case.full_id, number)


def test_an_empty_golden_gives_the_greedy_answer(engine, shipped, greedy):
    for case, number, _ in every_turn(shipped, greedy):
        turns = greedy[case.full_id]
        assert answers(engine, case, with_turn(turns, number, ())) == turns, (case.full_id, number)
        assert answers(engine, case, turns[:number]) == turns, (case.full_id, number)


@pytest.mark.parametrize("beyond", [0, 1, 2**40, 2**70, None], ids=str)
def test_a_golden_with_an_id_that_the_vocabulary_lacks_is_verified_up_to_it(engine, shipped, greedy, beyond):
    unknown = -1 if beyond is None else engine.loaded.model.config.text_config.vocab_size + beyond
    for case in shipped[:4]:
        turns = greedy[case.full_id]
        for position in {0, len(turns[0]) // 2, len(turns[0]) - 1, len(turns[0])}:
            wrong = (*turns[0][:position], unknown, *turns[0][position + 1 :])
            generations = engine.answer(case, [wrong, *turns[1:]])
            assert [generation.token_ids for generation in generations] == turns, (case.full_id, position)
            assert generations[0].verified_tokens == len(generations[0].scored) == position


def test_an_image_token_in_a_golden_is_one_that_lost(engine, shipped, greedy):
    unlikely = engine.loaded.processor.image_token_id
    for case in shipped[:4]:
        turns = greedy[case.full_id]
        assert answers(engine, case, [(turns[0][0], unlikely, *turns[0][1:]), *turns[1:]]) == turns, case.full_id


def test_a_golden_longer_than_the_token_limit_stops_at_the_limit(engine, shipped, greedy):
    case = max(shipped, key=lambda case: len(greedy[case.full_id][0]))
    limited = replace(case, turns=case.turns[:1], generation=replace(case.generation, max_new_tokens=3))
    (generation,) = engine.answer(limited, greedy[case.full_id][:1])
    assert generation.token_ids == greedy[case.full_id][0][:3]
    assert generation.finish == "length"


def test_a_golden_longer_than_a_block_is_verified_in_several(engine, shipped, greedy, monkeypatch):
    monkeypatch.setattr("pytest_qwen3vl.engine.verify.BLOCK", 3)
    for case in shipped:
        turns = greedy[case.full_id]
        assert answers(engine, case, turns) == turns, case.full_id
        for number, ids in enumerate(turns):
            wrong = with_turn(turns, number, tampered(ids, len(ids) - 1, 300))
            assert answers(engine, case, wrong) == turns, (case.full_id, number)


def test_an_answer_that_departs_in_its_first_turn_leaves_later_goldens_void(engine, shipped, greedy):
    case = next(case for case in shipped if len(case.turns) > 1)
    wrong = [tampered(greedy[case.full_id][0], 0, 300), *greedy[case.full_id][1:]]
    generations = engine.answer(case, wrong)
    assert generations[0].scored is not None
    assert generations[1].scored is None


def test_the_hub_habit_of_sampling_is_overruled(engine):
    hub = engine.loaded.model.generation_config
    assert hub.do_sample, "the embedded checkpoint samples by default, as the hub's do"
    assert not greedy_config(engine.loaded.model, next(islice(cases_parameters(), 1))).do_sample


def cases_parameters():
    from pytest_qwen3vl.cases.case import GenerationParameters

    yield GenerationParameters()


def test_a_repetition_penalty_of_the_case_reaches_verify_as_it_reaches_generate(engine, shipped):
    for case in shipped[:6]:
        punished = replace(case, generation=replace(case.generation, repetition_penalty=1.3, max_new_tokens=24))
        greedy = plain_generate(engine, punished)
        assert answers(engine, punished, greedy) == greedy, case.full_id
