"""Refuse a checkpoint that cannot be loaded before any process is started for it.

It looks at local files only and imports neither torch nor transformers, so the controller may call it. What needs the
hub, a device or a built model is left to `loading`.
"""

from __future__ import annotations

from pathlib import Path

from pytest_qwen3vl.cases.catalog import locate
from pytest_qwen3vl.engine.checkpoint import Checkpoint, open_checkpoint, read_config
from pytest_qwen3vl.engine.quantization import find_quantization
from pytest_qwen3vl.errors import CheckpointError
from pytest_qwen3vl.settings import ModelChoice, Settings


def preflight(choice: ModelChoice, settings: Settings) -> None:
    """Raise CheckpointError if the local files of a chosen model cannot be loaded as asked."""
    folder = locate(choice).folder
    if folder is None:
        return
    if settings.weights == "random":
        read_config(folder)
    else:
        refuse_quantized(open_checkpoint(folder), settings)


def refuse_quantized(checkpoint: Checkpoint, settings: Settings) -> None:
    """Raise CheckpointError for quantised weights, unless they are allowed."""
    _refuse(checkpoint.folder, checkpoint.quantized, settings)


def refuse_quantized_config(folder: Path, settings: Settings) -> None:
    """Raise CheckpointError for a configuration of quantised weights, unless allowed: before any weight is fetched."""
    _refuse(folder, find_quantization(read_config(folder), ()), settings)


def _refuse(folder: Path, method: str | None, settings: Settings) -> None:
    if method and not settings.allow_quantized:
        raise CheckpointError(
            f"`{folder}` is quantised ({method}): its answers are not those of the full model; name the full-precision "
            "checkpoint, or allow it and have every record say so: --qwen-allow-quantized"
        )
