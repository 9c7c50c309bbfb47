"""The plugin on the embedded model: the shipped cases, and numbers that depend on the case alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

REVERSE = "def pytest_collection_modifyitems(items):\n    items.reverse()\n"


@pytest.fixture
def copy(pytester, request):
    """Return a project with a copy of the shipped cases, without their goldens."""
    pytester.makeini("[pytest]\n")
    ignore = shutil.ignore_patterns("golden", "*.py", "__pycache__")
    shutil.copytree(request.config.rootpath / "cases", pytester.path / "cases", ignore=ignore)
    return pytester


def numbers(pytester):
    """Return case to the logprobs of its new golden, and forget the golden."""
    root = pytester.path / "cases" / "golden"
    found = {}
    for path in root.rglob("*.json"):
        turns = json.loads(path.read_text())["turns"]
        found[path.relative_to(root).as_posix()] = [turn["tokens"] for turn in turns]
    shutil.rmtree(root)
    return found


def test_numbers_are_bit_equal_alone_last_selected_and_spread_over_workers(copy):
    def record(*arguments):
        result = copy.runpytest(
            "-q", "-p", "no:cacheprovider", "--qwen-record=run.jsonl", "--qwen-golden=add", *arguments
        )
        assert result.ret == 0
        return numbers(copy)

    every = record()
    assert len(every) >= 24
    (copy.path / "conftest.py").write_text(REVERSE)
    assert record() == every
    (copy.path / "conftest.py").unlink()
    assert record("-n", "2") == every
    for name in list(every)[:: len(every) // 3]:
        case = name.split("/")[-1].removesuffix(".json")
        alone = record("-k", f"{case}[tiny]")
        assert alone == {key: value for key, value in every.items() if key in alone}
        assert name in alone


def test_the_shipped_cases_are_verified_without_decoding_a_token(request, tmp_path):
    record = tmp_path / "run.jsonl"
    command = [sys.executable, "-m", "pytest", "-q", f"--qwen-record={record}", "--qwen-golden=require"]
    done = subprocess.run(
        command, cwd=request.config.rootpath, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    cases = [line for line in lines if line["kind"] == "case"]
    assert len(cases) >= 24
    assert {case["task"] for case in cases} == {"caption", "vqa", "document", "grounding"}
    assert {case["golden"] for case in cases} == {"good"}
    assert sum(case["generated_tokens"] for case in cases) == 0
    assert lines[1]["kind"] == "engine"
    assert lines[1]["decoding"] == "greedy"


def test_a_wrong_model_turns_the_shipped_cases_red(copy, request):
    shutil.copytree(request.config.rootpath / "cases" / "golden", copy.path / "cases" / "golden")
    shutil.copytree(request.config.rootpath / "pytest_qwen3vl" / "tiny" / "checkpoint", copy.path / "broken")
    config = json.loads((copy.path / "broken" / "config.json").read_text())
    rope = config["text_config"].get("rope_parameters") or config["text_config"]["rope_scaling"]
    rope["rope_theta"] = rope.get("rope_theta", 10_000) * 2
    config["text_config"]["rope_theta"] = rope["rope_theta"]
    (copy.path / "broken" / "config.json").write_text(json.dumps(config))
    result = copy.runpytest("-q", "--qwen-model=tiny=./broken", "cases/vqa")
    assert result.parseoutcomes().get("passed", 0) == 0
    assert result.parseoutcomes()["failed"] > 0
    result.stdout.fnmatch_lines(["*regression at stage logits*"])


def test_ctrl_c_in_the_middle_leaves_a_valid_record(copy):
    conftest = "def pytest_runtest_logfinish(nodeid, location, state=[]):\n    state.append(1)\n"
    (copy.path / "conftest.py").write_text(conftest + "    if len(state) == 3: raise KeyboardInterrupt\n")
    result = copy.runpytest_subprocess("-q", "--qwen-record=run.jsonl")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    lines = [json.loads(line) for line in (copy.path / "run.jsonl").read_text().splitlines()]
    assert sum(line["kind"] == "case" for line in lines) == 3
    assert lines[-1] == {**lines[-1], "kind": "end", "interrupted": True}


def test_random_weights_run_every_case_and_are_held_against_nothing(copy):
    result = copy.runpytest("--qwen-weights=random", "--qwen-record=run.jsonl", "cases/vqa")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*random weights: answers mean nothing*"])
    cases = [json.loads(line) for line in (copy.path / "run.jsonl").read_text().splitlines()]
    assert {case["golden"] for case in cases if case["kind"] == "case"} == {"off"}
