"""The JSON Schema of case files."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from pytest_qwen3vl.cases.json_schema import case_schema
from pytest_qwen3vl.cases.load import load_cases
from pytest_qwen3vl.cli import schema as command
from pytest_qwen3vl.judging.checks.check import Answer, Verdict
from pytest_qwen3vl.judging.checks.registry import builtin_checks

SHIPPED = Path(__file__).parents[2] / "cases" / "case.schema.json"


@dataclass(frozen=True, slots=True)
class Shout:
    """Expect loud letters."""

    shorthand: ClassVar[str | None] = "least"

    least: int
    """How many."""

    def judge(self, answer: Answer) -> Verdict:
        count = sum(letter.isupper() for letter in answer.text)
        return Verdict(passed=count >= self.least, score=1.0, reason=f"{count} capitals")


def refs(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(refs, schema))
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"]} if "$ref" in schema else set()
    return own.union(*map(refs, schema.values()))


def test_the_shipped_schema_is_up_to_date() -> None:
    written = SHIPPED.read_text(encoding="utf-8")
    assert written == command.schema_text(builtin_checks()), (
        "run: pytest-qwen3vl schema --output cases/case.schema.json"
    )


def test_every_reference_has_its_definition() -> None:
    schema = case_schema(builtin_checks())
    assert refs(schema) <= {f"#/$defs/{name}" for name in schema["$defs"]}


def test_every_check_is_described_with_its_arguments_and_shorthand() -> None:
    numeric = case_schema(builtin_checks())["$defs"]["Expectation"]["properties"]["numeric"]
    bare, arguments = numeric["anyOf"]
    assert bare["type"] == "number"
    assert arguments["properties"]["which"]["enum"] == ["only", "first", "last", "any"]
    assert all("description" in argument for argument in arguments["properties"].values())
    assert arguments["additionalProperties"] is False


def test_parts_of_arguments_are_described_and_closed() -> None:
    box = case_schema(builtin_checks())["$defs"]["ExpectedBox"]
    assert box["additionalProperties"] is False
    assert box["properties"]["bbox"]["description"].startswith("Left, top, right, bottom")


def test_a_check_of_a_hook_is_loaded_and_described(tmp_path: Path) -> None:
    checks = {**builtin_checks(), "shout": Shout}
    described = case_schema(checks)["$defs"]["Expectation"]["properties"]["shout"]
    assert described["description"] == "Expect loud letters."
    assert described["anyOf"][1]["properties"]["least"]["description"] == "How many."
    (tmp_path / "a.yaml").write_text("task: vqa\ncases: [{id: a, ask: q, expect: [{shout: 3}]}]")
    (case,) = load_cases(tmp_path / "a.yaml", checks)
    assert case.turns[0].expect[0].check == Shout(3)


def test_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command() == 0
    assert json.loads(capsys.readouterr().out)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_command_writes_it_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "schema.json"
    assert run_command("--output", str(file)) == 0
    assert file.read_text(encoding="utf-8") == SHIPPED.read_text(encoding="utf-8")
    assert not capsys.readouterr().out


def run_command(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    parsed = parser.parse_args(["schema", *arguments])
    code: int = parsed.run(parsed)
    return code
