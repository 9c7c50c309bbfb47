"""The run's state in one process: settings, checks, case folders, engines.

One object a pytest config, reached by `config.stash[SESSION]`. Everything in it is made when first needed, so an
installed plugin costs a project without cases nothing.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import warnings
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_qwen3vl.errors import ModelError, QwenError
from pytest_qwen3vl.plugin.bound import BoundCase
from pytest_qwen3vl.plugin.options import read_settings, typed_options
from pytest_qwen3vl.settings import ModelChoice, Settings

if TYPE_CHECKING:
    from pytest_qwen3vl.cases.case import Case
    from pytest_qwen3vl.engine.engine import Engine


class QwenSession:
    """Hold what a run of cases shares within one process."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.files: set[Path] = set()
        """Case files that were loaded."""
        self.claims: dict[tuple[str, str], tuple[str, ...] | None] = {}
        """(suite, case id) of every case of these files, before any deselection, and the models it is for."""
        self.outside: list[Path] = []
        """Case files below the arguments that lie below no case folder."""
        self._suites: dict[str, Case] = {}
        self._paths: dict[Path, Path] = {}
        self._tags: set[str] = set()
        self._engine: tuple[ModelChoice, Engine] | None = None
        self._failures: dict[str, str] = {}

    @cached_property
    def settings(self) -> Settings:
        """Return the settings; `pytest.UsageError` where an option is wrong."""
        return read_settings(self.config)

    @cached_property
    def checks(self) -> Mapping[str, type]:
        """Return every check by its YAML key: ours, then those of hooks."""
        from pytest_qwen3vl.judging.checks.registry import builtin_checks

        checks = dict(builtin_checks())
        for extra in self.config.hook.pytest_qwen_checks(config=self.config):
            checks.update(extra)
        return checks

    @cached_property
    def case_roots(self) -> tuple[Path, ...]:
        """Return the folders below which case files are collected."""
        root = self.config.rootpath
        return tuple(Path(os.path.normpath(root / text)) for text in self.config.getini("qwen_cases"))

    def case_root(self, path: Path) -> Path | None:
        """Return the case folder that holds this file, or None; links to either are followed."""
        return next(
            (root for root in self.case_roots if path.is_relative_to(root) or _is_really_below(path, root)), None
        )

    def load(self, path: Path) -> list[Case]:
        """Return the cases of a file as the project's hooks leave them.

        Raises `CaseError` for what is wrong in the file, a suite that another file has too included.
        """
        from pytest_qwen3vl.cases.load import load_cases

        cases = list(load_cases(path, self.checks))
        written = list(cases)
        self.config.hook.pytest_qwen_modify_cases(config=self.config, cases=cases)
        self._claim(path, written)
        self._claim(path, cases)
        self.files.add(path)
        return cases

    def bind(self, case: Case, root: Path) -> list[BoundCase]:
        """Return the case once for each model of the run that it is for."""
        from pytest_qwen3vl.cases.overrides import for_model

        self._register(case.tags)
        bound = ((choice, for_model(case, choice.name)) for choice in self.settings.models)
        return [BoundCase(mine, choice, root / "golden") for choice, mine in bound if mine is not None]

    def preload(self, choice: ModelChoice, progress: Callable[[str], None]) -> None:
        """Load the model before its first test begins; what goes wrong is raised when the test asks for it."""
        if choice.name not in self._failures:
            with contextlib.suppress(ModelError):
                self.engine(choice, progress)

    def engine(self, choice: ModelChoice, progress: Callable[[str], None]) -> Engine:
        """Return the model's engine, loaded when first asked for; one model is held at a time.

        Raises `ModelError`, without another try where it could not be loaded before.
        """
        if self._engine and self._engine[0] == choice:
            return self._engine[1]
        if choice.name in self._failures:
            raise ModelError(self._failures[choice.name])
        self.unload()
        self._engine = (choice, self._load(choice, progress))
        return self._engine[1]

    def _load(self, choice: ModelChoice, progress: Callable[[str], None]) -> Engine:
        try:
            engine: Engine | None = self.config.hook.pytest_qwen_make_engine(choice=choice, settings=self.settings)
            return engine or _load_engine(choice, self.settings, progress)
        except QwenError as error:
            self._failures[choice.name] = str(error)
        except Exception as error:  # noqa: BLE001  (torch and transformers raise anything; one model's fault is told)
            self._failures[choice.name] = f"loading `{choice.name}` failed: {type(error).__name__}: {error}"
        raise ModelError(self._failures[choice.name])

    def unload(self) -> None:
        """Let go of the model that is held."""
        if self._engine is not None:
            self._engine[1].close()
            self._engine = None

    def rerun_command(self, bound: BoundCase) -> str:
        """Return the command that runs this case alone, on this model, with the options of this run."""
        options = "".join(f" {shlex.quote(option)}" for option in typed_options(self.config))
        return f'pytest "{self.shown(bound.case.place.file)}::{bound.test_id}"{options}'

    def shown(self, path: Path) -> str:
        """Return a path as pytest shows it: below the root folder, where it is."""
        root = self.config.rootpath
        return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()

    def is_twin(self, path: Path) -> bool:
        """Tell whether this case file was met before under another path, by a link."""
        return self._paths.setdefault(path.resolve(), path) != path

    def _register(self, tags: tuple[str, ...]) -> None:
        for tag in tags:
            if tag not in self._tags:
                self._tags.add(tag)
                self.config.addinivalue_line("markers", f"{tag}: a tag of Qwen3-VL cases")

    def _claim(self, path: Path, cases: list[Case]) -> None:
        from pytest_qwen3vl.cases.uniqueness import refuse_suite

        for case in cases:
            first = self._suites.setdefault(case.suite.casefold(), case)
            if first.place.file != path:
                refuse_suite(case, first)
            self.claims[case.suite.casefold(), case.id] = case.models


SESSION = pytest.StashKey[QwenSession]()


def _load_engine(choice: ModelChoice, settings: Settings, progress: Callable[[str], None]) -> Engine:
    progress("starting torch and transformers")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what these libraries warn of while they are imported is not the user's doing
        from pytest_qwen3vl.engine.start import start_engine

        return start_engine(choice, settings, progress)


def _is_really_below(path: Path, root: Path) -> bool:
    return path.resolve().is_relative_to(root.resolve())
