"""Read YAML into plain values that remember where they stand in the file.

One pass over the parser's events: text, numbers, booleans, None, `YamlMapping`, `YamlSequence`. Numbers are read as
YAML 1.2 and JSON read them (`010` and `12:30` stay text); `yes`, `no`, `on`, `off` are booleans as in YAML 1.1, so that
whoever means the word is told to quote it. It does not know what a case is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from pytest_qwen3vl.cases.yaml_values import Document, Problem, Spot, YamlMapping, YamlSequence
from pytest_qwen3vl.errors import CaseError, Place

MOST_VALUES = 1_000_000
"""Values of one file, each alias counted as often as it is used."""
MOST_LEVELS = 100

_BOOLEANS = {
    word: truth
    for words, truth in (("yes on true", True), ("no off false", False))
    for plain in words.split()
    for word in (plain, plain.capitalize(), plain.upper())
}
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None, **_BOOLEANS}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan")
_NUMBER_STARTS = frozenset("0123456789+-.")
_LONGEST_INTEGER = 18
_HARMLESS_TAGS = ("!", "tag:yaml.org,2002:str")


def read_yaml(file: Path) -> Document:
    """Return what a file with one YAML document says; raises CaseError where it is no UTF-8 or no YAML."""
    reader = _Reader(file, _read_text(file))
    try:
        root, spot = reader.read()
    except yaml.MarkedYAMLError as error:
        raise CaseError(*reader.problems, (_mark_place(file, error), f"this is not YAML: {_what(error)}")) from None
    except yaml.reader.ReaderError as error:
        place = _offset_place(file, reader.text, error.position)
        raise CaseError((place, f"the character {error.character!r} must not stand in YAML")) from None
    return Document(file, root, spot, tuple(reader.problems))


def _read_text(file: Path) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CaseError((Place(file, 1), f"the file cannot be read: {error.strerror}")) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", errors="replace")
        text = f"byte 0x{content[error.start]:02x} is not UTF-8; save the file in UTF-8"
        raise CaseError((_offset_place(file, before, len(before)), text)) from None


def _offset_place(file: Path, text: str, offset: int) -> Place:
    before = text[:offset]
    return Place(file, before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


def _mark_place(file: Path, error: yaml.MarkedYAMLError) -> Place:
    mark = error.problem_mark or error.context_mark
    return Place(file, 1) if mark is None else Place(file, mark.line + 1, mark.column + 1)


def _what(error: yaml.MarkedYAMLError) -> str:
    return ", ".join(part for part in (error.context, error.problem) if part)


class _Reader:
    """Build values from parser events; every problem that leaves the rest readable is collected."""

    def __init__(self, file: Path, text: str) -> None:
        self.file = file
        self.text = text
        self.problems: list[Problem] = []
        self._anchors: dict[str, tuple[Any, Spot]] = {}
        self._values = 0
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._next: Callable[[], Any] = loader(text).get_event

    def read(self) -> tuple[Any, Spot]:
        self._next()  # the stream starts
        if not isinstance(self._next(), yaml.DocumentStartEvent):
            return None, (0, 0, "")
        found = self._value(self._next(), 0)
        self._next()  # the document ends
        event = self._next()
        if isinstance(event, yaml.DocumentStartEvent):
            mark: Any = event.start_mark
            self._complain(
                (mark.line, mark.column, ""), "a second YAML document starts here; a case file is one document"
            )
        return found

    def _value(self, event: Any, level: int) -> tuple[Any, Spot]:
        mark, kind = event.start_mark, type(event)
        if kind is yaml.AliasEvent:
            return self._alias(event.anchor, (mark.line, mark.column, ""))
        value: Any
        if kind is yaml.ScalarEvent:
            self._values += 1
            spot = (mark.line, mark.column, event.value)
            value = plain_value(event.value) if event.implicit[0] else event.value
        else:
            spot = (mark.line, mark.column, "")
            self._enter(spot, level)
            value = self._mapping(spot, level) if kind is yaml.MappingStartEvent else self._sequence(spot, level)
        if event.tag is not None and event.tag not in _HARMLESS_TAGS:
            self._complain(spot, f"the tag `{event.tag}` is not supported")
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, spot)
        return value, spot

    def _enter(self, spot: Spot, level: int) -> None:
        if level == MOST_LEVELS:
            raise CaseError(*self.problems, (self._place(spot), f"nested deeper than {MOST_LEVELS} levels"))
        self._count(spot, 1)

    def _mapping(self, spot: Spot, level: int) -> YamlMapping:
        mapping = YamlMapping(spot)
        before = self._values
        while type(event := self._next()) is not yaml.MappingEndEvent:
            key, key_spot = self._key(event, level)
            value, value_spot = self._value(self._next(), level + 1)
            if key is None:
                continue
            if key in mapping:
                first = mapping.entry_spots[key][0][0] + 1
                self._complain(key_spot, f"the key `{key}` is already given in line {first}; keep one of them")
            else:
                mapping[key] = value
                mapping.entry_spots[key] = (key_spot, value_spot)
        mapping.size += self._values - before
        return mapping

    def _key(self, event: Any, level: int) -> tuple[str | None, Spot]:
        """Return a key as written, whatever YAML makes of the word (`on`, `8`), or None where it is no word."""
        if type(event) is not yaml.ScalarEvent:
            _, spot = self._value(event, level + 1)
            self._complain(spot, "a key must be a word")
            return None, spot
        mark: Any = event.start_mark
        spot = (mark.line, mark.column, "")
        if event.value == "<<" and event.implicit[0]:
            self._complain(spot, "merge keys (`<<`) are not supported; put what cases share under `defaults:`")
            return None, spot
        return event.value, spot

    def _sequence(self, spot: Spot, level: int) -> YamlSequence:
        sequence = YamlSequence(spot)
        before = self._values
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            value, value_spot = self._value(event, level + 1)
            sequence.append(value)
            sequence.item_spots.append(value_spot)
        sequence.size += self._values - before
        return sequence

    def _alias(self, anchor: str, spot: Spot) -> tuple[Any, Spot]:
        if anchor not in self._anchors:
            text = f"no anchor `&{anchor}` is complete before `*{anchor}`"
            raise CaseError(*self.problems, (self._place(spot), text))
        value, _ = self._anchors[anchor]
        self._count(spot, getattr(value, "size", 1))
        return value, spot

    def _count(self, spot: Spot, values: int) -> None:
        self._values += values
        if self._values > MOST_VALUES:
            text = f"the file holds more than {MOST_VALUES:,} values once its aliases are followed; split it"
            raise CaseError(*self.problems, (self._place(spot), text))

    def _place(self, spot: Spot) -> Place:
        return Place(self.file, spot[0] + 1, spot[1] + 1)

    def _complain(self, spot: Spot, text: str) -> None:
        self.problems.append((self._place(spot), text))


def plain_value(text: str) -> str | int | float | bool | None:
    """Return what an unquoted word of YAML means."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    if len(text) <= _LONGEST_INTEGER and _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text.replace(".inf", "inf").replace(".nan", "nan"))
    return text
