"""Goldens on disk: one JSON file per case, made to be read in a diff.

A file is written whole or not at all. Files edited by hand are validated; it does not judge what they say.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pytest_qwen3vl.errors import GoldenError
from pytest_qwen3vl.judging.golden import Golden

SCHEMA = 1
_REMEDY = "restore it from version control, or record it again with --qwen-golden=update"
_TOKEN_FIELDS = ("id", "text", "logprob", "margin")


def golden_path(root: Path, case: str, model: str, dtype: str) -> Path:
    """Return where the golden of `suite/id` lies below the folder of goldens."""
    return root / model / dtype / f"{case}.json"


def read_golden(path: Path) -> Golden | None:
    """Return the golden in this file, or None where there is no file.

    Raises `GoldenError` for a file that is no golden, naming the field.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise GoldenError(f"cannot read golden `{path}`: {error}") from error
    return _parse(path, text)


def write_golden(path: Path, golden: Golden) -> None:
    """Write a golden in one step: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(render_golden(golden))
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def render_golden(golden: Golden) -> str:
    """Return the file's text: fields in reading order, a token a line."""
    content = {"schema": SCHEMA, **asdict(golden)}
    for turn in content["turns"]:
        turn["tokens"] = [[token[field] for field in _TOKEN_FIELDS] for token in turn["tokens"]]
    return "".join(_render(content, "")) + "\n"


def _render(value: Any, indent: str) -> Iterator[str]:
    deeper = indent + "  "
    if isinstance(value, dict) and value:
        items = [(json.dumps(str(key)) + ": ", item) for key, item in value.items()]
        opening, closing = "{", "}"
    elif isinstance(value, list | tuple) and any(isinstance(item, list | tuple | dict) for item in value):
        items = [("", item) for item in value]
        opening, closing = "[", "]"
    else:
        yield json.dumps(value, ensure_ascii=False)
        return
    yield opening
    for number, (prefix, item) in enumerate(items):
        yield ("," if number else "") + f"\n{deeper}{prefix}"
        yield from _render(item, deeper)
    yield f"\n{indent}{closing}"


def _parse(path: Path, text: str) -> Golden:
    from pydantic import TypeAdapter, ValidationError

    try:
        content = json.loads(text, parse_constant=_refuse_constant)
        schema = content.pop("schema", None)
        if schema != SCHEMA:
            raise GoldenError(f"golden `{path}` has schema {schema!r}; this version reads {SCHEMA}. {_REMEDY}")
        for turn in content["turns"]:
            turn["tokens"] = [dict(zip(_TOKEN_FIELDS, token, strict=True)) for token in turn["tokens"]]
        golden: Golden = TypeAdapter(Golden).validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise GoldenError(f"golden `{path}`: `{where}`: {first['msg']}. {_REMEDY}") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise GoldenError(f"golden `{path}` is not a golden: {type(error).__name__}: {error}. {_REMEDY}") from None
    _refuse_misfits(path, golden, json.loads(text))
    return golden


def _refuse_constant(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _refuse_misfits(path: Path, golden: Golden, content: Any) -> None:
    """Raise `GoldenError` for what is a golden by its shape, and still cannot be this file's."""
    if golden_path(path.parents[3], golden.case, golden.model, golden.dtype) != path:
        name = f"{golden.model}/{golden.dtype}/{golden.case}"
        raise GoldenError(f"golden `{path}` is that of `{name}`, so it was moved or renamed. {_REMEDY}")
    if not golden.turns or len(golden.turns) != len(golden.inputs.turns):
        numbers = f"{len(golden.turns)} answers to {len(golden.inputs.turns)} turns"
        raise GoldenError(f"golden `{path}` holds {numbers}. {_REMEDY}")
    if json.loads(render_golden(golden)) != content:
        raise GoldenError(f"golden `{path}` holds keys or values that no golden has. {_REMEDY}")
