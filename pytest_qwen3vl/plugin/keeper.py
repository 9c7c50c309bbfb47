"""Keep the run's record: one per run, in the controller, opened when the first case ends.

It is given lines and writes them; it makes none but the first and the last.
"""

from __future__ import annotations

import contextlib
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_qwen3vl.errors import RecordError
from pytest_qwen3vl.plugin.session import SESSION

if TYPE_CHECKING:
    from pytest_qwen3vl.records.writing import RecordWriter

PACKAGES = ("pytest-qwen3vl", "pytest", "pytest-xdist", "torch", "transformers", "tokenizers", "pillow", "numpy")
_SUMMARISED = (
    *("id", "task", "model", "dtype", "outcome", "golden", "golden_written", "tie_flips", "quantized"),
    *("verified_tokens", "generated_tokens", "seconds"),
)


class RecordKeeper:
    """Write each case down as it ends, and remember what the summary needs."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._writer: RecordWriter | None = None
        self._begun = time.time()
        self.cases: list[dict[str, Any]] = []
        """What the summary needs of each case."""
        self.unused: set[Path] = set()
        """Goldens whose case is gone."""

    @property
    def path(self) -> Path | None:
        """Return where the record lies; None: no case has ended."""
        return self._writer.path if self._writer else None

    def engine(self, line: Mapping[str, Any]) -> None:
        """Write down what a worker's engine runs in."""
        self._write(line)

    def case(self, line: dict[str, Any]) -> None:
        """Write a case down and show it to the project's hooks."""
        self._write(line)
        self.cases.append({name: line[name] for name in _SUMMARISED})
        self._config.hook.pytest_qwen_case_finished(config=self._config, record=line)

    def end(self, exit_status: int, *, interrupted: bool) -> None:
        """Write the last line and close the record, if there is one."""
        if self._writer is None:
            return
        from pytest_qwen3vl.records.record import end_line

        ended = time.time()
        seconds = ended - self._begun
        with contextlib.suppress(OSError):  # a full disk was told when a case could not be written
            self._writer.write(end_line(ended=ended, seconds=seconds, exit_status=exit_status, interrupted=interrupted))
            self._writer.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        try:
            self._writer = self._writer or self._begin()
            if self._writer:
                self._writer.write(line)
        except (RecordError, OSError, ValueError) as error:
            pytest.exit(f"the run record cannot be written: {error}", returncode=pytest.ExitCode.INTERNAL_ERROR)

    def _begin(self) -> RecordWriter | None:
        """Return a writer that has written the first line; None: pytest's cache is off and no path was given."""
        from pytest_qwen3vl.records.record import run_line
        from pytest_qwen3vl.records.writing import RecordWriter

        settings = self._config.stash[SESSION].settings
        path = settings.record or self._path_in_cache()
        if path is None:
            return None
        writer = RecordWriter(path)
        writer.write(run_line(started=self._begun, environment=_environment(), settings=_plain(asdict(settings))))
        return writer

    def _path_in_cache(self) -> Path | None:
        from pytest_qwen3vl.records.writing import KEPT, prune_records

        cache: pytest.Cache | None = getattr(self._config, "cache", None)
        if cache is None:
            return None
        folder = cache.mkdir("qwen3vl")
        prune_records(folder, KEPT - 1)
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(self._begun))
        return folder / f"run-{stamp}-{os.getpid()}.jsonl"


KEEPER = pytest.StashKey[RecordKeeper]()


def _environment() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        **{name: found for name in PACKAGES if (found := _version(name))},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value
