from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import ProcessorMixin, Qwen3VLForConditionalGeneration

from pytest_qwen3vl.engine.processor import load_processor
from pytest_qwen3vl.tiny.checkpoint import export
from pytest_qwen3vl.tiny.model import new_model, tiny_config
from pytest_qwen3vl.tiny.rows import Writer
from pytest_qwen3vl.tiny.tokenizer import train_tokenizer
from pytest_qwen3vl.tiny.train import sentences


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return train_tokenizer(sentences(0, many=300))


@pytest.fixture(scope="session")
def writer(tokenizer: Tokenizer) -> Writer:
    return Writer(tokenizer)


@pytest.fixture(scope="session")
def untrained(tokenizer: Tokenizer) -> Qwen3VLForConditionalGeneration:
    torch.manual_seed(0)
    return new_model(tiny_config(tokenizer)).eval()


@pytest.fixture(scope="session")
def exported(
    untrained: Qwen3VLForConditionalGeneration, tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "tiny"
    export(untrained, tokenizer, folder, card="# untrained\n")
    return folder


@pytest.fixture(scope="session")
def processor(exported: Path) -> ProcessorMixin:
    return load_processor(exported)
