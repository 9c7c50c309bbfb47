"""`pytest-qwen3vl schema`: print the JSON Schema of case files, for editors.

It only hands over: `cases.json_schema` describes, `judging.checks.registry` lists the checks.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to `pytest-qwen3vl`."""
    parser = subparsers.add_parser("schema", help="print the JSON Schema of case files, for editors")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write to this file instead of the terminal")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print or write the schema; return the exit code."""
    from pytest_qwen3vl.judging.checks.registry import builtin_checks

    text = schema_text(builtin_checks())
    if arguments.output is None:
        print(text, end="")
    else:
        arguments.output.write_text(text, encoding="utf-8")
    return 0


def schema_text(checks: Mapping[str, type]) -> str:
    """Return the schema as it is written to `cases/case.schema.json`."""
    import json

    from pytest_qwen3vl.cases.json_schema import case_schema

    return json.dumps(case_schema(checks), indent=2, ensure_ascii=False) + "\n"
