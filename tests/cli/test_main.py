"""The command line's exit codes."""

from __future__ import annotations

import pytest

from pytest_qwen3vl.cli import main as cli
from pytest_qwen3vl.cli import schema


def test_a_good_command_exits_with_0(capsys):
    assert cli.main(["schema"]) == 0
    assert '"$schema"' in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["schemas"], ["schema", "--no-such-option"]])
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: pytest-qwen3vl" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_exits_with_2_and_names_it(tmp_path, capsys):
    assert cli.main(["schema", "--output", str(tmp_path / "none" / "schema.json")]) == 2
    err = capsys.readouterr().err
    assert "schema.json" in err
    assert "Traceback" not in err


def test_what_nobody_foresaw_exits_with_3(monkeypatch, capsys):
    monkeypatch.setattr(schema, "run", lambda arguments: 1 // 0)  # noqa: ARG005
    assert cli.main(["schema"]) == 3
    assert "ZeroDivisionError" in capsys.readouterr().err
