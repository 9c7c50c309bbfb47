"""What loading cases must not import."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "transformers", "PIL", "numpy", "scipy", "pytest", "jinja2")


def run(code: str, *, shadows: Path, shadowed: tuple[str, ...]) -> None:
    """Run `code` where importing a shadowed module fails."""
    for name in shadowed:
        (shadows / f"{name}.py").write_text(f"raise RuntimeError('`{name}` was imported')")
    path = f"{shadows}{os.pathsep}{ROOT}"
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, check=True)


def test_loading_cases_imports_nothing_heavy(tmp_path: Path) -> None:
    checks = "{exact: x}, {boxes: [{bbox: [1, 2, 3, 4]}]}, {not: {numeric: 1}}"
    file = tmp_path / "cases.yaml"
    file.write_text(f"task: vqa\ncases: [{{id: a, ask: q, expect: [{checks}]}}]")
    code = f"""
from pathlib import Path
from pytest_qwen3vl.cases.load import load_cases
from pytest_qwen3vl.judging.checks.registry import builtin_checks
assert len(load_cases(Path({str(file)!r}), builtin_checks())[0].turns[0].expect) == 3
"""
    run(code, shadows=tmp_path, shadowed=HEAVY)


def test_recognising_a_case_file_and_its_data_types_need_neither_yaml_nor_pydantic(tmp_path: Path) -> None:
    code = """
from pathlib import Path
import pytest_qwen3vl.cases.case, pytest_qwen3vl.cases.overrides, pytest_qwen3vl.cases.uniqueness
import pytest_qwen3vl.cli.schema, pytest_qwen3vl.judging.checks.registry
from pytest_qwen3vl.cases.recognise import is_case_file
is_case_file(Path("none.yaml"))
"""
    run(code, shadows=tmp_path, shadowed=(*HEAVY, "yaml", "pydantic", "pydantic_core"))
