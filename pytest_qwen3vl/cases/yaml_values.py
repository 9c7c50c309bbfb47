"""Hold what a YAML file says, with the place of every value.

Mappings and lists are dicts and lists, so that pydantic takes them as they are. It does not parse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_qwen3vl.errors import Place

Spot = tuple[int, int, str]
"""Line and column from 0, and the text as written (empty for mappings and lists)."""

Problem = tuple[Place, str]
"""Where something is wrong, and what."""


class YamlMapping(dict[str, Any]):
    """Hold a mapping, and where it, its keys and its values stand."""

    __slots__ = ("entry_spots", "size", "spot")

    def __init__(self, spot: Spot) -> None:
        super().__init__()
        self.spot = spot
        self.entry_spots: dict[str, tuple[Spot, Spot]] = {}
        """Where a key stands, and where its value."""
        self.size = 1
        """How many values it holds, itself included, each alias counted as often as it is used."""


class YamlSequence(list[Any]):
    """Hold a list, and where it and its items stand."""

    __slots__ = ("item_spots", "size", "spot")

    def __init__(self, spot: Spot) -> None:
        super().__init__()
        self.spot = spot
        self.item_spots: list[Spot] = []
        self.size = 1
        """How many values it holds, itself included, each alias counted as often as it is used."""


@dataclass(frozen=True, slots=True)
class Found:
    """Say where a value stands, as what, and under which key."""

    place: Place
    written: str
    """The value as the file has it; empty for mappings and lists."""
    key: str | None
    """The key it stands under, or in whose list; None: it is the whole file."""
    is_item: bool
    """Whether it is an item of that key's list."""


@dataclass(frozen=True, slots=True)
class Document:
    """Hold what a YAML file says, and what is wrong with how it says it."""

    file: Path
    root: Any
    root_spot: Spot
    problems: tuple[Problem, ...] = ()

    def place(self, spot: Spot) -> Place:
        """Return the place of a spot of this file."""
        return Place(self.file, spot[0] + 1, spot[1] + 1)

    def find(self, location: Sequence[str | int], *, at_key: bool = False) -> Found:
        """Return what stands at `location`; `at_key`: with the place of its key.

        Parts of the location that the file does not have are passed over, so it may name a default or an alternative.
        """
        value, spot, place = self.root, self.root_spot, self.root_spot
        key, is_item = None, False
        for part in location:
            if isinstance(value, YamlMapping) and isinstance(part, str) and part in value:
                key, is_item = part, False
                place, spot = value.entry_spots[part]
                value = value[part]
            elif isinstance(value, YamlSequence) and isinstance(part, int) and part < len(value):
                is_item, spot, place = True, value.item_spots[part], value.item_spots[part]
                value = value[part]
        return Found(self.place(place if at_key else spot), spot[2], key, is_item)
