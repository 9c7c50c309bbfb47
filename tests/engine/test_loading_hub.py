"""Hub ids are looked up in the cache when the hub may not be asked, and a local folder never asks it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.checkpoints import edit_config

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PROGRAM = """if True:
    import sys

    def refuse(event, arguments):
        if event in ("socket.connect", "socket.getaddrinfo"):
            print("network:", event, arguments)
            raise RuntimeError("no network here")

    sys.addaudithook(refuse)
    from pytest_qwen3vl.engine.loading import load_model
    from pytest_qwen3vl.errors import CheckpointError
    from pytest_qwen3vl.settings import ModelChoice, Settings

    for source in sys.argv[1:]:
        try:
            loaded = load_model(ModelChoice("mine", source), Settings(), lambda line: None)
            print("loaded", loaded.source, loaded.revision)
        except CheckpointError as error:
            print("refused", error)
"""


def run(home: Path, *sources: str, **environment: str) -> list[str]:
    """Return one line a source, of a process of its own: the hub's settings are read when it is imported."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *sources],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HF_HOME": str(home), **environment},
    )
    return done.stdout.splitlines()


def put_in_cache(folder: Path, home: Path, name: str) -> Path:
    """Lay a checkpoint out as the hub's cache does: files in `blobs`, links to them below the commit."""
    repository = home / "hub" / f"models--someone--{name}"
    snapshot, blobs = repository / "snapshots" / COMMIT, repository / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    for path in folder.iterdir():
        shutil.copy(path, blobs / path.name)
        (snapshot / path.name).symlink_to(Path("..", "..", "blobs", path.name))
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    return snapshot


@pytest.fixture(scope="module")
def offline(dense: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what loading says of each hub id while the hub may not be asked."""
    home = tmp_path_factory.mktemp("home")
    put_in_cache(dense, home, "whole")
    min(put_in_cache(dense, home, "lacking").glob("*.safetensors")).unlink()
    edit_config(put_in_cache(dense, home, "quantised"), quantization_config={"quant_method": "fp8"})
    names = ("absent", "whole", "lacking", "quantised")
    said = run(home, *(f"someone/{name}" for name in names), HF_HUB_OFFLINE="1")
    return dict(zip(names, said, strict=True))


def test_a_local_folder_is_loaded_without_the_network(dense: Path, tmp_path: Path):
    assert run(tmp_path, str(dense)) == [f"loaded {dense} None"]


def test_offline_a_hub_id_outside_the_cache_is_refused_with_the_remedy(offline: dict[str, str]):
    said = offline["absent"]
    assert said.startswith("refused `someone/absent` (revision `main`) is not whole in the cache")
    assert "HF_HUB_OFFLINE forbids asking the hub; fetch it where there is a network: hf download someone/abs" in said


def test_offline_a_hub_id_in_the_cache_loads_and_tells_its_commit(offline: dict[str, str]):
    assert offline["whole"] == f"loaded someone/whole {COMMIT}"


def test_offline_a_cache_that_lacks_a_shard_is_refused_with_its_name(offline: dict[str, str]):
    assert "files its index names: `model-00001-of-" in offline["lacking"]


def test_offline_a_quantised_hub_model_is_refused(offline: dict[str, str]):
    assert "is quantised (fp8)" in offline["quantised"]
