"""The life of a golden, told as one story, without xdist, with -n 0 and with -n 2."""

from __future__ import annotations

SKY, GRASS = "What colour is the sky?", "What colour is grass?"


def test_the_life_of_a_golden(project, workers):
    def run(*arguments):
        return project.run(*workers, *arguments)

    # Missing: the checks decide, and nothing is written.
    run().assert_outcomes(passed=2)
    assert project.goldens() == {}

    # A run that requires goldens fails, and still writes nothing.
    run("--qwen-golden=require").assert_outcomes(failed=2)
    assert project.goldens() == {}

    # Added, on demand.
    run("--qwen-golden=add").assert_outcomes(passed=2)
    recorded = project.goldens()
    assert set(recorded) == {"tiny/float32/colors/sky.json", "tiny/float32/colors/grass.json"}

    # Verified from now on: no token is generated.
    run("--qwen-golden=require").assert_outcomes(passed=2)
    cases = [line for line in project.record() if line["kind"] == "case"]
    assert {case["golden"] for case in cases} == {"good"}
    assert sum(case["generated_tokens"] for case in cases) == 0
    assert project.goldens() == recorded

    # Another answer that the check would accept is a regression, and the file is untouched.
    project.answers[SKY] = "Deep blue"
    result = run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*regression at stage logits*", "*to accept: pytest *sky*--qwen-golden=update*"])
    run("--qwen-golden=add").assert_outcomes(passed=1, failed=1)
    assert project.goldens() == recorded

    # Accepted on demand; only that golden changes.
    run("--qwen-golden=update").assert_outcomes(passed=2)
    updated = project.goldens()
    assert updated["tiny/float32/colors/grass.json"] == recorded["tiny/float32/colors/grass.json"]
    assert updated["tiny/float32/colors/sky.json"] != recorded["tiny/float32/colors/sky.json"]
    run().assert_outcomes(passed=2)

    # Updating again rewrites nothing.
    run("--qwen-golden=update").assert_outcomes(passed=2)
    assert project.goldens() == updated

    # An answer that fails its check is never accepted.
    project.answers[SKY] = "It is green"
    run("--qwen-golden=update").assert_outcomes(passed=1, failed=1)
    assert project.goldens() == updated
    project.answers[SKY] = "Deep blue"

    # A case that changed is stale: another word than regression.
    project.cases("vqa/colors.yaml", CHANGED)
    project.answers["What colour is the sky at noon?"] = "Deep blue"
    result = run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*stale: the case changed since its golden was recorded*"])
    assert "regression at" not in result.stdout.str()
    run("--qwen-golden=update").assert_outcomes(passed=2)
    run().assert_outcomes(passed=2)

    # A case that is gone leaves an unused golden: noted, failing under require, removed by update.
    project.cases("vqa/colors.yaml", ONE)
    result = run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*unused golden*grass.json*"])
    assert result.ret == 0
    result = run("--qwen-golden=require")
    result.assert_outcomes(passed=1)
    assert result.ret == 1
    assert run("--qwen-golden=update").ret == 0
    assert set(project.goldens()) == {"tiny/float32/colors/sky.json"}
    run("--qwen-golden=require").assert_outcomes(passed=1)


CHANGED = """\
task: vqa
cases:
  - id: sky
    ask: What colour is the sky at noon?
    expect: [{contains: blue}]
  - id: grass
    ask: What colour is grass?
    expect: [{contains: green}]
"""
ONE = """\
task: vqa
cases:
  - id: sky
    ask: What colour is the sky at noon?
    expect: [{contains: blue}]
"""


def test_a_deselected_case_leaves_no_unused_golden(project, workers):
    project.run("--qwen-golden=add")
    result = project.run(*workers, "-k", "sky", "--qwen-golden=update")
    result.assert_outcomes(passed=1)
    assert len(project.goldens()) == 2


def test_a_case_without_checks_is_judged_by_its_golden_alone(project):
    project.cases("vqa/colors.yaml", "task: vqa\ncases: [{id: sky, ask: What colour is the sky?}]\n")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*nothing judges this case*", "*--qwen-golden=add*"])
    project.run("--qwen-golden=add").assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)
    project.answers[SKY] = "red"
    project.run().assert_outcomes(failed=1)


def test_a_drift_of_the_logprobs_alone_is_a_regression(project):
    project.run("--qwen-golden=add")
    project.answers["drift"] = 0.01
    result = project.run()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        ["*regression at stage logits: logprobs of 4 of 4 tokens moved by more than 0.0001, the worst by 0.01 *"]
    )


def test_another_rendering_of_the_prompt_is_a_regression_of_the_prompt(project):
    project.run("--qwen-golden=add")
    project.answers["template"] = "<system>"
    result = project.run()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*regression at stage prompt*"])


def test_new_weights_are_judged_by_the_checks(project):
    project.run("--qwen-golden=add")
    project.answers[SKY] = "Deep blue"
    project.run("--qwen-golden-weights=any").assert_outcomes(passed=2)
    project.answers[SKY] = "green"
    project.run("--qwen-golden-weights=any").assert_outcomes(passed=1, failed=1)


def test_goldens_can_be_left_out(project):
    project.run("--qwen-golden=add")
    project.answers[SKY] = "Deep blue"
    project.run("--qwen-golden=off").assert_outcomes(passed=2)


def test_goldens_are_kept_apart_by_model(project):
    project.run("--qwen-golden=add", "--qwen-model=tiny,8B")
    assert project.golden("colors/sky", "8B").exists()
    assert project.golden("colors/sky", "tiny").exists()
