"""A Thinking model's turn through the whole engine: what it reasoned is kept, and only its answer is judged."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from transformers import GenerationMixin, LogitsProcessorList

from pytest_qwen3vl.cases.case import Case
from pytest_qwen3vl.cases.load import load_cases
from pytest_qwen3vl.engine.engine import TransformersEngine
from pytest_qwen3vl.engine.start import start_engine
from pytest_qwen3vl.judging.checks.registry import builtin_checks
from pytest_qwen3vl.judging.golden import Golden, case_inputs, golden_of
from pytest_qwen3vl.judging.golden_file import golden_path, read_golden, write_golden
from pytest_qwen3vl.judging.outputs import Generation
from pytest_qwen3vl.judging.verdict import CaseVerdict, judge_case
from pytest_qwen3vl.records.record import turn_records
from pytest_qwen3vl.settings import ModelChoice, Settings
from tests.engine.checkpoints import embedded

OPENS_REASONING = "{% if add_generation_prompt %}{{ '<think>\\n' }}{% endif %}"
CASES = """\
task: vqa
cases:
  - id: colour
    turns:
      - {ask: What colour is the dot?, expect: [{exact: red}, {none_of: [It is]}]}
      - {ask: Are you sure?, expect: [{none_of: [It is]}]}
"""


@dataclass(frozen=True, slots=True)
class Thought:
    """Hold a case, the engine that reasons about it, and what it answered."""

    engine: TransformersEngine
    case: Case
    generations: tuple[Generation, ...]

    def judge(self, generations: tuple[Generation, ...], golden: Golden | None) -> CaseVerdict:
        return judge_case(self.case, generations, golden, case_inputs(self.case))


def thinking_folder(folder: Path, *, is_token: bool) -> Path:
    """Copy the embedded model, its template opening a reasoning block; `is_token`: the closing tag is special."""
    shutil.copytree(embedded(), folder)
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text(encoding="utf-8") + OPENS_REASONING, encoding="utf-8")
    if is_token:
        for path in (folder / "tokenizer.json", folder / "tokenizer_config.json"):
            text = path.read_text(encoding="utf-8")
            assert "<|quad_end|>" in text
            path.write_text(text.replace("<|quad_end|>", "</think>"), encoding="utf-8")
    return folder


@pytest.fixture(scope="module", params=[False, True], ids=["tag as text", "tag as special token"])
def thinking(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> TransformersEngine:
    folder = thinking_folder(tmp_path_factory.mktemp("thinking") / "model", is_token=request.param)
    engine = start_engine(ModelChoice("thinking", str(folder)), Settings(), lambda _: None)
    assert engine.loaded.is_thinking
    assert (len(engine.loaded.tokenizer.encode("</think>")) == 1) is request.param
    return engine


def say(engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let the model say this text in every turn, by a processor that `generate()` itself sets up."""
    model, ids = type(engine.loaded.model), engine.loaded.tokenizer.encode(text, add_special_tokens=False)
    get = GenerationMixin._get_logits_processor

    def saying(self, *arguments, input_ids_seq_length, **keywords):
        def say_next(input_ids, scores):
            place = min(input_ids.shape[1] - input_ids_seq_length, len(ids) - 1)
            return torch.full_like(scores, -9.0).index_fill(1, torch.tensor([ids[place]]), 0.0)

        others = get(self, *arguments, input_ids_seq_length=input_ids_seq_length, **keywords)
        return LogitsProcessorList([say_next, *others])

    monkeypatch.setattr(model, "_get_logits_processor", saying)


@pytest.fixture
def thought(thinking: TransformersEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Thought:
    (tmp_path / "colours.yaml").write_text(CASES, encoding="utf-8")
    (case,) = load_cases(tmp_path / "colours.yaml", builtin_checks())
    say(thinking, monkeypatch, "It is red.</think>red<|im_end|>")
    return Thought(thinking, case, thinking.answer(case))


def test_the_prompt_opens_the_reasoning(thought: Thought):
    assert all(generation.prompt.text.endswith("assistant\n<think>\n") for generation in thought.generations)


def test_reasoning_and_answer_are_told_apart(thought: Thought):
    for generation in thought.generations:
        assert (generation.text, generation.reasoning, generation.finish) == ("red", "It is red.", "stop")


def test_the_next_turn_is_asked_after_the_answer_alone(thought: Thought):
    prompt = thought.generations[1].prompt.text
    assert "assistant\nred<|im_end|>" in prompt
    assert "It is" not in prompt


def test_checks_judge_the_answer_only(thought: Thought):
    verdict = thought.judge(thought.generations, None)
    assert {check.name for check in verdict.checks} >= {"exact", "none_of"}
    assert (verdict.failed_checks, verdict.broken_checks) == ((), ())


def test_reasoning_that_never_ends_leaves_no_answer(
    thought: Thought, thinking: TransformersEngine, monkeypatch: pytest.MonkeyPatch
):
    say(thinking, monkeypatch, "It is red.<|im_end|>")
    generations = thinking.answer(thought.case)
    assert (generations[0].text, generations[0].reasoning) == ("", "It is red.")
    assert "exact" in {check.name for check in thought.judge(generations, None).failed_checks}


def test_the_last_closing_tag_counts(thought: Thought, thinking: TransformersEngine, monkeypatch: pytest.MonkeyPatch):
    say(thinking, monkeypatch, "<think>It is</think>a dot.</think>\n\nred<|im_end|>")
    generation = thinking.answer(thought.case)[0]
    assert generation.text == "red"
    assert generation.reasoning is not None
    assert generation.reasoning.startswith("It is")
    assert generation.reasoning.endswith("a dot.")


def test_a_golden_keeps_both_and_is_verified_without_decoding_a_token(thought: Thought, tmp_path: Path):
    golden = golden_of(thought.case, "thinking", "float32", thought.generations, thought.engine.environment)
    path = golden_path(tmp_path, golden.case, golden.model, golden.dtype)
    write_golden(path, golden)
    read = read_golden(path)
    assert read == golden
    assert [(turn.text, turn.reasoning) for turn in golden.turns] == [("red", "It is red.")] * 2
    again = thought.engine.answer(thought.case, [turn.token_ids for turn in golden.turns])
    assert [generation.generated_tokens for generation in again] == [0, 0]
    assert [(generation.text, generation.reasoning) for generation in again] == [("red", "It is red.")] * 2
    verdict = thought.judge(again, read)
    assert (verdict.golden, verdict.divergence, verdict.failed_checks) == ("good", None, ())


def test_the_record_keeps_both(thought: Thought):
    verdict = thought.judge(thought.generations, None)
    asks = [turn.ask for turn in thought.case.turns]
    for turn in turn_records(asks, thought.generations, verdict, None):
        assert (turn.text, turn.reasoning) == ("red", "It is red.")
