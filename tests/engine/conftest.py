"""Checkpoints made once, and a copy of them to break."""

import shutil
from pathlib import Path

import pytest
from transformers import PreTrainedModel

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
