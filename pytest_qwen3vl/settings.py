"""Every knob of a run, in one frozen place.

It knows names and allowed words, not where they were typed: `plugin.options` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Dtype = Literal["auto", "bfloat16", "float32"]
Weights = Literal["checkpoint", "random"]
GoldenMode = Literal["check", "require", "add", "update", "off"]
GoldenWeights = Literal["same", "any"]
ImageBackend = Literal["pillow", "torchvision"]


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Name one model of a run: NAME keys goldens and test ids, SOURCE says where its files are."""

    name: str
    source: str | None = None
    """A hub id or a local path; None: the catalog's source for `name`."""
    revision: str | None = None
    """A hub revision; None: the catalog's."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold what the user chose; defaults are those of the options."""

    models: tuple[ModelChoice, ...] = (ModelChoice("tiny"),)
    dtype: Dtype = "auto"
    device: str = "auto"
    weights: Weights = "checkpoint"
    allow_quantized: bool = False
    image_backend: ImageBackend = "pillow"
    seed: int = 0
    golden: GoldenMode = "check"
    golden_weights: GoldenWeights = "same"
    threads: int | None = None
    """CPU threads of the engine; None: chosen by the model's size, never by the number of workers."""
    offload: Path | None = None
    """Folder for weights that fit neither device nor memory; None: no disk offload."""
    device_memory: dict[str, int] = field(default_factory=dict)
    """Bytes to use at most per device ("cpu", "0" …), as accelerate's `max_memory`; empty: what is free."""
    record: Path | None = None
    """The run record; None: in pytest's cache folder."""
