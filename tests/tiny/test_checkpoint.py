"""The shipped checkpoint: a small one, with every file, that loads and answers."""

import json
import random
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from tokenizers import Tokenizer
from transformers import AutoTokenizer, GenerationConfig, Qwen3VLForConditionalGeneration

import pytest_qwen3vl.tiny
from pytest_qwen3vl.tiny.evaluate import accuracy, evaluate, held_out, judge
from pytest_qwen3vl.tiny.overlap import generate
from pytest_qwen3vl.tiny.pixels import see
from pytest_qwen3vl.tiny.question import TASKS
from pytest_qwen3vl.tiny.rows import Writer
from pytest_qwen3vl.tiny.scene_questions import ask_scene
from pytest_qwen3vl.tiny.tokenizer import SPECIAL_TOKENS
from pytest_qwen3vl.tiny.world import draw_lots_scene

CHECKPOINT = Path(pytest_qwen3vl.tiny.__file__).with_name("checkpoint")
MOST_BYTES = 13_000_000


@pytest.fixture(scope="module")
def model() -> Qwen3VLForConditionalGeneration:
    return Qwen3VLForConditionalGeneration.from_pretrained(CHECKPOINT, dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def own_writer() -> Writer:
    return Writer(Tokenizer.from_file(str(CHECKPOINT / "tokenizer.json")))


def test_it_is_float32_and_small() -> None:
    assert (CHECKPOINT / "model.safetensors").stat().st_size <= MOST_BYTES
    with safe_open(CHECKPOINT / "model.safetensors", "pt") as tensors:
        assert {tensors.get_slice(name).get_dtype() for name in tensors.keys()} == {"F32"}  # noqa: SIM118  # no mapping


def test_it_has_every_file_of_a_hub_checkpoint() -> None:
    names = {path.name for path in CHECKPOINT.iterdir()}
    assert names == {
        "README.md", "chat_template.jinja", "config.json", "generation_config.json", "model.safetensors",
        "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json",
    }  # fmt: skip


def test_it_has_every_part_of_the_family() -> None:
    config = json.loads((CHECKPOINT / "config.json").read_text(encoding="utf-8"))
    assert config["vision_config"]["deepstack_visual_indexes"] == [0, 1, 2]
    assert config["text_config"]["rope_parameters"]["mrope_interleaved"]
    assert config["text_config"]["num_key_value_heads"] < config["text_config"]["num_attention_heads"]
    assert config["tie_word_embeddings"]


def test_it_samples_by_default_as_the_hubs_models_do() -> None:
    settings = GenerationConfig.from_pretrained(CHECKPOINT)
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    assert (settings.do_sample, settings.temperature, settings.top_p, settings.top_k) == (True, 0.7, 0.8, 20)
    assert settings.eos_token_id == tokenizer.convert_tokens_to_ids(["<|im_end|>", "<|endoftext|>"])


def test_a_digit_is_a_token_and_special_tokens_are_one() -> None:
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    assert tokenizer.tokenize("1234") == ["1", "2", "3", "4"]
    assert [len(tokenizer(token)["input_ids"]) for token in SPECIAL_TOKENS] == [1] * len(SPECIAL_TOKENS)


def test_any_text_survives_the_tokenizer() -> None:
    tokenizer = AutoTokenizer.from_pretrained(CHECKPOINT)
    for text in ("Wo ist der Kreis?", "圆在哪里？", "two\n lines\t🙂"):
        assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_the_card_tells_how_well_it_does() -> None:
    card = (CHECKPOINT / "README.md").read_text(encoding="utf-8")
    assert "python -m pytest_qwen3vl.tiny.train" in card
    for kinds in TASKS.values():
        assert all(f"| {kind} |" in card for kind in kinds)


def test_generating_and_scoring_agree(model: Qwen3VLForConditionalGeneration, own_writer: Writer) -> None:
    for seed in range(4):
        lots = random.Random(f"agree/{seed}")
        scene = draw_lots_scene(lots)
        question = ask_scene(scene, lots)
        row = own_writer.start([see(scene)], None)
        own_writer.ask(row, question, 0)
        [verdict] = judge(model, own_writer, [row])
        assert (generate(model, own_writer, row.images[0], question.ask) == question.answer) == verdict.right


def test_it_answers_held_out_questions(model: Qwen3VLForConditionalGeneration, own_writer: Writer) -> None:
    shares = accuracy(evaluate(model, own_writer, held_out(own_writer, seed=1, many=48)))
    assert {task: share for task in TASKS if (share := shares[f"task {task}"][0]) < 0.8} == {}
