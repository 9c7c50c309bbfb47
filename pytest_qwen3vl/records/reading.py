"""Run records read back; unknown fields and a torn last line are no errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_qwen3vl.errors import RecordError
from pytest_qwen3vl.records.record import SCHEMA


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Hold a run record: its first line, its case lines, its last line if the run came to its end."""

    run: Mapping[str, Any]
    cases: tuple[Mapping[str, Any], ...]
    end: Mapping[str, Any] | None


def read_record(path: Path) -> RunRecord:
    """Read a run record.

    Raises `RecordError` with the line where a line is no JSON object, or the schema is newer than this version.
    """
    try:
        lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"cannot read the run record `{path}`: {error}") from error
    parsed = [_parse(path, number, text, is_last=number == len(lines)) for number, text in enumerate(lines, start=1)]
    entries = [entry for entry in parsed if entry is not None]
    if not entries or entries[0].get("kind") != "run":
        raise RecordError(f"{path}:1: a run record starts with a line of kind `run`")
    if entries[0].get("schema") != SCHEMA:
        raise RecordError(f"{path}:1: schema {entries[0].get('schema')!r}; this version reads {SCHEMA}")
    cases = tuple(entry for entry in entries if entry.get("kind") == "case")
    return RunRecord(entries[0], cases, next((entry for entry in entries if entry.get("kind") == "end"), None))


def _parse(path: Path, number: int, text: str, *, is_last: bool) -> Mapping[str, Any] | None:
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError) as error:
        if is_last:
            return None  # a killed run may leave half a line
        raise RecordError(f"{path}:{number}: not JSON: {error}") from None
    if not isinstance(entry, dict):
        raise RecordError(f"{path}:{number}: a line is a JSON object, not {type(entry).__name__}")
    return entry
