"""A model of the true architecture with random weights: for capacity and speed, without a download.

Every tensor is drawn from a generator seeded by the run's seed and the tensor's name, straight into its final type and
device, so the order of drawing does not matter. CPU and CUDA draw different numbers from one seed.

A local folder gives its own configuration and processor. A published size gives its dimensions and image settings; its
tokenizer would be a download, so the embedded model's stands in, and the special token ids of the configuration are
that tokenizer's. Token ids beyond it can be drawn and have no text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from transformers import (
    AutoModelForImageTextToText,
    GenerationConfig,
    PretrainedConfig,
    PreTrainedModel,
    ProcessorMixin,
)

from pytest_qwen3vl.cases.catalog import CatalogEntry, Located, catalog
from pytest_qwen3vl.engine.family import build_config, build_generation_config
from pytest_qwen3vl.engine.pretrained import load_config
from pytest_qwen3vl.engine.processor import load_processor, published_processor
from pytest_qwen3vl.engine.threads import cores
from pytest_qwen3vl.errors import CheckpointError
from pytest_qwen3vl.settings import ImageBackend

_SPREAD = 0.02 * 3**0.5
"""Uniform numbers between plus and minus this have the family's standard deviation, 0.02, at half the time."""
_DRAWS = {"normal_", "uniform_", "trunc_normal_", "kaiming_uniform_", "kaiming_normal_", "xavier_uniform_"}
"""By name: torch and transformers wrap these functions several times over."""


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Hold what a model is built from when there are no weights."""

    config: PretrainedConfig
    generation_config: GenerationConfig
    processor: ProcessorMixin

    @property
    def dtype(self) -> str:
        """Return the float type the configuration names, by torch's name."""
        return str(self.config.dtype or torch.bfloat16).removeprefix("torch.")

    def parameters(self) -> int:
        """Return the number of parameters, counted on a model without memory."""
        with torch.device("meta"):
            model = AutoModelForImageTextToText.from_config(self.config)
        return sum(parameter.numel() for parameter in model.parameters())


def read_blueprint(located: Located, image_backend: ImageBackend) -> Blueprint:
    """Return the blueprint of a local folder or a published size. Raises CheckpointError for other hub models."""
    if located.folder is not None:
        return _from_folder(located.folder, image_backend)
    if located.entry is not None:
        return _from_catalog(located.entry)
    raise CheckpointError(
        f"`{located.source}`: random weights need its dimensions, which are on the hub; name a model of the catalog or "
        "a local folder with config.json and the tokenizer's files"
    )


def build_random(blueprint: Blueprint, dtype: torch.dtype, device: torch.device, seed: int) -> PreTrainedModel:
    """Return a model in evaluation mode: matrices drawn, norms one, biases zero."""
    with torch.device(device), _WithoutDraws():
        model = AutoModelForImageTextToText.from_config(blueprint.config, dtype=dtype, attn_implementation="sdpa")
    with ThreadPoolExecutor(cores()) as pool:  # each tensor has its own generator, so the order does not matter
        list(pool.map(lambda item: _fill(item[0], item[1], seed), model.named_parameters()))
    model.generation_config = blueprint.generation_config
    return model.eval()


class _WithoutDraws(TorchFunctionMode):
    """Leave new tensors undrawn: layers draw their first weights, which are overwritten here anyway."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__name__", "") in _DRAWS:
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


@torch.no_grad()
def _fill(name: str, parameter: torch.Tensor, seed: int) -> None:
    if name.endswith("bias"):
        parameter.zero_()
    elif parameter.ndim == 1:
        parameter.fill_(1.0)
    else:
        generator = torch.Generator(parameter.device).manual_seed(_seed_of(seed, name))
        parameter.uniform_(-_SPREAD, _SPREAD, generator=generator)


def _seed_of(seed: int, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:8], "little") >> 1


def _from_folder(folder: Path, image_backend: ImageBackend) -> Blueprint:
    config = load_config(folder)
    has_generation = (folder / "generation_config.json").is_file()
    generation = GenerationConfig.from_pretrained(folder) if has_generation else GenerationConfig()
    return Blueprint(config, generation, load_processor(folder, image_backend=image_backend))


def _from_catalog(entry: CatalogEntry) -> Blueprint:
    processor = published_processor(Path(catalog()["tiny"].source))
    tokenizer = processor.tokenizer
    return Blueprint(build_config(entry.dimensions, tokenizer), build_generation_config(tokenizer), processor)
