"""How many CPU threads the engine uses: a function of the model and the machine, never of the number of workers."""

from __future__ import annotations

import os

from pytest_qwen3vl.settings import Settings

_WORTH_SHARING = 100_000_000


def choose_threads(parameters: int, settings: Settings) -> int:
    """Return the thread count: as set, or one for a small model, or every core this process may use."""
    if settings.threads is not None:
        return settings.threads
    return cores() if parameters >= _WORTH_SHARING else 1


def cores() -> int:
    """Return how many CPU cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
