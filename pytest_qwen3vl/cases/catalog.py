"""The models known by name, and what a user's `NAME`, `NAME=SOURCE`, hub id or path stands for.

The data is in `catalog.yaml`. It opens no checkpoint and asks no hub: `engine.preflight` and `engine.loading` do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from pytest_qwen3vl.cases.dimensions import Dimensions
from pytest_qwen3vl.errors import SettingsError
from pytest_qwen3vl.settings import ModelChoice

_PACKAGE = Path(__file__).resolve().parent.parent
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """Describe one model known by name."""

    name: str
    source: str
    """A hub id, or the absolute path of the model inside this package."""
    revision: str
    vram_bytes: int
    """The smallest sensible VRAM, over all GPUs it is spread on."""
    published: Dimensions | None
    """None: `source` is a folder, whose config.json has them."""

    @property
    def dimensions(self) -> Dimensions:
        """Return the sizes of its architecture."""
        if self.published is not None:
            return self.published
        return Dimensions.from_config(json.loads(Path(self.source, "config.json").read_text(encoding="utf-8")))

    @property
    def parameters(self) -> int:
        """Return the number of parameters; tied embeddings count once."""
        return self.dimensions.parameters

    @property
    def is_thinking(self) -> bool:
        """Tell whether it reasons before it answers."""
        return self.name.endswith("-Thinking")


@dataclass(frozen=True, slots=True)
class Located:
    """Say where a chosen model's files are: a local folder, or a hub id with its revision."""

    source: str
    """A hub id, a path as it was given, or "embedded"."""
    folder: Path | None
    """None: on the hub."""
    revision: str | None
    """None: a local folder has none."""
    entry: CatalogEntry | None
    """The catalog's entry of this very source; None: the user's own."""


@cache
def catalog() -> Mapping[str, CatalogEntry]:
    """Return the models known by name, in the catalog's order."""
    data = yaml.safe_load(Path(__file__).with_name("catalog.yaml").read_text(encoding="utf-8"))
    entries = [*_embedded(data["embedded"]), *_published(data["sizes"])]
    return MappingProxyType({entry.name: entry for entry in entries})


def parse_models(texts: Sequence[str], revision: str | None = None) -> tuple[ModelChoice, ...]:
    """Return the chosen models in the order typed; each NAME may stand once.

    Raises SettingsError naming the flag.
    """
    choices = tuple(resolve_model(text, revision) for text in texts)
    _refuse_same_names(choices, texts)
    if revision is not None and choices and all(locate(choice).folder for choice in choices):
        raise SettingsError(f"--qwen-revision: `{revision}` is a hub revision, but every model is a local folder")
    return choices


def resolve_model(text: str, revision: str | None = None) -> ModelChoice:
    """Return what one `NAME`, `NAME=SOURCE`, hub id or local path chooses.

    `revision` is kept where the files are on the hub. Raises SettingsError naming the flag.
    """
    text = text.strip()
    name, equals, source = text.partition("=")
    if equals and not Path(text).exists():
        choice = _own(_checked(name, text), source, text)
    elif text in catalog():
        choice = ModelChoice(text)
    elif _is_path(text):
        choice = ModelChoice(_checked(Path(text).expanduser().resolve().name, text), text)
    elif _HUB_ID.fullmatch(text):
        choice = ModelChoice(_checked(text.rpartition("/")[2], text), text)
    else:
        raise SettingsError(_unknown(text))
    return choice if locate(choice).folder else ModelChoice(choice.name, choice.source, revision)


def locate(choice: ModelChoice) -> Located:
    """Return where the files of a chosen model are. Raises SettingsError for a name without a source."""
    if choice.source is None:
        return _locate_known(choice)
    if _is_path(choice.source):
        return Located(choice.source, Path(choice.source).expanduser(), revision=None, entry=None)
    return Located(choice.source, None, revision=choice.revision or "main", entry=None)


def _refuse_same_names(choices: Sequence[ModelChoice], texts: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for choice, text in zip(choices, texts, strict=True):
        name = choice.name.casefold()  # some file systems hold `8B` and `8b` for one folder
        if name in seen:
            raise SettingsError(
                f"--qwen-model: `{seen[name]}` and `{text}` are both named `{choice.name}`, and the name keys goldens "
                f"and test ids; name one of them differently: NAME={choice.source or locate(choice).source}"
            )
        seen[name] = text


def _locate_known(choice: ModelChoice) -> Located:
    if choice.name not in catalog():
        raise SettingsError(_unknown(choice.name))
    entry = catalog()[choice.name]
    if Path(entry.source).is_absolute():
        return Located("embedded", Path(entry.source), revision=None, entry=entry)
    return Located(entry.source, None, revision=choice.revision or entry.revision, entry=entry)


def _own(name: str, source: str, text: str) -> ModelChoice:
    if _is_path(source) or _HUB_ID.fullmatch(source):
        return ModelChoice(name, source)
    raise SettingsError(
        f"--qwen-model: in `{text}`, `{source}` is neither a hub id (ORGANISATION/MODEL) nor a folder here; "
        "write a path as ./FOLDER or /FOLDER"
    )


def _is_path(text: str) -> bool:
    return text.startswith((".", "/", "~")) or text.count("/") > 1 or (text != "" and Path(text).exists())


def _checked(name: str, text: str) -> str:
    if _NAME.fullmatch(name):
        return name
    raise SettingsError(
        f"--qwen-model: `{text}` would be named `{name}`, but a name becomes a folder and a test id: letters, digits, "
        "`.`, `_` and `-`, not beginning with a dot or a dash; write NAME=SOURCE"
    )


def _unknown(text: str) -> str:
    known = list(catalog())
    lowered = {name.casefold(): name for name in known}
    near = get_close_matches(text.casefold(), lowered, n=1, cutoff=0.4)
    hint = f"; did you mean `{lowered[near[0]]}`?" if near else ""
    return (
        f"--qwen-model: `{text}` is not a known model{hint}\n"
        f"  known: {', '.join(known)}\n"
        "  or a hub id (ORGANISATION/MODEL), a local folder (./FOLDER), or NAME=SOURCE"
    )


def _embedded(models: Mapping[str, Any]) -> Iterator[CatalogEntry]:
    for name, model in models.items():
        yield CatalogEntry(name, str(_PACKAGE / model["folder"]), "main", _bytes(model["vram_gb"]), published=None)


def _published(sizes: Mapping[str, Any]) -> Iterator[CatalogEntry]:
    for suffix, hub_suffix in (("", "-Instruct"), ("-Thinking", "-Thinking")):
        for size, model in sizes.items():
            yield CatalogEntry(
                name=size + suffix,
                source=model["hub"] + hub_suffix,
                revision="main",
                vram_bytes=_bytes(model["vram_gb"]),
                published=_dimensions(model),
            )


def _dimensions(model: Mapping[str, Any]) -> Dimensions:
    text = {**model["text"], **model.get("experts", {})}
    vision = {**model["vision"], "out_hidden_size": text["hidden_size"]}
    return Dimensions.from_config({**model, "text_config": text, "vision_config": vision})


def _bytes(gigabytes: float) -> int:
    return int(gigabytes * 1e9)
