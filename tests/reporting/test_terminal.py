"""The summary that a person reads."""

from __future__ import annotations

from pytest_qwen3vl.reporting.terminal import summary_lines, summary_notes


def case(**changes):
    made = {
        "id": "colors/sky",
        "task": "vqa",
        "model": "tiny",
        "outcome": "passed",
        "golden": "good",
        "golden_written": False,
        "tie_flips": [],
        "quantized": None,
        "verified_tokens": 4,
        "generated_tokens": 0,
        "seconds": 0.26,
    }
    return made | changes


def cells(line):
    return line.split()


def test_no_cases_are_no_table():
    assert summary_lines([]) == []


def test_one_group_has_no_total():
    assert [cells(line) for line in summary_lines([case(), case()])[1:]] == [
        ["vqa", "tiny", "2", "2", "0", "0", "0", "0", "8", "tok", "0", "tok", "0.5"]
    ]


def test_outcomes_are_counted_where_they_belong():
    cases = [
        case(outcome="xfailed"),
        case(outcome="error", golden="off"),
        case(outcome="failed", golden="stale"),
        case(golden="missing"),
        case(golden="missing", golden_written=True),
        case(outcome="skipped", golden="off"),
    ]
    assert cells(summary_lines(cases)[1])[2:8] == ["6", "3", "1", "1", "1", "1"]


def test_several_groups_end_in_a_total():
    lines = summary_lines([case(), case(task="caption"), case(model="8B")])
    assert [cells(line)[:2] for line in lines[1:4]] == [["caption", "tiny"], ["vqa", "8B"], ["vqa", "tiny"]]
    assert cells(lines[4])[:2] == ["all", "3"]


def test_columns_stand_under_their_names():
    header, *rows = summary_lines([case(seconds=12345.6), case(task="document")])
    assert {len(row) for row in rows} == {len(header)}


def test_what_failed_nothing_is_still_noted():
    cases = [
        case(outcome="skipped"),
        case(tie_flips=["turn 1: 'crimson'"], quantized="fp8"),
        case(golden_written=True, quantized="fp8"),
    ]
    assert summary_notes(cases) == [
        "tie flip in colors/sky [tiny]: turn 1: 'crimson'",
        "golden recorded: colors/sky [tiny]",
        "skipped: 1",
        "quantised weights: tiny (fp8)",
    ]
