"""One safetensors file: the names, types and places of its tensors, read from its header alone.

It reads no weights and needs no torch, so a controller may use it. The format is described at
https://huggingface.co/docs/safetensors: eight bytes of header length, a JSON header, the tensors' bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from pytest_qwen3vl.errors import CheckpointError


@dataclass(frozen=True, slots=True)
class TensorHeader:
    """Describe one stored tensor."""

    dtype: str
    """As the format spells it: `BF16`, `F32`, `F8_E4M3` …"""
    shape: tuple[int, ...]
    size_bytes: int

    @property
    def elements(self) -> int:
        """Return the number of stored numbers."""
        return prod(self.shape)


@dataclass(frozen=True, slots=True)
class Shard:
    """Describe one safetensors file."""

    path: Path
    size_bytes: int
    header_sha256: str
    tensors: Mapping[str, TensorHeader]


def read_shard(path: Path) -> Shard:
    """Read a file's header. Raises CheckpointError if the file is cut short, padded or no safetensors."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = int.from_bytes(start, "little")
        if len(start) < 8 or length > size - 8:
            raise CheckpointError(_no_header(path, start, size))
        header = file.read(length)
    tensors = _parse(path, header)
    expected = 8 + length + max((end for _, end in tensors.values()), default=0)
    if size != expected:
        raise CheckpointError(_wrong_size(path, size, expected))
    return Shard(
        path, size, hashlib.sha256(header).hexdigest(), {name: tensor for name, (tensor, _) in tensors.items()}
    )


def _parse(path: Path, header: bytes) -> dict[str, tuple[TensorHeader, int]]:
    try:
        entries = json.loads(header)
        return {name: _tensor(entry) for name, entry in entries.items() if name != "__metadata__"}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"`{path}` is no safetensors file: its header cannot be read ({error}); fetch it again"
        ) from error


def _tensor(entry: Mapping[str, Any]) -> tuple[TensorHeader, int]:
    begin, end = entry["data_offsets"]
    return TensorHeader(entry["dtype"], tuple(entry["shape"]), end - begin), end


def _no_header(path: Path, start: bytes, size: int) -> str:
    if start == b"version ":
        return f"`{path}` is a Git LFS pointer, not the weights; fetch them: git lfs pull"
    return f"`{path}` is cut short or no safetensors file: {size} bytes hold no whole header; fetch it again"


def _wrong_size(path: Path, size: int, expected: int) -> str:
    word = "cut short" if size < expected else "damaged"
    return f"`{path}` is {word}: it has {size} bytes, its header describes {expected}; fetch it again"
