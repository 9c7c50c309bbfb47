"""The run record on disk: JSON Lines, appended line by line, so that a killed run keeps what had finished."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from pytest_qwen3vl.errors import RecordError

KEPT = 20
"""Records kept in pytest's cache folder; the oldest go first."""


class RecordWriter:
    """Append lines to a run record; each is on disk before the call returns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: TextIO = path.open("w", encoding="utf-8", newline="\n")
        except OSError as error:
            raise RecordError(f"cannot write the run record `{path}`: {error.strerror}") from error

    def write(self, line: Mapping[str, Any]) -> None:
        """Append one line of ASCII; numbers that JSON has no word for (NaN, infinity) become null."""
        self._file.write(json.dumps(_finite(line), allow_nan=False) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; writing again is an error."""
        self._file.close()


def prune_records(folder: Path, keep: int = KEPT) -> None:
    """Delete all but the newest `keep` records of a folder."""
    records = sorted(folder.glob("*.jsonl"), key=lambda path: path.name)
    for path in records[: max(0, len(records) - keep)]:
        path.unlink(missing_ok=True)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
