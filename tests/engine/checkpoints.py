"""Tiny random checkpoints of several shards, made while the tests run."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForImageTextToText, AutoTokenizer, PreTrainedModel

from pytest_qwen3vl.cases.catalog import catalog
from pytest_qwen3vl.cases.dimensions import Dimensions, Experts, TextDimensions, VisionDimensions
from pytest_qwen3vl.engine.family import build_config, build_generation_config

Tensors = dict[str, torch.Tensor]
INDEX = "model.safetensors.index.json"
PROCESSOR_FILES = ("chat_template.jinja", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json")


def embedded() -> Path:
    """Return the embedded model's folder."""
    return Path(catalog()["tiny"].source)


def small_dimensions(vocabulary: int, *, experts: bool = False, tied: bool = True) -> Dimensions:
    """Return sizes that make a model of some hundred thousand parameters."""
    text = TextDimensions(
        vocab_size=vocabulary,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=1024,
        rope_theta=10000.0,
        mrope_section=(4, 2, 2),
        experts=Experts(4, 2, 24) if experts else None,
    )
    vision = VisionDimensions(
        depth=4,
        hidden_size=32,
        num_heads=2,
        intermediate_size=48,
        out_hidden_size=64,
        deepstack_visual_indexes=(0, 1, 2),
        num_position_embeddings=144,
    )
    return Dimensions(text, vision, tie_word_embeddings=tied)


def build_small(
    *, experts: bool = False, tied: bool = True, dtype: torch.dtype = torch.float32, seed: int = 0
) -> PreTrainedModel:
    """Return a random model, dense or with experts."""
    tokenizer = AutoTokenizer.from_pretrained(embedded())
    torch.manual_seed(seed)
    config = build_config(small_dimensions(len(tokenizer), experts=experts, tied=tied), tokenizer)
    model = AutoModelForImageTextToText.from_config(config, dtype=dtype)
    for parameter in model.parameters():  # wide enough that answers differ from token to token
        torch.nn.init.normal_(parameter, std=0.3)
    model.generation_config = build_generation_config(tokenizer)
    return model.eval()


def save_small(model: PreTrainedModel, folder: Path, shard_size: str = "200KB") -> Path:
    """Write a model, in several shards, with the embedded model's tokenizer and processor."""
    model.save_pretrained(folder, max_shard_size=shard_size)
    for name in PROCESSOR_FILES:
        shutil.copy(embedded() / name, folder / name)
    return folder


def shards(folder: Path) -> list[Path]:
    """Return a folder's safetensors files."""
    return sorted(folder.glob("*.safetensors"))


def edit_config(folder: Path, **values: object) -> None:
    """Set keys of config.json."""
    edit_json(folder / "config.json", lambda content: content.update(values))


def edit_json(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    """Let `change` alter the content of a JSON file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def edit_tensors(folder: Path, change: Callable[[Tensors], object]) -> None:
    """Let `change` alter the tensors by name, and write them back as one file."""
    tensors: Tensors = {}
    for path in shards(folder):
        tensors |= load_file(path)
        path.unlink()
    (folder / INDEX).unlink(missing_ok=True)
    change(tensors)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
