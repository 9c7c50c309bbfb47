"""Several models in one run, models that cannot be had, and where cases are looked for."""

from __future__ import annotations

import json

import pytest

CHECKS_EACH = """
import pytest

@pytest.mark.qwen_cases("vqa/*.yaml")
def test_it(qwen, qwen_case):
    qwen.check(qwen_case)
"""


def log(project):
    return (project.pytester.path / "engine.log").read_text().splitlines()


def test_one_model_is_held_at_a_time(project):
    project.run("--qwen-model=tiny,2B,8B").assert_outcomes(passed=6)
    assert log(project) == ["load tiny", "close tiny", "load 2B", "close 2B", "load 8B", "close 8B"]


def test_python_tests_of_several_models_load_each_once(project):
    (project.pytester.path / "test_mine.py").write_text(CHECKS_EACH)
    project.run("test_mine.py", "--qwen-model=tiny,8B").assert_outcomes(passed=4)
    assert [line for line in log(project) if "load" in line] == ["load tiny", "load 8B"]


def test_a_model_is_not_loaded_where_no_test_asks_for_it(project):
    project.run("--setup-plan")
    (project.pytester.path / "test_mine.py").write_text(
        "import pytest\n@pytest.mark.qwen_cases('vqa/*.yaml')\ndef test_it(qwen_case):\n    pass\n"
    )
    project.run("test_mine.py").assert_outcomes(passed=2)
    assert not (project.pytester.path / "engine.log").exists()


def test_a_model_that_cannot_be_loaded_is_tried_once_and_every_case_says_why(project):
    with project.pytester.path.joinpath("conftest.py").open("a") as file:
        file.write(
            "\ndef pytest_qwen_make_engine(choice, settings):\n    log('try', choice.name)\n"
            "    raise MemoryError('no room')\n"
        )
    result = project.run()
    result.assert_outcomes(errors=2)
    assert log(project) == ["try tiny"]
    assert result.stdout.str().count("loading `tiny` failed: MemoryError: no room") >= 2


def test_new_weights_can_be_accepted(project):
    project.run("--qwen-golden=add")
    project.answers["What colour is the sky?"] = "Deep blue"
    project.run("--qwen-golden-weights=any", "--qwen-golden=update").assert_outcomes(passed=2)
    project.run().assert_outcomes(passed=2)


def test_a_damaged_golden_can_be_recorded_again(project):
    project.run("--qwen-golden=add")
    project.golden("colors/sky").write_text("{")
    project.run("--qwen-golden=update").assert_outcomes(passed=2)
    project.run("--qwen-golden=require").assert_outcomes(passed=2)


