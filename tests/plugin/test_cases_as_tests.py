"""A YAML case behaves as an ordinary pytest test."""

from __future__ import annotations

import pytest

LAYERS = """\
task: vqa
cases:
  - {id: sky, ask: What colour is the sky?, expect: [{contains: blue}], priority: smoke, tags: [outdoors]}
  - {id: grass, ask: What colour is grass?, expect: [{contains: green}], priority: edge}
"""


def test_a_test_is_named_by_file_case_and_model(project):
    result = project.run("--collect-only", "-q")
    result.stdout.fnmatch_lines(["cases/vqa/colors.yaml::sky?tiny?", "cases/vqa/colors.yaml::grass?tiny?"])


def test_several_models_are_several_tests_grouped_by_model(project):
    result = project.run("--collect-only", "-q", "--qwen-model=tiny,8B")
    ids = [line for line in result.outlines if "::" in line]
    assert [line.rpartition("[")[2] for line in ids] == ["tiny]", "tiny]", "8B]", "8B]"]


def test_a_node_id_runs_one_case(project):
    project.run("cases/vqa/colors.yaml::sky[tiny]").assert_outcomes(passed=1)


def test_k_selects_by_name(project):
    project.run("-k", "grass").assert_outcomes(passed=1, deselected=1)


@pytest.mark.parametrize("expression", ["smoke", "outdoors", "vqa and not edge"])
def test_m_selects_by_priority_tag_and_task(project, expression):
    project.cases("vqa/colors.yaml", LAYERS)
    project.run("-m", expression, "--strict-markers").assert_outcomes(passed=1, deselected=1)


def test_x_stops_at_the_first_failure(project):
    project.answers = {}
    project.run("-x").assert_outcomes(failed=1)


def test_lf_runs_what_failed_last(project):
    project.answers["What colour is grass?"] = "red"
    project.run().assert_outcomes(passed=1, failed=1)
    project.run("--lf").assert_outcomes(failed=1)


