"""What the README says is so: its options, its checks, its cases, its tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_qwen3vl.cases.catalog import catalog
from pytest_qwen3vl.cases.load import load_cases
from pytest_qwen3vl.judging.checks.registry import builtin_checks
from pytest_qwen3vl.plugin.options import INI_ONLY, OPTIONS

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_every_option_stands_in_the_table_with_its_choices():
    for option in OPTIONS:
        row = next((line for line in README.splitlines() if line.startswith(f"| `{option.flag}`")), None)
        assert row is not None, option.flag
        assert all(f"`{choice}`" in row for choice in option.choices or ()), row


def test_no_option_is_named_that_does_not_exist():
    named = set(re.findall(r"--qwen-[a-z-]+", README))
    assert named <= {option.flag for option in OPTIONS}


def test_every_ini_value_is_named():
    assert all(f"`{name}`" in README for name, _, _ in INI_ONLY)


def test_every_check_is_named():
    table = README.split("### Checks")[1].split("Always on")[0]
    assert all(re.search(rf"`{name}\b", table) for name in builtin_checks())


def test_every_model_is_in_the_table_with_its_memory():
    for entry in catalog().values():
        if not entry.is_thinking:
            row = next((line for line in README.splitlines() if line.startswith(f"| `{entry.name}`")), None)
            assert row is not None, entry.name
            if entry.vram_bytes:
                assert f"{entry.vram_bytes / 10**9:.0f} GB" in row, row


def test_the_case_file_of_the_readme_loads(tmp_path):
    block = next(block for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) if "suite: receipts" in block)
    (tmp_path / "images").mkdir()
    for image in set(re.findall(r"images/[a-z-]+\.png", block)):
        (tmp_path / image).write_bytes(b"")
    (tmp_path / "receipts.yaml").write_text(block)
    cases = load_cases(tmp_path / "receipts.yaml", builtin_checks())
    assert [case.full_id for case in cases] == ["receipts/corner-shop-total", "receipts/which-dog"]


@pytest.mark.parametrize("command", ["-e . && pytest", "tox && tox"])
def test_the_front_door_has_its_two_commands(command):
    assert f"python -m pip install -c constraints.txt {command}" in README


def test_nothing_is_left_to_fill_in():
    assert "@@" not in README