def test_the_golden_of_another_case_is_refused(project):
    project.run("--qwen-golden=add")
    project.golden("colors/sky").write_text(project.golden("colors/grass").read_text())
    result = project.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*sky.json` is that of `tiny/float32/colors/grass`*"])


def test_an_xfail_hides_no_stale_golden(project):
    text = "task: vqa\ncases:\n  - id: sky\n    ask: {ask}\n    expect: [{{contains: blue}}]\n"
    project.cases("vqa/colors.yaml", text.format(ask="What colour is the sky?"))
    project.run("--qwen-golden=add").assert_outcomes(passed=1)
    text += "    per_model: {{tiny: {{xfail: colour blind}}}}\n"
    project.cases("vqa/colors.yaml", text.format(ask="What colour is the sky now?"))
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*stale: the case changed*"])


def test_marks_of_a_case_reach_its_python_tests(project):
    project.cases(
        "vqa/colors.yaml",
        "cases:\n  - {id: sky, ask: Sky?, expect: [contains: blue], tags: [outdoors], per_model: {tiny: {xfail: a}}}\n",
    )
    (project.pytester.path / "test_mine.py").write_text(CHECKS_EACH)
    project.run("test_mine.py", "-m", "vqa and outdoors").assert_outcomes(xfailed=1)


def test_a_case_that_a_mark_changed_leaves_the_golden_alone(project):
    (project.pytester.path / "test_mine.py").write_text(
        "import pytest\n@pytest.mark.qwen_cases('vqa/*.yaml')\n@pytest.mark.qwen(max_new_tokens=8)\n"
        "def test_it(qwen, qwen_case):\n    qwen.check(qwen_case)\n"
    )
    project.run("--qwen-golden=add").assert_outcomes(passed=4)
    recorded = project.goldens()
    project.run("--qwen-golden=update", "test_mine.py").assert_outcomes(passed=2)
    assert project.goldens() == recorded
    project.run("cases", "test_mine.py").assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("marks", "signature", "message"),
    [
        ("@pytest.mark.qwen_cases('vqa/*.yaml')", "", "does not take the fixture `qwen_case`"),
        ("@pytest.mark.qwen_cases()", "qwen_case", "names no files"),
        ("@pytest.mark.qwen_cases('none/*.yaml')", "qwen_case", "matches no file below"),
        ("@pytest.mark.qwen_cases('vqa/*.yaml')\n@pytest.mark.qwen(max_new_tokens=0)", "qwen_case", "max_new_tokens=0"),
        ("@pytest.mark.qwen_cases('vqa/*.yaml')\n@pytest.mark.qwen(temperature=1)", "qwen_case", "temperature=1"),
    ],
)
def test_a_mark_that_cannot_be_meant_is_refused_without_a_traceback(project, marks, signature, message):
    (project.pytester.path / "test_mine.py").write_text(f"import pytest\n{marks}\ndef test_it({signature}): pass\n")
    result = project.run("test_mine.py")
    result.assert_outcomes(errors=1)
    assert message in result.stdout.str()
    assert "parametrize.py" not in result.stdout.str()


def test_a_case_that_crashes_its_worker_stands_in_record_and_summary(project):
    project.cases(
        "vqa/colors.yaml", "cases: [{id: sky, ask: Crash.}, {id: sea, ask: Sea?, expect: [contains: nothing]}]\n"
    )
    result = project.run("-n", "2", "--qwen-record=run.jsonl")
    assert result.ret == 1
    lines = [json.loads(line) for line in (project.pytester.path / "run.jsonl").read_text().splitlines()]
    outcomes = {line["id"]: line["outcome"] for line in lines if line["kind"] == "case"}
    assert outcomes == {"colors/sky": "error", "colors/sea": "passed"}


@pytest.mark.parametrize("option", ["--qwen-model=", "--qwen-model=,", "--qwen-model=tiny,"])
def test_an_empty_model_is_refused(project, option):
    result = project.run(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--qwen-model: a model's name is empty*"])


def test_a_model_of_the_ini_file_that_is_not_there_stops_no_other_test(project):
    project.pytester.makeini("[pytest]\nqwen_model = ./gone\n")
    (project.pytester.path / "test_mine.py").write_text("def test_it(): pass\n")
    project.run("test_mine.py").assert_outcomes(passed=1)
    assert project.run("--markers").ret == 0


def test_a_case_folder_may_be_a_link(project):
    (project.pytester.path / "cases").rename(project.pytester.path / "elsewhere")
    (project.pytester.path / "cases").symlink_to(project.pytester.path / "elsewhere")
    project.run("--qwen-golden=add").assert_outcomes(passed=2)
    project.run("--qwen-golden=require").assert_outcomes(passed=2)


def test_case_files_in_the_wrong_place_are_pointed_at(project):
    (project.pytester.path / "cases").rename(project.pytester.path / "elsewhere")
    result = project.run("elsewhere")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines(["*colors.yaml` lies below no case folder*qwen_cases*"])


def test_accepting_repeats_the_options_that_made_the_failure(project):
    project.run("--qwen-golden=add", "--qwen-model=8B", "--qwen-seed=5")
    project.answers["drift"] = 0.5
    result = project.run("--qwen-model=8B", "--qwen-seed=5", "--qwen-golden=check")
    result.stdout.fnmatch_lines(
        ['to accept: pytest "cases/vqa/colors.yaml::sky?8B?" --qwen-model=8B --qwen-seed=5 --qwen-golden=update']
    )


def test_a_regression_shows_what_the_golden_said(project):
    project.run("--qwen-golden=add")
    project.answers["What colour is the sky?"] = "Deep blue"
    project.run().stdout.fnmatch_lines(["*golden said 'It is blue'", "*answered 'Deep blue'"])
