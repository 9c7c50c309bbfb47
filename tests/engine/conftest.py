"""Checkpoints made once, and a copy of them to break."""

import shutil
from pathlib import Path

import pytest
from transformers import PreTrainedModel

from pytest_qwen3vl.cases.case import Case
from pytest_qwen3vl.cases.load import load_cases
from pytest_qwen3vl.cases.overrides import for_model
from pytest_qwen3vl.engine.engine import TransformersEngine
from pytest_qwen3vl.engine.start import start_engine
from pytest_qwen3vl.judging.checks.registry import builtin_checks
from pytest_qwen3vl.settings import ModelChoice, Settings
from tests.engine.checkpoints import build_small, save_small


@pytest.fixture(scope="session")
def dense_model() -> PreTrainedModel:
    return build_small()


@pytest.fixture(scope="session")
def expert_model() -> PreTrainedModel:
    return build_small(experts=True, tied=False)


@pytest.fixture(scope="session")
def dense(dense_model: PreTrainedModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_small(dense_model, tmp_path_factory.mktemp("dense"))


@pytest.fixture(scope="session")
def experts(expert_model: PreTrainedModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_small(expert_model, tmp_path_factory.mktemp("experts"))


@pytest.fixture
def broken(dense: Path, tmp_path: Path) -> Path:
    """Return a copy of the dense checkpoint, for a test to break."""
    return Path(shutil.copytree(dense, tmp_path / "broken"))


@pytest.fixture
def broken_experts(experts: Path, tmp_path: Path) -> Path:
    """Return a copy of the checkpoint with experts, for a test to break."""
    return Path(shutil.copytree(experts, tmp_path / "broken-experts"))


@pytest.fixture(scope="session")
def engine() -> TransformersEngine:
    """Return the embedded model, loaded once."""
    return start_engine(ModelChoice("tiny"), Settings(), lambda _: None)


@pytest.fixture(scope="session")
def shipped(request: pytest.FixtureRequest) -> list[Case]:
    """Return every shipped case that is for tiny."""
    files = sorted((request.config.rootpath / "cases").glob("*/*.yaml"))
    cases = (for_model(case, "tiny") for file in files for case in load_cases(file, builtin_checks()))
    return [case for case in cases if case is not None]
