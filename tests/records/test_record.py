"""The run record: line by line on disk, readable after a kill, pruned."""

from __future__ import annotations

import json
import math
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_qwen3vl.errors import RecordError
from pytest_qwen3vl.records.reading import read_record
from pytest_qwen3vl.records.record import end_line, run_line
from pytest_qwen3vl.records.writing import RecordWriter, prune_records

RUN = run_line(started=1.0, environment={"torch": "2.13.0"}, settings={"seed": 0})
END = end_line(ended=2.0, seconds=1.0, exit_status=0, interrupted=False)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs" / "a.jsonl"


def test_a_line_is_on_disk_before_the_next_is_written(path):
    with closing(RecordWriter(path)) as writer:
        writer.write(RUN)
        writer.write({"kind": "case", "id": "a/b"})
        assert [case["id"] for case in read_record(path).cases] == ["a/b"]


def test_a_killed_run_keeps_what_had_finished(path):
    with closing(RecordWriter(path)) as writer:
        writer.write(RUN)
        writer.write({"kind": "case", "id": "a/b"})
    with path.open("a") as file:
        file.write('{"kind": "case", "id": "a/')
    record = read_record(path)
    assert [case["id"] for case in record.cases] == ["a/b"]
    assert record.end is None


def test_a_run_that_ended_says_so(path):
    with closing(RecordWriter(path)) as writer:
        writer.write(RUN)
        writer.write(END)
    assert read_record(path).end == END


@given(st.floats())
def test_every_number_becomes_json_that_any_reader_takes(tmp_path_factory, number):
    path = tmp_path_factory.mktemp("record") / "a.jsonl"
    with closing(RecordWriter(path)) as writer:
        writer.write({"drift": number, "nested": [{"number": number}]})
    line = json.loads(path.read_text(), parse_constant=pytest.fail)
    assert line["drift"] == (number if math.isfinite(number) else None)


def test_a_record_that_cannot_be_written_names_its_path(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError, match=r"file/a\.jsonl"):
        RecordWriter(tmp_path / "file" / "a.jsonl")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", ":1:"),
        ('{"kind": "case"}\n', ":1:"),
        ('{"kind": "run", "schema": 99}\n{}\n', ":1:"),
        ('{"kind": "run", "schema": 1}\nnonsense\n{}\n', ":2:"),
        ('{"kind": "run", "schema": 1}\n[]\n', ":2:"),
        ("[" * 100_000 + "\n{}\n", ":1:"),
    ],
)
def test_a_record_edited_by_hand_is_refused_with_its_line(tmp_path, text, place):
    path = tmp_path / "a.jsonl"
    path.write_text(text)
    with pytest.raises(RecordError) as refused:
        read_record(path)
    assert f"a.jsonl{place}" in str(refused.value)


def test_fields_a_reader_does_not_know_are_left_alone(path):
    with closing(RecordWriter(path)) as writer:
        writer.write({**RUN, "later": 1})
        writer.write({"kind": "weather", "sunny": True})
    assert read_record(path).run["later"] == 1


def test_only_the_newest_records_are_kept(tmp_path):
    for number in range(25):
        (tmp_path / f"run-{number:02}.jsonl").write_text("")
    prune_records(tmp_path, keep=20)
    assert min(path.name for path in tmp_path.iterdir()) == "run-05.jsonl"


@pytest.mark.parametrize("text", ["圆 café", "a\u2028b\u0085c", "a\udcffb", "\x1b[2J"])
def test_any_text_survives_the_record_and_a_tear_in_its_middle(path, text):
    with closing(RecordWriter(path)) as writer:
        writer.write(RUN)
        writer.write({"kind": "case", "id": "a/b", "text": text})
        writer.write({"kind": "case", "id": "a/c", "text": text})
    whole = path.read_bytes()
    assert [case["text"] for case in read_record(path).cases] == [text, text]
    for end in range(len(whole) - 12, len(whole)):
        path.write_bytes(whole[:end])
        assert read_record(path).cases[0]["text"] == text
