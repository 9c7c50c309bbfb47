"""Bring a checkpoint's files from the Hugging Face hub to this machine.

Only data is fetched: JSON, tokenizer and template files, safetensors; neither code nor pickles. Where the hub may not
be asked (`HF_HUB_OFFLINE=1`), what is in the cache is used. It looks into no file: `checkpoint` does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub import constants, snapshot_download
from huggingface_hub.errors import EntryNotFoundError

from pytest_qwen3vl.errors import CheckpointError

_SETTINGS = ["*.json", "*.txt", "*.jinja", "*.model", "additional_chat_templates/*.jinja"]
_WEIGHTS = ["*.safetensors"]
_SECONDS_BETWEEN_LINES = 15.0


def fetch_settings(repository: str, revision: str) -> Path:
    """Return a local folder with a model's configuration, tokenizer and templates: all but its weights."""
    return _fetch(repository, revision, _SETTINGS)


def fetch_weights(repository: str, revision: str, progress: Callable[[str], None]) -> Path:
    """Return a local folder with the whole model; tell every few seconds how much of it is there."""
    with _watched(repository, progress):
        return _fetch(repository, revision, _SETTINGS + _WEIGHTS)


def resolved_commit(folder: Path) -> str | None:
    """Return the commit a folder of the hub's cache holds."""
    return folder.name if folder.parent.name == "snapshots" else None


def _fetch(repository: str, revision: str, patterns: list[str]) -> Path:
    try:
        return Path(snapshot_download(repository, revision=revision, allow_patterns=patterns))
    except (OSError, ValueError, EntryNotFoundError) as error:
        raise CheckpointError(_unavailable(repository, revision, error)) from error


def _unavailable(repository: str, revision: str, error: Exception) -> str:
    name = f"`{repository}` (revision `{revision}`)"
    if constants.HF_HUB_OFFLINE:
        return (
            f"{name} is not whole in the cache `{constants.HF_HUB_CACHE}`, and HF_HUB_OFFLINE forbids asking the hub; "
            f"fetch it where there is a network: hf download {repository}"
        )
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return (
        f"{name} cannot be had from {constants.ENDPOINT} ({type(error).__name__}: {reason}); check its spelling and "
        "the network, log in for a gated model (hf auth login), or name a local folder: --qwen-model=NAME=./FOLDER"
    )


@contextmanager
def _watched(repository: str, progress: Callable[[str], None]) -> Iterator[None]:
    folder = Path(constants.HF_HUB_CACHE, f"models--{repository.replace('/', '--')}", "blobs")
    done = threading.Event()

    def watch() -> None:
        before = _size_bytes(folder)
        while not done.wait(_SECONDS_BETWEEN_LINES):
            now = _size_bytes(folder)
            if now != before:
                progress(f"fetching {repository}: {now / 1e9:.1f} GB are here")
            before = now

    watcher = threading.Thread(target=watch, name="qwen-fetch-progress", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _size_bytes(folder: Path) -> int:
    total = 0
    for path in folder.glob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # renamed while we look: a finished download
            continue
    return total
