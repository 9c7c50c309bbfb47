"""Describe case files to editors: their JSON Schema (draft 2020-12), with every check and its arguments.

Descriptions are the docstrings of the parts and checks. It validates nothing: loading does.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from itertools import pairwise
from typing import Any, cast, get_args

from pydantic import TypeAdapter

from pytest_qwen3vl.cases.case import Expectation
from pytest_qwen3vl.cases.expectations import argument_types
from pytest_qwen3vl.cases.schema import FilePart

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_Schema = dict[str, Any]


def case_schema(checks: Mapping[str, type]) -> dict[str, Any]:
    """Return the JSON Schema of a case file that may use these checks."""
    schema = FilePart.model_json_schema()
    definitions: _Schema = schema.setdefault("$defs", {})
    properties = {name: _check_schema(check, definitions) for name, check in sorted(checks.items())}
    definitions["Expectation"] = {
        "description": "One check and its arguments.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"$schema": _DRAFT, "title": "Cases of pytest-qwen3vl", **_trimmed(schema)}


def _check_schema(check: Any, definitions: _Schema) -> _Schema:
    """Return the schema of a check's arguments: a mapping, or the bare value of the field `shorthand` names."""
    arguments = TypeAdapter(check).json_schema()
    parts = arguments.pop("$defs", {})
    for part in _parts(check):
        _describe(parts.get(part.__name__, {}), part)
    definitions.update(parts)
    _describe(arguments, check)
    if check.shorthand is None:
        return arguments
    bare = {key: part for key, part in arguments["properties"][check.shorthand].items() if key != "default"}
    return {"description": arguments["description"], "anyOf": [bare, arguments]}


def _describe(schema: _Schema, documented: type) -> None:
    """Close the schema of a dataclass to unknown keys, and describe it and its fields by their docstrings."""
    schema["additionalProperties"] = False
    schema["description"] = inspect.getdoc(documented) or ""
    for name, text in field_docs(documented).items():
        if name in schema.get("properties", {}):
            schema["properties"][name]["description"] = text


def _parts(annotation: Any) -> Iterator[type]:
    """Yield the dataclasses that a check's arguments are made of."""
    types = argument_types(cast("Any", annotation)).values() if is_dataclass(annotation) else get_args(annotation)
    for each in types:
        if isinstance(each, type) and is_dataclass(each) and each is not Expectation:
            yield each
        if each is not Expectation:
            yield from _parts(each)


def field_docs(documented: type) -> dict[str, str]:
    """Return the docstrings that stand below the fields of a class, by field name; none where it has no source."""
    try:
        source = textwrap.dedent(inspect.getsource(documented))
    except (OSError, TypeError):
        return {}
    (definition,) = ast.parse(source).body
    body = getattr(definition, "body", [])
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _trimmed(schema: Any, *, is_named: bool = False) -> Any:
    """Write the schema as an editor reads it best.

    An expectation points to the list of checks; titles that repeat a key go, and so does null, which means "not given".
    """
    if isinstance(schema, list):
        return [_trimmed(part) for part in schema if part != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    if schema.get("$comment") == "Expectation":
        return {"$ref": "#/$defs/Expectation"}
    trimmed = {
        key: _trimmed(part, is_named=key in ("properties", "$defs"))
        for key, part in schema.items()
        if is_named or not (key == "title" or (key == "default" and part is None))
    }
    if len(trimmed.get("anyOf", ())) == 1:
        (only,) = trimmed.pop("anyOf")
        return {**only, **trimmed}
    return trimmed
