"""The run's state in one process: settings, checks, case folders, engines.

One object a pytest config, reached by `config.stash[SESSION]`. Everything in it is made when first needed, so an
installed plugin costs a project without cases nothing.
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_qwen3vl.errors import ModelError, QwenError
from pytest_qwen3vl.plugin.bound import BoundCase
from pytest_qwen3vl.plugin.options import read_option, read_settings
from pytest_qwen3vl.settings import ModelChoice, Settings

if TYPE_CHECKING:
    from pytest_qwen3vl.cases.case import Case
    from pytest_qwen3vl.engine.engine import Engine


@dataclass(slots=True)
class _Failure:
    """Remember why a model could not be loaded, so that it is tried, and told at length, once."""

    name: str
    text: str
    was_told: bool = False

    def told(self) -> ModelError:
        """Return the error: in full the first time, then in a line."""
        if not self.was_told:
            self.was_told = True
            return ModelError(self.text)
        return ModelError(f"`{self.name}` could not be loaded: see the first case that wanted it")


@dataclass(frozen=True, slots=True)
class Suite:
    """Hold a suite of the run, as collected, before any deselection."""

    file: Path
    golden_root: Path
    first: Case
    ids: set[str]


class QwenSession:
    """Hold what a run of cases shares within one process."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.suites: dict[str, Suite] = {}
        self._engine: tuple[ModelChoice, Engine] | None = None
        self._failures: dict[str, _Failure] = {}

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
        return tuple((self.config.rootpath / text).resolve() for text in self.config.getini("qwen_cases"))

    def case_root(self, path: Path) -> Path | None:
        """Return the case folder that holds this file, or None."""
        return next((root for root in self.case_roots if path.is_relative_to(root)), None)

    def load(self, path: Path) -> list[Case]:
        """Return the cases of a file as the project's hooks leave them.

        Raises `CaseError` for what is wrong in the file, a suite that another file has too included.
        """
        from pytest_qwen3vl.cases.load import load_cases

        cases = list(load_cases(path, self.checks))
        self._claim_suites(path, cases)
        self.config.hook.pytest_qwen_modify_cases(config=self.config, cases=cases)
        return cases

    def bind(self, case: Case, root: Path) -> list[BoundCase]:
        """Return the case once for each model of the run that it is for."""
        from pytest_qwen3vl.cases.overrides import for_model

        bound = ((choice, for_model(case, choice.name)) for choice in self.settings.models)
        return [BoundCase(mine, choice, root / "golden") for choice, mine in bound if mine is not None]

    def preload(self, choice: ModelChoice, progress: Callable[[str], None]) -> None:
        """Load the model before its first test begins; what goes wrong is raised when the test asks for it."""
        if choice.name not in self._failures:
            with contextlib.suppress(QwenError):
                self.engine(choice, progress)

    def engine(self, choice: ModelChoice, progress: Callable[[str], None]) -> Engine:
        """Return the model's engine, loaded when first asked for; one model is held at a time.

        Raises `ModelError`: in full the first time a test asks, then in a line.
        """
        if self._engine and self._engine[0] == choice:
            return self._engine[1]
        if choice.name in self._failures:
            raise self._failures[choice.name].told()
        self.unload()
        try:
            engine: Engine | None = self.config.hook.pytest_qwen_make_engine(choice=choice, settings=self.settings)
            engine = engine or _load_engine(choice, self.settings, progress)
        except QwenError as error:
            self._failures[choice.name] = _Failure(choice.name, str(error))
            raise
        except Exception as error:
            text = f"loading `{choice.name}` failed: {type(error).__name__}: {error}"
            self._failures[choice.name] = _Failure(choice.name, text)
            raise ModelError(text) from error
        self._engine = (choice, engine)
        return engine

    def shown(self, path: Path) -> str:
        """Return a path as pytest shows it: below the root folder, where it is."""
        root = self.config.rootpath
        return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()

    def rerun_command(self, bound: BoundCase) -> str:
        """Return the command that runs this case alone, on this model."""
        model = read_option(self.config, "qwen_model")
        option = "" if model == "tiny" else f" --qwen-model={shlex.quote(model)}"
        return f'pytest "{self.shown(bound.case.place.file)}::{bound.test_id}"{option}'

    def unload(self) -> None:
        """Let go of the model that is held."""
        if self._engine is None:
            return
        self._engine = None
        import gc

        gc.collect()

    def _claim_suites(self, path: Path, cases: list[Case]) -> None:
        from pytest_qwen3vl.cases.uniqueness import check_unique

        root = self.case_root(path) or path.parent
        for case in cases:
            first = self.suites.setdefault(case.suite.casefold(), Suite(path, root / "golden", case, set()))
            if first.file != path:
                check_unique({first.file: [first.first], path: [case]})
            first.ids.add(case.id)


SESSION = pytest.StashKey[QwenSession]()


def _load_engine(choice: ModelChoice, settings: Settings, progress: Callable[[str], None]) -> Engine:
    progress("starting torch and transformers")
    from pytest_qwen3vl.engine.start import start_engine

    return start_engine(choice, settings, progress)
