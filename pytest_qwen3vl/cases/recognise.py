"""Tell a case file from other YAML, by its text alone.

It parses nothing and imports nothing: pytest asks it about every YAML file below the case folders.
"""

from __future__ import annotations

import re
from pathlib import Path

_SUFFIXES = frozenset({".yaml", ".yml"})
_KEY = re.compile(rb"^(?:\xef\xbb\xbf)?(?:cases|'cases'|\"cases\")[ \t]*:(?P<rest>[ \t][^\r\n]*|)\r?$", re.MULTILINE)
_NOT_BLANK = re.compile(rb"^[ \t]*[^ \t\r\n#][^\r\n]*", re.MULTILINE)


def is_case_file(path: Path) -> bool:
    """Tell whether a YAML file has a top-level block key `cases` whose value may be a list.

    A file that is broken further down still counts: loading it says what is wrong.
    """
    if path.suffix not in _SUFFIXES or not path.is_file():
        return False
    return may_hold_cases(path.read_bytes())


def may_hold_cases(text: bytes) -> bool:
    """Tell whether `text` has a line `cases:` in column 1 that is followed by a list, an alias or nothing."""
    key = _KEY.search(text)
    if key is None:
        return False
    value = key["rest"].strip()
    if value and not value.startswith(b"#"):
        return value[:1] in b"[&*"
    following = _NOT_BLANK.search(text, key.end())
    return following is None or _is_item_or_key(following.group())


def _is_item_or_key(line: bytes) -> bool:
    """Tell whether the line after `cases:` starts a list, or the next top-level key (`cases:` is empty then)."""
    return line.lstrip().startswith(b"-") or line[:1] not in b" \t"