def test_a_failure_points_at_the_case_and_shows_no_traceback(project):
    project.answers["What colour is grass?"] = "It is red"
    result = project.run_apart("-v")
    result.stdout.fnmatch_lines(
        [
            "cases/vqa/colors.yaml::grass?tiny? FAILED*",
            "*check `contains`*green*It is red*",
            "at cases/vqa/colors.yaml:7:5",
            "*turn 1 asked 'What colour is grass?'*",
            "*answered 'It is red'*",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    assert ".py:" not in result.stdout.str()


def test_a_folder_of_cases_can_be_run_alone(project):
    project.cases("caption/more.yaml", "task: caption\ncases: [{id: sea, ask: Sea?, expect: [{contains: nothing}]}]\n")
    project.run("cases/caption").assert_outcomes(passed=1)


def test_conftest_fixtures_of_the_project_apply_to_cases(project):
    project.pytester.path.joinpath("cases", "conftest.py").write_text(
        "import pytest\n@pytest.fixture(autouse=True)\ndef loud(request):\n    print('case', request.node.name)\n"
    )
    result = project.run("-s")
    result.stdout.fnmatch_lines(["*case sky?tiny?*"])


def test_a_known_defect_is_a_strict_xfail(project):
    project.cases(
        "vqa/colors.yaml",
        "task: vqa\ncases:\n  - id: sky\n    ask: What colour is the sky?\n    expect: [{contains: red}]\n"
        "    per_model: {tiny: {xfail: colour blind}}\n",
    )
    project.run().assert_outcomes(xfailed=1)
    project.answers["What colour is the sky?"] = "red"
    project.run().assert_outcomes(failed=1)


def test_an_xfail_hides_no_broken_machinery(project):
    project.cases("vqa/colors.yaml", "cases: [{id: sky, ask: Raise., per_model: {tiny: {xfail: colour blind}}}]\n")
    project.run().assert_outcomes(errors=1)


def test_a_case_for_other_models_is_no_test_of_this_one(project):
    project.cases("vqa/colors.yaml", "cases: [{id: sky, ask: a, models: [8B]}, {id: sea, ask: b, models: [tiny]}]\n")
    ids = project.run("--collect-only", "-q").outlines
    assert [line for line in ids if "::" in line] == ["cases/vqa/colors.yaml::sea[tiny]"]


def test_an_engine_that_breaks_is_an_error_not_a_failure(project, workers):
    project.cases("vqa/colors.yaml", "cases: [{id: sky, ask: Raise.}]\n")
    result = project.run(*workers)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*the engine broke*"])
    assert [case["outcome"] for case in project.record() if case["kind"] == "case"] == ["error"]


def test_a_check_that_raises_is_an_error_not_a_failure(project):
    with project.pytester.path.joinpath("conftest.py").open("a") as file:
        file.write(OWN_CHECK)
    project.cases("vqa/colors.yaml", "cases: [{id: sky, ask: What colour is the sky?, expect: [{rhymes: 0}]}]\n")
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*check `rhymes` of turn 1 is broken, it raised ZeroDivisionError*"])


def test_a_check_of_the_project_judges(project):
    with project.pytester.path.joinpath("conftest.py").open("a") as file:
        file.write(OWN_CHECK)
    project.cases("vqa/colors.yaml", "cases: [{id: sky, ask: What colour is the sky?, expect: [{rhymes: 2}]}]\n")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*check `rhymes`: 5.0 is not 2*"])


OWN_CHECK = """

from dataclasses import dataclass
from typing import ClassVar

from pytest_qwen3vl import Verdict


@dataclass(frozen=True, slots=True)
class Rhymes:
    shorthand: ClassVar[str] = "by"
    by: int

    def judge(self, answer):
        share = len(answer.text) / self.by
        return Verdict(passed=share == self.by, score=0.0, reason=f"{share} is not {self.by}")


def pytest_qwen_checks(config):
    return {"rhymes": Rhymes}
"""


def test_a_hook_can_drop_cases(project):
    with project.pytester.path.joinpath("conftest.py").open("a") as file:
        file.write("\ndef pytest_qwen_modify_cases(config, cases):\n    del cases[1:]\n")
    project.run().assert_outcomes(passed=1)


def test_a_hook_sees_each_record_in_the_controller(project, workers):
    with project.pytester.path.joinpath("conftest.py").open("a") as file:
        file.write(
            "\ndef pytest_qwen_case_finished(config, record):\n"
            "    with open(HERE / 'seen', 'a') as file:\n"
            "        file.write(f\"{record['id']} {hasattr(config, 'workerinput')}\\n\")\n"
        )
    project.run(*workers)
    seen = sorted((project.pytester.path / "seen").read_text().splitlines())
    assert seen == ["colors/grass False", "colors/sky False"]


PYTHON_TEST = """
import pytest

@pytest.mark.qwen_cases("vqa/*.yaml")
def test_is_short(qwen, qwen_case, qwen_golden, qwen_device, qwen_settings):
    answered = qwen.check(qwen_case)
    assert len(answered.text) < 20
    assert qwen_golden is None
    assert qwen_device == "cpu"
    assert qwen_settings.seed == 0

@pytest.mark.qwen_cases("vqa/*.yaml")
@pytest.mark.qwen(seed=7, max_new_tokens=3)
def test_mark(qwen_case):
    assert (qwen_case.seed, qwen_case.case.generation.max_new_tokens) == (7, 3)
"""


def test_python_tests_take_cases_by_mark(project, workers):
    (project.pytester.path / "test_mine.py").write_text(PYTHON_TEST)
    result = project.run(*workers, "test_mine.py", "-v")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*test_is_short?colors/sky-tiny?*"])


def test_a_python_test_that_names_no_cases_is_told_how(project):
    (project.pytester.path / "test_mine.py").write_text("def test_it(qwen_case): pass\n")
    result = project.run("test_mine.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*pytest.mark.qwen_cases*"])
