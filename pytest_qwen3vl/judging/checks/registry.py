"""Find the checks by the keys that case files use for them.

It imports a check's file when the checks are asked for, and knows nothing of what they do.
"""

from __future__ import annotations

from importlib import import_module

_HOMES = {
    "all": "combined:AllHold",
    "any": "combined:AnyHolds",
    "any_of": "phrases:AnyOf",
    "at_least": "combined:AtLeast",
    "boxes": "boxes:Boxes",
    "choice": "choice:Choice",
    "contains": "phrases:Contains",
    "exact": "exact:Exact",
    "length": "length:Length",
    "none_of": "phrases:NoneOf",
    "not": "combined:Not",
    "numeric": "numeric:Numeric",
    "regex": "regex:Regex",
}


def builtin_checks() -> dict[str, type]:
    """Return the check classes by YAML key, as a new dict that hooks may add to."""
    return {key: _load(home) for key, home in _HOMES.items()}


def _load(home: str) -> type:
    module, name = home.split(":")
    check: type = getattr(import_module(f"pytest_qwen3vl.judging.checks.{module}"), name)
    return check
