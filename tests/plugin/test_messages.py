"""What a user gets to read when something is wrong, or stops half way."""

from __future__ import annotations

import json

import pytest


def test_a_broken_case_file_names_file_line_and_column(project):
    project.cases("vqa/colors.yaml", "cases:\n  - id: sky\n    ask: What?\n    expcet: [{contains: blue}]\n")
    result = project.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["cases/vqa/colors.yaml:4:5: *`expcet`*`expect`*"])


def test_a_missing_image_names_the_place_and_the_path(project):
    project.cases("vqa/colors.yaml", "cases:\n  - id: sky\n    images: [images/none.png]\n    ask: What?\n")
    result = project.run()
    result.stdout.fnmatch_lines(["cases/vqa/colors.yaml:3:*images/none.png*"])


def test_two_files_of_one_suite_name_both(project):
    project.cases("caption/colors.yaml", "task: caption\ncases: [{id: sea, ask: What?}]\n")
    result = project.run()
    result.stdout.fnmatch_lines(["*suite `colors` is already that of *caption/colors.yaml*"])


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--qwen-model=9B", "*--qwen-model*`9B`*did you mean `8B`*"),
        ("--qwen-model=./nowhere", "*nowhere*"),
        ("--qwen-model=tiny,tiny", "*tiny*"),
        ("--qwen-seed=x", "*--qwen-seed*`x` is not an integer*"),
        ("--qwen-golden=maybe", "*--qwen-golden*maybe*"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_runs(project, option, message):
    result = project.run(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("qwen_golden = maybe", "*--qwen-golden (ini: qwen_golden): `maybe` is none of check*"),
        ("qwen_threads = 0", "*`qwen_threads`: 0 threads*"),
        ("qwen_device_memory = 5", "*qwen_device_memory: `5` is not DEVICE=SIZE*"),
        ("qwen_allow_quantized = perhaps", "*`qwen_allow_quantized`: `perhaps` is neither true nor false*"),
    ],
)
def test_a_wrong_ini_value_is_refused_by_name(project, line, message):
    project.pytester.makeini(f"[pytest]\nqwen_model = tiny\n{line}\n")
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


def test_an_option_has_its_ini_twin(project):
    project.pytester.makeini("[pytest]\nqwen_golden = add\nqwen_seed = 7\n")
    project.run()
    assert len(project.goldens()) == 2
    assert project.record()[0]["settings"]["seed"] == 7


def test_a_damaged_golden_is_an_error_with_its_path_and_a_remedy(project):
    project.run("--qwen-golden=add")
    project.golden("colors/sky").write_text("{")
    result = project.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*sky.json*restore it from version control*"])


def test_the_summary_counts_by_task_and_model(project, workers):
    project.cases("caption/sea.yaml", "task: caption\ncases: [{id: sea, ask: Sea?, expect: [{contains: waves}]}]\n")
    result = project.run(*workers)
    result.stdout.re_match_lines(
        [
            r"task +model +cases +passed +failed +errors +stale +without golden +verified +generated +seconds",
            r"caption +tiny +1 +0 +1 +0 +0 +1 +0 tok +2 tok",
            r"vqa +tiny +2 +2 +0 +0 +0 +2 +0 tok +8 tok",
            r"all +3 +2 +1 +0",
        ]
    )


def test_the_record_holds_the_run_each_case_and_the_end(project, workers):
    project.run(*workers, "--qwen-record=out/run.jsonl")
    lines = [json.loads(line) for line in (project.pytester.path / "out" / "run.jsonl").read_text().splitlines()]
    assert lines[0]["kind"] == "run"
    assert lines[0]["schema"] == 1
    assert lines[0]["environment"]["torch"]
    assert lines[-1]["kind"] == "end"
    cases = {line["id"]: line for line in lines if line["kind"] == "case"}
    assert set(cases) == {"colors/sky", "colors/grass"}
    sky = cases["colors/sky"]
    expected = {
        "model": "tiny",
        "dtype": "float32",
        "task": "vqa",
        "tags": [],
        "priority": "core",
        "file": "cases/vqa/colors.yaml",
        "line": 3,
        "outcome": "passed",
        "reasons": [],
        "golden": "missing",
        "divergence": None,
        "text": "It is blue",
        "golden_text": None,
        "verified_tokens": 0,
        "generated_tokens": 4,
        "device": "cpu",
    }
    assert {key: sky[key] for key in expected} == expected
    assert sky["turns"][0]["checks"][-1]["name"] == "contains"
    assert sky["worker"] == ("main" if "2" not in workers else sky["worker"])


def test_a_regression_stands_in_the_record_with_its_divergence(project):
    project.run("--qwen-golden=add")
    project.answers["drift"] = 0.25
    project.run()
    case = next(line for line in project.record() if line["kind"] == "case")
    assert case["golden"] == "departed"
    assert case["outcome"] == "failed"
    assert case["divergence"]["stage"] == "logits"
    assert case["divergence"]["drift"] == pytest.approx(0.25)
    assert case["golden_text"] == "It is blue"


def test_an_interrupted_run_keeps_what_had_finished(project):
    project.cases(
        "vqa/colors.yaml",
        "cases: [{id: sky, ask: What colour is the sky?, expect: [contains: blue]}, {id: stop, ask: Interrupt.}]\n",
    )
    result = project.run_apart()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    lines = project.record()
    assert [line["id"] for line in lines if line["kind"] == "case"] == ["colors/sky"]
    assert lines[-1]["kind"] == "end"
    assert lines[-1]["interrupted"]


def test_junit_is_not_filled_with_records(project):
    project.run("--junitxml=out.xml")
    assert "qwen_record" not in (project.pytester.path / "out.xml").read_text()


def test_a_hostile_answer_is_shown_harmless(project):
    project.answers["What colour is grass?"] = "\x1b[2J\x07red"
    result = project.run()
    assert "\x1b[2J" not in result.stdout.str()
    assert "\x07" not in result.stdout.str()


def test_a_record_that_is_a_folder_is_refused_before_anything_runs(project):
    result = project.run("--qwen-record=.", "--qwen-model=tiny")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--qwen-record: *is a folder*"])


def test_a_run_without_a_cache_says_that_it_has_no_record(project):
    result = project.run("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["record: none*--qwen-record=FILE*"])


def test_a_departure_that_fails_its_check_is_not_offered_for_acceptance(project):
    project.run("--qwen-golden=add")
    project.answers["What colour is the sky?"] = "red"
    result = project.run()
    result.stdout.fnmatch_lines(["regression at stage logits*", "check `contains`*"])
    assert "to accept" not in result.stdout.str()
