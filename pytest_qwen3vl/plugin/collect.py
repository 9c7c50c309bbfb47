"""YAML case files to ordinary tests: a file is a `CaseFile`, a case with a model is a `CaseItem`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_qwen3vl.errors import CaseError, QwenError
from pytest_qwen3vl.plugin.bound import BoundCase
from pytest_qwen3vl.plugin.session import SESSION, QwenSession
from pytest_qwen3vl.settings import ModelChoice

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr

    from pytest_qwen3vl.plugin.qwen import Qwen


def collect_file(session: QwenSession, path: Path, parent: pytest.Collector) -> CaseFile | None:
    """Return a collector for a case file, None for any other file."""
    if path.suffix not in (".yaml", ".yml"):
        return None
    from pytest_qwen3vl.cases.recognise import is_case_file

    if session.case_root(path) is None:
        if parent.config.args_source.name == "ARGS" and is_case_file(path):
            session.outside.append(path)
        return None
    if not is_case_file(path) or session.is_twin(path):
        return None
    file: CaseFile = CaseFile.from_parent(parent, path=path)
    return file


class CaseFile(pytest.File):
    """Collect the cases of one YAML file."""

    def collect(self) -> Iterator[CaseItem]:
        """Yield a test for each case and model; `CollectError` with places for what is wrong in the file."""
        session = self.config.stash[SESSION]
        root = session.case_root(self.path) or self.path.parent
        try:
            cases = session.load(self.path)
            bound = [bound for case in cases for bound in session.bind(case, root)]
        except CaseError as error:
            raise self.CollectError(_shorten_paths(str(error), self.config)) from None
        except pytest.UsageError as error:
            raise self.CollectError(str(error)) from None
        yield from (CaseItem.make(self, each) for each in bound)


class CaseItem(pytest.Function):
    """Run one case on one model; fixtures, marks, -k and xdist see an ordinary test function."""

    bound: BoundCase

    @classmethod
    def make(cls, parent: CaseFile, bound: BoundCase) -> CaseItem:
        """Return the test, with the marks of its case."""
        item: CaseItem = cls.from_parent(parent, name=bound.test_id, callobj=check_case)
        item.bound = bound
        if hasattr(item, "id"):  # pytest 9.2 parses node ids: ours must equal the parsed one, for --lf and --ff
            item._id = type(item.id).parse(item.nodeid)
        for mark in bound.marks():
            item.add_marker(mark)
        return item

    def reportinfo(self) -> tuple[Path, int, str]:
        """Point at the case's line in its file."""
        return self.path, self.bound.case.place.line - 1, self.name

    def repr_failure(  # type: ignore[override]  # as pytest.Function's own, which takes no style
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> str | TerminalRepr:
        """Show what was found without our own traceback; keep the traceback of what was not foreseen."""
        return str(excinfo.value) if isinstance(excinfo.value, QwenError) else super().repr_failure(excinfo)


def check_case(qwen: Qwen, qwen_case: BoundCase) -> None:
    """Hold the model's answers against the case's golden and checks."""
    qwen.check(qwen_case)


def _shorten_paths(text: str, config: pytest.Config) -> str:
    return text.replace(f"{config.rootpath}/", "")


def group_by_model(session: QwenSession, items: list[pytest.Item]) -> None:
    """Sort the tests of several models' cases by model, in place, other tests keeping their places."""
    if len(session.settings.models) == 1:
        return
    order = {choice: number for number, choice in enumerate(session.settings.models)}
    places = [place for place, item in enumerate(items) if bound_case(item)]
    cases = sorted((items[place] for place in places), key=lambda item: _rank(item, order))
    for place, item in zip(places, cases, strict=True):
        items[place] = item


def bound_case(item: pytest.Item) -> BoundCase | None:
    """Return the case that a test runs, None where it runs none."""
    if isinstance(item, CaseItem):
        return item.bound
    callspec = getattr(item, "callspec", None)
    bound = callspec.params.get("qwen_case") if callspec else None
    return bound if isinstance(bound, BoundCase) else None


def _rank(item: pytest.Item, order: Mapping[ModelChoice, int]) -> int:
    bound = bound_case(item)
    return order[bound.choice] if bound else 0
