"""An installed plugin costs a project that does not use it nothing, and help and collection are light."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "transformers", "PIL", "numpy", "scipy", "jinja2", "prometheus_client", "pynvml", "ray")


EVERYTHING = """
task: grounding
cases:
  - id: a
    images: [a.png]
    ask: Where?
    expect:
      - boxes: [{label: cat, bbox: [0, 0, 500, 500]}]
      - not: {any: [{regex: "^$"}, {exact: ""}, {choice: {answer: A, of: [A, B]}}]}
      - at_least: {count: 1, of: [{numeric: 1}, {contains: b}, {none_of: [c]}, {length: {max_words: 9}}]}
    per_model: {8B: {cost: {vram_gib: 18}}}
"""


@pytest.fixture
def shadowed(pytester, monkeypatch):
    """Put modules before the heavy ones that end the process when they are imported."""
    shadows = pytester.mkdir("shadows")
    for name in HEAVY:
        (shadows / f"{name}.py").write_text(f"import os\nos.write(2, b'imported {name}')\nos._exit(97)\n")
    monkeypatch.setenv("PYTHONPATH", str(shadows))
    return pytester


def run(pytester, *arguments):
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=pytester.path, capture_output=True, text=True, check=False, timeout=120)


def test_a_shadowed_module_is_noticed(shadowed):
    shadowed.makepyfile("import torch")
    assert run(shadowed).returncode == 97


def test_help_imports_nothing_heavy(shadowed):
    done = run(shadowed, "--help")
    assert done.returncode == 0, done.stderr
    assert "--qwen-model" in done.stdout


def test_collection_imports_nothing_heavy(shadowed):
    cases = shadowed.mkdir("cases")
    (cases / "a.png").write_bytes(b"")
    (cases / "a.yaml").write_text(EVERYTHING)
    shadowed.makepyfile("import pytest\n@pytest.mark.qwen_cases('a.yaml')\ndef test_it(qwen, qwen_case): pass")
    done = run(shadowed, "--collect-only", "-q", "--qwen-model=tiny,8B")
    assert done.returncode == 0, done.stderr
    assert "cases/a.yaml::a[8B]" in done.stdout
    assert "::test_it[a/a-tiny]" in done.stdout


def test_a_refused_model_imports_nothing_heavy(shadowed):
    shadowed.mkdir("cases").joinpath("a.yaml").write_text("task: vqa\ncases: [{id: a, ask: b}]\n")
    assert run(shadowed, "--qwen-model=9B").returncode == pytest.ExitCode.USAGE_ERROR


def test_a_project_without_cases_sees_nothing(pytester):
    pytester.makepyfile("def test_it(): pass")
    (pytester.path / "cases").mkdir()
    (pytester.path / "cases" / "deploy.yaml").write_text("stages: [build]\n")
    (pytester.path / "cases" / "jobs.yaml").write_text("cases: many\n")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")  # alone: pytester's own warnings stay out
    result.assert_outcomes(passed=1)
    assert "qwen" not in "\n".join(result.outlines).replace("qwen3vl-", "")
    assert not list(pytester.path.rglob("*.jsonl"))


def test_a_project_without_cases_keeps_its_random_numbers(pytester):
    pytester.makepyfile(
        "import random\nrandom.seed(3)\nstate = random.getstate()\ndef test_it(): assert random.getstate() == state"
    )
    pytester.runpytest().assert_outcomes(passed=1)


def test_yaml_outside_the_case_folders_is_left_alone(pytester):
    (pytester.path / "other").mkdir()
    (pytester.path / "other" / "a.yaml").write_text("task: vqa\ncases: [{id: a, ask: b}]\n")
    assert pytester.runpytest().ret == pytest.ExitCode.NO_TESTS_COLLECTED
