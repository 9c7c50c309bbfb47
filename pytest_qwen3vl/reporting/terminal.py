"""The summary a person reads at the end of a run: a line per task and model.

It is given the case lines of a record and returns text; who prints it is the plugin's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_COLUMNS = ("cases", "passed", "failed", "errors", "stale", "without golden", "verified", "generated", "seconds")


def summary_lines(cases: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the table, header first; no lines where no case ran."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for case in cases:
        groups[str(case["task"]), str(case["model"])].append(case)
    if not groups:
        return []
    rows: list[tuple[str, ...]] = [("task", "model", *_COLUMNS)]
    rows += [(*key, *_cells(groups[key])) for key in sorted(groups)]
    if len(groups) > 1:
        rows.append(("all", "", *_cells([case for group in groups.values() for case in group])))
    return _align(rows)


def summary_notes(cases: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what is worth a line though it failed nothing: tie flips, goldens written, skips, quantised weights."""
    notes: list[str] = []
    quantized: dict[str, str] = {}
    for case in cases:
        place = f"{case['id']} [{case['model']}]"
        notes += [f"tie flip in {place}: {flip}" for flip in case["tie_flips"]]
        if case["golden_written"]:
            notes.append(f"golden recorded: {place}")
        if case["quantized"]:
            quantized[case["model"]] = case["quantized"]
    if skipped := sum(case["outcome"] == "skipped" for case in cases):
        notes.append(f"skipped: {skipped}")
    return notes + [f"quantised weights: {model} ({method})" for model, method in quantized.items()]


def _cells(cases: list[Mapping[str, Any]]) -> tuple[str, ...]:
    passed = sum(case["outcome"] in ("passed", "xfailed") for case in cases)
    failed = sum(case["outcome"] == "failed" for case in cases)
    errors = sum(case["outcome"] == "error" for case in cases)
    stale = sum(case["golden"] == "stale" and not case["golden_written"] for case in cases)
    missing = sum(case["golden"] == "missing" and not case["golden_written"] for case in cases)
    verified = sum(case["verified_tokens"] for case in cases)
    generated = sum(case["generated_tokens"] for case in cases)
    seconds = sum(case["seconds"] for case in cases)
    return (
        *map(str, (len(cases), passed, failed, errors, stale, missing)),
        f"{verified} tok",
        f"{generated} tok",
        f"{seconds:.1f}",
    )


def _align(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
