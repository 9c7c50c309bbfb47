"""What a model runs in: versions, device, weights and settings in force, as words for goldens and records."""

from __future__ import annotations

import platform
import re
from collections import Counter
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import torch

from pytest_qwen3vl.engine.load_report import LoadReport
from pytest_qwen3vl.engine.model import LoadedModel
from pytest_qwen3vl.engine.seeding import settings_in_force

_PATH = re.compile(r"""(?<![\w/:.])(?:[A-Za-z]:)?[\\/](?:[^\s'"`]*[\\/])?([^\s'"`\\/]*)""")
"""An absolute path, its last part captured; not the rest of a web address."""
PACKAGES = ("pytest-qwen3vl", "torch", "transformers", "tokenizers", "pillow", "numpy", "accelerate")


def describe_environment(loaded: LoadedModel) -> dict[str, str]:
    """Return names to words; call it when the process settings are in force."""
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        **{name: version(name) for name in PACKAGES},
        **_device_words(loaded.device),
        **_spread_words(loaded.device_map),
        "source": _source_word(loaded.source),
        "revision": loaded.revision or "",
        "weights": loaded.fingerprint or "random",
        "config": (loaded.config_sha256 or "")[:16],
        "dtype": loaded.dtype,
        "quantized": loaded.quantized or "",
        "attention": loaded.attention,
        "image_backend": loaded.image_backend,
        "decoding": "greedy",
        **_report_words(loaded.report),
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


def _spread_words(device_map: Mapping[str, str]) -> dict[str, str]:
    """Return how many parts of a spread model are where; a model on one device needs no word."""
    parts = Counter(f"cuda:{place}" if place.isdecimal() else place for place in device_map.values())
    if len(parts) < 2:
        return {}
    return {"device_map": ", ".join(f"{place}: {number}" for place, number in sorted(parts.items()))}


def _report_words(report: LoadReport) -> dict[str, str]:
    """Tell what the libraries said of this load, each thing once and without the folders of this machine."""
    said = dict.fromkeys(_PATH.sub(r"\1", " ".join(message.split())) for message in report.messages)
    return {"load_report": "; ".join(said)} if said else {}


def _source_word(source: str) -> str:
    """Return a hub id as it is, of a path its last part: goldens are committed, and paths are one machine's."""
    return Path(source).name if Path(source).exists() else source
