"""What a model runs in: versions, device, weights and settings in force, as words for goldens and records."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

import torch

from pytest_qwen3vl.engine.model import LoadedModel
from pytest_qwen3vl.engine.seeding import settings_in_force

PACKAGES = ("pytest-qwen3vl", "torch", "transformers", "tokenizers", "pillow", "numpy", "accelerate")


def describe_environment(loaded: LoadedModel) -> dict[str, str]:
    """Return names to words; call it when the process settings are in force."""
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        **{name: version(name) for name in PACKAGES},
        **_device_words(loaded.device),
        "source": _source_word(loaded.source),
        "revision": loaded.revision or "",
        "weights": loaded.fingerprint or "random",
        "dtype": loaded.dtype,
        "quantized": loaded.quantized or "",
        "attention": loaded.attention,
        "image_backend": loaded.image_backend,
        "decoding": "greedy",
        **settings_in_force(),
    }


def _device_words(device: str) -> dict[str, str]:
    if device == "cpu" or not torch.cuda.is_available():
        return {"device": "cpu", "device_name": platform.processor() or platform.machine()}
    return {
        "device": device,
        "device_name": torch.cuda.get_device_name(),
        "cuda": torch.version.cuda or "",
    }


def _source_word(source: str) -> str:
    """Return a hub id as it is, of a path its last part: goldens are committed, and paths are one machine's."""
    return Path(source).name if Path(source).exists() else source
