"""`pytest-qwen3vl`: the commands beside pytest itself, one file per command.

Exit codes: 0 good, 1 cases failed or a regression, 2 wrong usage, 3 internal error.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence

from pytest_qwen3vl.cli import schema
from pytest_qwen3vl.errors import QwenError

COMMANDS = (schema,)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code."""
    parser = argparse.ArgumentParser(prog="pytest-qwen3vl", description="Tools around Qwen3-VL regression tests.")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    parsed = parser.parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except (QwenError, OSError) as error:
        print(f"pytest-qwen3vl: {error}", file=sys.stderr)
        return 2
    except Exception:  # noqa: BLE001  (the last resort: exit code 3 is ours to give)
        traceback.print_exc()
        return 3


if __name__ == "__main__":
    sys.exit(main())
