"""pytest-qwen3vl: does Qwen3-VL still behave, and if not, which stage broke?

Public names are resolved when first used (PEP 562), so importing this package imports nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Answer": "pytest_qwen3vl.judging.checks.check",
    "Case": "pytest_qwen3vl.cases.case",
    "Check": "pytest_qwen3vl.judging.checks.check",
    "Generation": "pytest_qwen3vl.judging.outputs",
    "QwenError": "pytest_qwen3vl.errors",
    "Regression": "pytest_qwen3vl.errors",
    "Settings": "pytest_qwen3vl.settings",
    "Stage": "pytest_qwen3vl.judging.outputs",
    "Verdict": "pytest_qwen3vl.judging.checks.check",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605  (computed: one list of names to keep)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("importlib.metadata").version("pytest-qwen3vl")
    if name not in _HOMES:
        raise AttributeError(f"module `pytest_qwen3vl` has no attribute `{name}`")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
