"""Projects to run the plugin in: with the fake engine, or with the embedded model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

# Imported here, so that pytester, which forgets what an inner run imported, does not load C extensions twice.
import pytest_qwen3vl.cases.json_schema
import pytest_qwen3vl.cases.load
import pytest_qwen3vl.engine.start
import pytest_qwen3vl.judging.verdict  # noqa: F401

FAKE = Path(__file__).with_name("fake_engine.py")
COLORS = """\
task: vqa
cases:
  - id: sky
    ask: What colour is the sky?
    expect:
      - contains: blue
  - id: grass
    ask: What colour is grass?
    expect:
      - contains: green
"""


class Project:
    """A project with the fake engine: what it answers can be changed between runs."""

    def __init__(self, pytester):
        self.pytester = pytester
        pytester.makeini("[pytest]\n")
        pytester.makeconftest(FAKE.read_text())
        (pytester.path / "conftest.py").chmod(0o644)
        self.answers = {"What colour is the sky?": "It is blue", "What colour is grass?": "It is green"}
        self.cases("vqa/colors.yaml", COLORS)

    def cases(self, name, text):
        path = self.pytester.path / "cases" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self, *arguments):
        (self.pytester.path / "answers.json").write_text(json.dumps(self.answers))
        return self.pytester.runpytest(*arguments)

    def run_apart(self, *arguments):
        """Run in a process of its own: pytester passes an inner Ctrl-C on."""
        (self.pytester.path / "answers.json").write_text(json.dumps(self.answers))
        return self.pytester.runpytest_subprocess(*arguments)

    def golden(self, case, model="tiny"):
        return self.pytester.path / "cases" / "golden" / model / "float32" / f"{case}.json"

    def goldens(self):
        root = self.pytester.path / "cases" / "golden"
        return {path.relative_to(root).as_posix(): path.read_text() for path in sorted(root.rglob("*.json"))}

    def record(self):
        """Return the lines of the newest run record."""
        folder = self.pytester.path / ".pytest_cache" / "d" / "qwen3vl"
        newest = max(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
        return [json.loads(line) for line in newest.read_text().splitlines()]


@pytest.fixture
def project(pytester):
    return Project(pytester)


@pytest.fixture(params=[(), ("-n", "0"), ("-n", "2")], ids=["alone", "n0", "n2"])
def workers(request):
    return request.param
