"""The embedded model, loaded once for the tests of the engine."""

from __future__ import annotations

import pytest

from pytest_qwen3vl.settings import ModelChoice, Settings


@pytest.fixture(scope="session")
def engine():
    from pytest_qwen3vl.engine.start import start_engine

    return start_engine(ModelChoice("tiny"), Settings(), lambda line: None)


@pytest.fixture(scope="session")
def shipped(request):
    """Return every shipped case that is for tiny."""
    from pytest_qwen3vl.cases.load import load_cases
    from pytest_qwen3vl.cases.overrides import for_model
    from pytest_qwen3vl.judging.checks.registry import builtin_checks

    files = sorted((request.config.rootpath / "cases").glob("*/*.yaml"))
    cases = (for_model(case, "tiny") for file in files for case in load_cases(file, builtin_checks()))
    return [case for case in cases if case is not None]
