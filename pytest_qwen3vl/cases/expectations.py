"""Turn what YAML says under `expect` into checks, by the registry that is handed in.

A check is any dataclass with a `shorthand` and a `judge`: its fields are the arguments. It does not know what checks
there are or how they judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import cache
from types import GenericAlias
from typing import Any, cast, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationInfo
from pydantic_core import PydanticCustomError, SchemaValidator, core_schema

from pytest_qwen3vl.cases.case import Expectation
from pytest_qwen3vl.cases.images import ImageFolder
from pytest_qwen3vl.cases.yaml_values import Document, YamlMapping

_STRICT = frozenset({"str", "int", "float", "bool"})


@dataclass(frozen=True, slots=True)
class Reading:
    """Carry what validating one case file needs to know: pydantic's validation context."""

    document: Document
    checks: Mapping[str, type]
    images: ImageFolder


def expectation_schema() -> core_schema.CoreSchema:
    """Return the pydantic schema by which an `Expectation` is read, wherever one is a field."""
    return core_schema.with_info_plain_validator_function(parse_expectation)


def parse_expectation(value: object, info: ValidationInfo) -> Expectation:
    """Return the expectation that a mapping `{check: arguments}` means."""
    if not isinstance(value, YamlMapping) or len(value) != 1:
        raise PydanticCustomError("expectation", "an expectation is one check and its arguments, as in `contains: red`")
    reading = reading_of(info)
    ((name, given),) = value.items()
    if name not in reading.checks:
        raise PydanticCustomError("unknown_check", _unknown_check(name, reading.checks))
    check_class = reading.checks[name]
    arguments = {name: _arguments(check_class, given)}
    check = argument_validator(check_class).validate_python(arguments, context=reading)[name]
    return Expectation(name, check, reading.document.place(value.spot))


def reading_of(info: ValidationInfo) -> Reading:
    """Return the validation context."""
    return cast("Reading", info.context)


def nearest(word: str, known: list[str]) -> str:
    """Return a hint that names the known word nearest to `word`, or all of them."""
    close = get_close_matches(word, known, n=1)
    return f"did you mean `{close[0]}`?" if close else "known are " + ", ".join(f"`{each}`" for each in sorted(known))


def _unknown_check(name: str, checks: Mapping[str, type]) -> Any:
    return f"unknown check `{name}`; {nearest(name, list(checks))}".replace("{", "(").replace("}", ")")


def _arguments(check_class: Any, given: object) -> object:
    """Return the arguments as a mapping; a bare value stands for the field that `shorthand` names."""
    shorthand: str | None = check_class.shorthand
    if shorthand is None:
        return given
    if isinstance(given, Mapping) and not _is_bare_expectation(check_class, shorthand, given):
        return given
    return {shorthand: given}


def _is_bare_expectation(check_class: type, shorthand: str, given: Mapping[str, object]) -> bool:
    wanted = argument_types(check_class)[shorthand]
    return shorthand not in given and (wanted is Expectation or Expectation in get_args(wanted))


@cache
def argument_types(check_class: Any) -> dict[str, Any]:
    """Return the types of a check's arguments by name."""
    hints = get_type_hints(check_class, include_extras=True)
    return {field.name: hints[field.name] for field in fields(check_class) if field.init}


@cache
def argument_validator(check_class: Any) -> SchemaValidator:
    """Return a validator of `{name: arguments}`, strict about text, numbers and booleans, closed to unknown arguments.

    The mapping around the arguments puts the check's name into the location of every error.
    """
    adapter: TypeAdapter[Any] = TypeAdapter(cast("Any", GenericAlias(dict, (str, check_class))))
    return SchemaValidator(_closed(adapter.core_schema))


def _closed(schema: Any) -> Any:
    if isinstance(schema, list | tuple):
        return type(schema)(_closed(part) for part in schema)
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(part) for key, part in schema.items()}
    if closed.get("type") in _STRICT:
        closed["strict"] = True
    if closed.get("type") == "dataclass-args":
        closed["extra_behavior"] = "forbid"
    return closed
