"""Say what is wrong in a case file, where, and what would be right.

It turns pydantic's errors into places and sentences; by their type, never by their message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any, cast, get_args

from pydantic import BaseModel, ValidationError

from pytest_qwen3vl.cases.case import Expectation
from pytest_qwen3vl.cases.expectations import Reading, argument_types, nearest
from pytest_qwen3vl.cases.schema import CASE_ID, NOT_BLANK, SUITE, TAG
from pytest_qwen3vl.cases.yaml_reader import plain_value
from pytest_qwen3vl.cases.yaml_values import Found, Problem

Location = tuple[str | int, ...]

_UNKNOWN_KEY = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
_MISSING = frozenset({"missing", "missing_argument", "missing_keyword_only_argument"})
_NOUNS = {
    "bool_type": "`true` or `false`",
    "dataclass_type": "a mapping",
    "dict_type": "a mapping",
    "finite_number": "a finite number",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "a mapping",
    "string_type": "text",
    "tuple_type": "a list",
}
_NUMBERS = frozenset({"float_type", "int_from_float", "int_type"})
_BOUNDS = {
    "greater_than": "more than",
    "greater_than_equal": "at least",
    "less_than": "less than",
    "less_than_equal": "at most",
}
_BOUND_KEYS = {"greater_than": "gt", "greater_than_equal": "ge", "less_than": "lt", "less_than_equal": "le"}
_PATTERNS = {
    CASE_ID: "lower-case letters, digits and hyphens, as in `corner-shop-total`",
    NOT_BLANK: "text",
    SUITE: "letters, digits, `.`, `_` and `-`, as in `receipts`",
    TAG: "letters, digits, `_` and `-`, as in `ocr`",
}


def problems_of(error: ValidationError, part: type[BaseModel], at: Location, reading: Reading) -> Iterator[Problem]:
    """Yield place and text of every error found while the YAML at the location `at` was read as `part`."""
    for each in filter(_is_first_hand, error.errors(include_url=False)):
        found = reading.document.find((*at, *each["loc"]), at_key=each["type"] in _UNKNOWN_KEY)
        if each["type"] in _UNKNOWN_KEY:
            known = [str(name) for name in fields_at(part, each["loc"][:-1], reading.checks)]
            yield found.place, f"unknown key `{found.key}`; {nearest(str(found.key), known)}"
        else:
            yield found.place, _sentence(each, found)


def _is_first_hand(error: Any) -> bool:
    """Tell whether an error is more than the echo of another: lists are short of the items that are wrong."""
    return error["type"] != "too_short" or bool(len(error["input"]) < error["ctx"]["min_length"])


def _sentence(error: Any, found: Found) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind in _MISSING:
        missing = error["loc"][-1]
        return f"`{missing}` is missing" if isinstance(missing, str) else f"{_subject(found)} holds too few values"
    if kind in ("too_short", "too_long"):
        return f"{_subject(found)} holds {context['actual_length']} values; {_bound(context)}"
    wanted = _wanted(kind, context)
    if wanted is None:
        return str(error["msg"])
    value = error["input"]
    return f"{_subject(found)} must be {wanted}, not {_shown(value, found)}{_hint(kind, value, found)}"


def _subject(found: Found) -> str:
    if found.key is None:
        return "this file"
    return f"an item of `{found.key}`" if found.is_item else f"`{found.key}`"


def _wanted(kind: str, context: Mapping[str, Any]) -> str | None:
    """Return what would be right, in words, or None where only the error's own message says it."""
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(context["pattern"], f"text like {context['pattern']}")
    if kind == "literal_error":
        return str(context["expected"]).replace("'", "`")
    if kind in _BOUNDS:
        return f"{_BOUNDS[kind]} {context[_BOUND_KEYS[kind]]}"
    return _NOUNS.get(kind)


def _bound(context: Mapping[str, Any]) -> str:
    if "min_length" in context:
        return f"at least {context['min_length']} must be given"
    return f"at most {context['max_length']} may be given"


def _shown(value: object, found: Found) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None or not str(value).strip():
        return f"`{found.written}`" if found.written.strip() else "nothing"
    return f"`{_short(found.written or str(value))}`"


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _hint(kind: str, value: object, found: Found) -> str:
    if kind == "string_type" and isinstance(value, bool | int | float):
        return f'; if you mean the text, write it in quotes: "{found.written}"'
    if kind in _NUMBERS and isinstance(value, str) and isinstance(plain_value(value), int | float):
        return f"; write it without quotes: {value}"
    if kind in ("tuple_type", "list_type") and isinstance(value, str):
        return f"; a list of one is [{found.written}]"
    return ""


def fields_at(part: type, location: Location, checks: Mapping[str, type]) -> Mapping[str, Any]:
    """Return the known keys, and their types, of what stands at `location` in a `part`."""
    fields = _fields(part, checks)
    for step in location:
        inner = _structure(fields[step]) if step in fields else None
        fields = fields if inner is None else _fields(inner, checks)
    return fields


def _fields(structure: type, checks: Mapping[str, type]) -> Mapping[Any, Any]:
    if structure is Expectation:
        return checks
    if issubclass(structure, BaseModel):
        return {name: field.annotation for name, field in structure.model_fields.items()}
    return argument_types(cast("Any", structure))


def _structure(annotation: Any) -> type | None:
    """Return the model or dataclass that an annotation contains, the first if there are several."""
    if isinstance(annotation, type) and (is_dataclass(annotation) or issubclass(annotation, BaseModel)):
        return annotation
    return next((inner for each in get_args(annotation) if (inner := _structure(each)) is not None), None)
