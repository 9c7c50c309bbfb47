"""A golden is called unused only where its case is really gone."""

from __future__ import annotations

import pytest

SEA = "task: caption\ncases: [{id: sea, ask: Sea?, expect: [{contains: blue}]}]\n"


@pytest.fixture
def recorded(project):
    project.cases("caption/sea.yaml", SEA)
    project.answers["Sea?"] = "It is blue"
    project.run("--qwen-golden=add").assert_outcomes(passed=3)
    assert len(project.goldens()) == 3
    return project


@pytest.mark.parametrize(
    "arguments",
    [
        ("cases/vqa",),
        ("-k", "grass"),
        ("cases/vqa/colors.yaml::sky[tiny]",),
        ("--ignore=cases/caption",),
        ("--collect-only", "-q"),
        ("--setup-plan",),
        ("--fixtures",),
        ("--fixtures-per-test",),
        ("--cache-show",),
        ("-x",),
        ("-n", "2", "cases/vqa"),
    ],
)
def test_a_narrowed_run_removes_nothing(recorded, arguments):
    recorded.run(*arguments, "--qwen-golden=update")
    assert len(recorded.goldens()) == 3


@pytest.mark.parametrize(
    "option", ["--collect-only", "--setup-plan", "--fixtures", "--cache-show", "--qwen-weights=random"]
)
def test_a_run_that_holds_nothing_against_goldens_removes_none_even_where_the_case_is_gone(recorded, option):
    (recorded.pytester.path / "cases" / "caption" / "sea.yaml").unlink()
    recorded.run(option, "--qwen-golden=update")
    assert len(recorded.goldens()) == 3


def test_accepting_the_last_failures_removes_nothing(recorded):
    recorded.answers["What colour is grass?"] = "very green"
    recorded.run().assert_outcomes(passed=2, failed=1)
    recorded.run("--lf", "--qwen-golden=update").assert_outcomes(passed=1)
    assert len(recorded.goldens()) == 3
    recorded.run().assert_outcomes(passed=3)


def test_a_broken_case_file_removes_nothing(recorded):
    recorded.cases("caption/sea.yaml", "cases: [{id: sea\n")
    recorded.run("--qwen-golden=update")
    recorded.run("--qwen-golden=update", "cases/vqa")
    recorded.run("--qwen-golden=update", "--continue-on-collection-errors")
    assert len(recorded.goldens()) == 3


def test_a_case_renamed_by_a_hook_keeps_its_golden(recorded):
    with recorded.pytester.path.joinpath("conftest.py").open("a") as file:
        file.write(
            "\nfrom dataclasses import replace\ndef pytest_qwen_modify_cases(config, cases):\n"
            "    cases[:] = [replace(case, id=case.id + '-v2') for case in cases]\n"
        )
    recorded.run("--qwen-golden=update").assert_outcomes(passed=3)
    assert len(recorded.goldens()) == 6


def test_a_suite_that_is_gone_is_noticed(recorded, workers):
    (recorded.pytester.path / "cases" / "caption" / "sea.yaml").unlink()
    recorded.run(*workers).stdout.fnmatch_lines(["*unused golden*sea.json"])
    assert recorded.run(*workers, "--qwen-golden=require").ret == 1
    recorded.run(*workers, "--qwen-golden=update", "cases/vqa")
    assert len(recorded.goldens()) == 2


def test_goldens_of_which_no_case_is_left_fail_a_run_that_requires(recorded):
    for path in (recorded.pytester.path / "cases").rglob("*.yaml"):
        path.unlink()
    result = recorded.run("--qwen-golden=require")
    assert result.ret == 1
    assert len([line for line in result.outlines if "unused golden (the run fails" in line]) == 3


def test_a_case_that_is_no_longer_for_a_model_leaves_its_golden_unused(recorded):
    recorded.cases("caption/sea.yaml", SEA.replace("id: sea,", "id: sea, models: [8B],"))
    recorded.run("--qwen-golden=update").assert_outcomes(passed=2)
    assert len(recorded.goldens()) == 2


def test_goldens_of_another_model_are_left_alone(recorded):
    recorded.run("--qwen-golden=add", "--qwen-model=8B")
    (recorded.pytester.path / "cases" / "caption" / "sea.yaml").unlink()
    recorded.run("--qwen-golden=update")
    assert "8B/float32/sea/sea.json" in recorded.goldens()
