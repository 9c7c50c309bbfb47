"""A run goes on where it was killed."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from pytest_qwen3vl.tiny.plan import Plan
from pytest_qwen3vl.tiny.run import STATE_FILE, Run
from pytest_qwen3vl.tiny.train import main, open_run, train

PLAN = Plan(seed=3, steps=5, rows=2, budget=80, warmup=2)


class Killed(BaseException):
    """Stand for the end of the process between two saves."""


def _nothing(run: Run) -> None:
    """Export nowhere."""


def _run(folder: Path, *, kill_at: int | None = None) -> Run:
    def tell(step: int, seconds: float, losses: tuple[float, float]) -> None:
        if step == kill_at:
            raise Killed

    return train(PLAN, folder, save=_nothing, every=0.0, tell=tell)


def _saved_step(folder: Path) -> int:
    return int(torch.load(folder / STATE_FILE, weights_only=True)["step"])


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    whole = _run(tmp_path / "whole")
    with pytest.raises(Killed):
        _run(tmp_path / "parts", kill_at=3)
    kept = torch.load(tmp_path / "parts" / STATE_FILE, weights_only=True)
    resumed = _run(tmp_path / "parts")
    assert kept["step"] == 2
    assert resumed.step == whole.step == 5
    for name in ("model", "average"):
        pairs = zip(getattr(whole, name).parameters(), getattr(resumed, name).parameters(), strict=True)
        assert all(torch.equal(one, two) for one, two in pairs)


def test_a_run_learns(tmp_path: Path) -> None:
    losses: list[float] = []
    plan = Plan(seed=0, steps=12, rows=4, budget=80, warmup=2)
    train(plan, tmp_path, save=_nothing, every=60.0, tell=lambda *told: losses.append(told[2][0]))
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.slow
def test_the_program_goes_on_after_sigkill(tmp_path: Path) -> None:
    command = [sys.executable, "-u", "-m", "pytest_qwen3vl.tiny.train", "--output", str(tmp_path / "tiny")]
    command += ["--steps", "30", "--rows", "2", "--save-minutes", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline().startswith("step 20 ")
        while _saved_step(tmp_path / "tiny-run") < 21:
            time.sleep(0.05)
        first.send_signal(signal.SIGKILL)
    assert 21 <= _saved_step(tmp_path / "tiny-run") < 30
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "step 20 " not in done.stdout
    assert _saved_step(tmp_path / "tiny-run") == 30
    assert (tmp_path / "tiny" / "model.safetensors").exists()


def test_a_run_does_not_go_on_with_another_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    open_run(Plan(seed=3, steps=5, rows=2), tmp_path / "tiny-run", "cpu")
    with pytest.raises(SystemExit):
        main(["--output", str(tmp_path / "tiny"), "--steps", "9", "--rows", "2", "--seed", "4"])
    assert "--no-resume" in capsys.readouterr().err


def test_a_run_may_end_later_than_planned() -> None:
    assert Plan(steps=9).goes_on(Plan(minutes=3.0))
    assert not Plan(steps=9, seed=1).goes_on(Plan(steps=9))
