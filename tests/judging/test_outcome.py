"""The table of golden states and modes, cell by cell."""

from __future__ import annotations

import pytest

from pytest_qwen3vl.judging.checks.check import Verdict
from pytest_qwen3vl.judging.drift import Divergence
from pytest_qwen3vl.judging.outcome import settle
from pytest_qwen3vl.judging.outputs import Stage
from pytest_qwen3vl.judging.verdict import CaseVerdict, CheckResult

HOLDS = CheckResult(1, "exact", Verdict(passed=True, score=1.0, reason="is `red`"))
FAILS = CheckResult(1, "exact", Verdict(passed=False, score=0.0, reason="expected `red`, got `blue`"))
BROKEN = CheckResult(
    1, "mine", Verdict(passed=False, score=0.0, reason=""), error="ZeroDivisionError: division by zero"
)
DIVERGENCE = Divergence(Stage.LOGITS, 0.3, 1e-4, "1 of 2 tokens by more than 1e-4")


def verdict(golden, *checks, **more):
    more.setdefault("divergence", DIVERGENCE if golden == "departed" else None)
    more.setdefault("stale", ("`ask` of turn 1 was 'a', is 'b'",) if golden == "stale" else ())
    return CaseVerdict(checks, golden, **more)


@pytest.mark.parametrize(
    ("golden", "mode", "checks", "status", "records"),
    [
        ("good", "check", HOLDS, "passed", False),
        ("good", "require", HOLDS, "passed", False),
        ("good", "add", HOLDS, "passed", False),
        ("good", "update", HOLDS, "passed", False),
        ("departed", "check", HOLDS, "failed", False),
        ("departed", "require", HOLDS, "failed", False),
        ("departed", "add", HOLDS, "failed", False),
        ("departed", "update", HOLDS, "passed", True),
        ("departed", "update", FAILS, "failed", False),
        ("departed", "update", None, "passed", True),
        ("stale", "check", HOLDS, "failed", False),
        ("stale", "require", HOLDS, "failed", False),
        ("stale", "add", HOLDS, "failed", False),
        ("stale", "update", HOLDS, "passed", True),
        ("missing", "check", HOLDS, "passed", False),
        ("missing", "check", FAILS, "failed", False),
        ("missing", "require", HOLDS, "failed", False),
        ("missing", "add", HOLDS, "passed", True),
        ("missing", "add", FAILS, "failed", False),
        ("missing", "update", HOLDS, "passed", True),
        ("missing", "check", None, "failed", False),
        ("missing", "require", None, "failed", False),
        ("missing", "add", None, "passed", True),
        ("missing", "update", None, "passed", True),
        ("off", "off", HOLDS, "passed", False),
        ("off", "off", FAILS, "failed", False),
        ("off", "off", None, "failed", False),
    ],
)
def test_every_cell_of_the_table(golden, mode, checks, status, records):
    judged = verdict(golden, *([checks] if checks else []))
    outcome = settle(judged, mode, has_checks=checks is not None)
    assert (outcome.status, outcome.records) == (status, records)
    assert bool(outcome.reasons) == (status == "failed")


@pytest.mark.parametrize("golden", ["good", "departed", "stale", "missing"])
@pytest.mark.parametrize("mode", ["check", "require", "add", "update"])
def test_a_check_that_does_not_hold_fails_the_case_in_every_cell(golden, mode):
    outcome = settle(verdict(golden, FAILS), mode, has_checks=True)
    assert outcome.status == "failed"
    assert any("expected `red`, got `blue`" in reason for reason in outcome.reasons)


def test_a_tie_flip_is_no_failure_and_update_rewrites_its_golden():
    judged = verdict("good", HOLDS, tie_flips=("turn 1: 'crimson'",), differs=True)
    assert settle(judged, "check", has_checks=True).status == "passed"
    assert settle(judged, "update", has_checks=True).records


def test_a_check_that_raised_is_an_error_and_records_nothing():
    outcome = settle(verdict("missing", BROKEN), "update", has_checks=True)
    assert (outcome.status, outcome.records) == ("error", False)
    assert "ZeroDivisionError" in outcome.reasons[0]


def test_the_reason_of_a_regression_names_the_stage_before_the_checks():
    outcome = settle(verdict("departed", FAILS), "check", has_checks=True)
    assert outcome.reasons[0].startswith("regression at stage logits: 1 of 2 tokens")
    assert outcome.fault == "departed"


def test_an_answer_with_nan_is_never_recorded():
    judged = verdict("missing", HOLDS, has_nan=True)
    outcome = settle(judged, "update", has_checks=True)
    assert not outcome.records
    assert outcome.status == "failed"


def test_new_weights_leave_a_case_without_checks_unjudged():
    outcome = settle(verdict("good"), "check", has_checks=False, compares_numbers=False)
    assert outcome.status == "failed"
    assert "--qwen-golden-weights=any" in outcome.reasons[0]


def test_new_weights_are_accepted_by_an_update_where_anything_differs():
    assert settle(verdict("good", HOLDS, differs=True), "update", has_checks=True, compares_numbers=False).records
    assert not settle(verdict("good", HOLDS), "update", has_checks=True, compares_numbers=False).records
    assert not settle(verdict("good", FAILS, differs=True), "update", has_checks=True, compares_numbers=False).records
    assert settle(verdict("good", differs=True), "update", has_checks=False, compares_numbers=False).status == "passed"


@pytest.mark.parametrize(
    ("golden", "mode", "fault"),
    [("departed", "check", "departed"), ("stale", "check", "stale"), ("missing", "require", "missing")],
)
def test_a_regression_a_stale_and_a_missing_golden_are_told_apart(golden, mode, fault):
    assert settle(verdict(golden, HOLDS), mode, has_checks=True).fault == fault
    assert settle(verdict("missing", FAILS), "check", has_checks=True).fault is None
