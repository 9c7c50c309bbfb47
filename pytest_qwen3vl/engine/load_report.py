"""What became of every tensor when a checkpoint was loaded, and the refusal of anything but a clean load.

It reads transformers' account of a load; the files themselves were looked at by `checkpoint`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_qwen3vl.engine.checkpoint import shorten
from pytest_qwen3vl.errors import CheckpointError


@dataclass(frozen=True, slots=True)
class LoadReport:
    """List the tensors that did not go where they belong, and what the libraries said meanwhile."""

    missing: tuple[str, ...] = ()
    """In the architecture, not in the checkpoint: drawn at random instead."""
    unexpected: tuple[str, ...] = ()
    """In the checkpoint, not in the architecture: ignored."""
    mismatched: tuple[str, ...] = ()
    """Of another shape, with both shapes: drawn at random instead."""
    messages: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Tell whether every tensor was loaded and none is left over."""
        return not (self.missing or self.unexpected or self.mismatched)

    def require_clean(self, source: str) -> None:
        """Raise CheckpointError naming the first tensors of each kind, if there are any."""
        if self.is_clean:
            return
        kinds = (
            ("missing, so drawn at random", self.missing),
            ("of another shape, so drawn at random", self.mismatched),
            ("unknown to the architecture, so ignored", self.unexpected),
        )
        lines = [f"  {len(names)} {kind}: {shorten(list(names))}" for kind, names in kinds if names]
        raise CheckpointError(
            f"`{source}` does not fit its architecture; what would answer is not this checkpoint\n"
            + "\n".join(lines)
            + "\n  mend the checkpoint: its config.json (`architectures`, sizes, `tie_word_embeddings`) or tensor names"
        )


def read_report(info: Mapping[str, Any] | Any, messages: list[str]) -> LoadReport:
    """Return the report for transformers' loading info, a dict in some releases and an object in others."""
    content = info if isinstance(info, Mapping) else vars(info)
    return LoadReport(
        missing=tuple(sorted(content["missing_keys"])),
        unexpected=tuple(sorted(content["unexpected_keys"])),
        mismatched=tuple(sorted(map(_mismatch, content["mismatched_keys"]))),
        messages=tuple(messages),
    )


def _mismatch(key: tuple[str, tuple[int, ...], tuple[int, ...]]) -> str:
    name, stored, built = key
    return f"{name} ({list(stored)} in the checkpoint, {list(built)} in the architecture)"
