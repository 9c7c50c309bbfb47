"""Which YAML files are case files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_qwen3vl.cases.recognise import is_case_file, may_hold_cases


@pytest.mark.parametrize(
    "text",
    [
        "cases:\n  - id: a\n",
        "cases:\n- id: a\n",
        "task: vqa\r\ncases:\r\n\r\n  # comment\r\n  - id: a\r\n",
        "cases: [{id: a}]\n",
        "cases: [",
        "cases: *shared\n",
        "cases:\n",
        "cases:",
        "cases:  # none yet\ntask: vqa\n",
        '"cases":\n  - id: a\n',
        "\ufeffcases:\n  - id: a\n",
        "cases:\n  - id: [broken\n",
        "cases :\n  - id: a\n",
    ],
)
def test_a_top_level_key_with_a_list_or_nothing_makes_a_case_file(text: str) -> None:
    assert may_hold_cases(text.encode())


@pytest.mark.parametrize(
    "text",
    ["", "cases: 3\n", "cases: many\n", "cases:\n  first: 1\n", "suite:\n  cases:\n    - a\n", "testcases:\n  - a\n",
     "# cases:\n", "cases:x\n"],
)  # fmt: skip
def test_other_yaml_is_no_case_file(text: str) -> None:
    assert not may_hold_cases(text.encode())


def test_only_yaml_files_are_looked_at(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yml", "c.txt"):
        (tmp_path / name).write_text("cases: []")
    (tmp_path / "folder.yaml").mkdir()
    assert [path.name for path in sorted(tmp_path.iterdir()) if is_case_file(path)] == ["a.yaml", "b.yml"]
