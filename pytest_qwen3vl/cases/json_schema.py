"""Describe case files to editors: their JSON Schema (draft 2020-12), with every check and its arguments.

Descriptions are the docstrings of the parts and checks. It validates nothing: loading does.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from pydantic import TypeAdapter

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
    return {"$schema": _DRAFT, **_trimmed(schema)}


def _check_schema(check: Any, definitions: _Schema) -> _Schema:
    """Return the schema of a check's arguments: a mapping, or the bare value of the field `shorthand` names."""
    arguments = TypeAdapter(check).json_schema()
    definitions.update(arguments.pop("$defs", {}))
    arguments["additionalProperties"] = False
    arguments["description"] = inspect.getdoc(check) or ""
    for name, text in field_docs(check).items():
        if name in arguments["properties"]:
            arguments["properties"][name]["description"] = text
    if check.shorthand is None:
        return arguments
    bare = {key: part for key, part in arguments["properties"][check.shorthand].items() if key != "default"}
    return {"description": arguments["description"], "anyOf": [bare, arguments]}


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
    """Point to the list of checks where an expectation stands; drop titles that repeat a key, and defaults of null."""
    if isinstance(schema, list):
        return [_trimmed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("$comment") == "Expectation":
        return {"$ref": "#/$defs/Expectation"}
    return {
        key: _trimmed(part, is_named=key in ("properties", "$defs"))
        for key, part in schema.items()
        if is_named or not (key == "title" or (key == "default" and part is None))
    }
