"""From a choice and settings to an engine that answers: process settings, then the model, then what it runs in."""

from __future__ import annotations

from collections.abc import Callable

import torch

from pytest_qwen3vl.engine.engine import TransformersEngine
from pytest_qwen3vl.engine.environment import describe_environment
from pytest_qwen3vl.engine.loading import load_model
from pytest_qwen3vl.engine.seeding import fix_numerics
from pytest_qwen3vl.settings import ModelChoice, Settings


def start_engine(choice: ModelChoice, settings: Settings, progress: Callable[[str], None]) -> TransformersEngine:
    """Return the engine of a model.

    `progress` is given a line at a time. Raises `ModelError` where the model cannot be had as asked.
    """
    fix_numerics()
    loaded = load_model(choice, settings, progress)
    torch.set_num_threads(loaded.threads)
    return TransformersEngine(loaded, seed=settings.seed, environment=describe_environment(loaded))
