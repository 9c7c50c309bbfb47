"""Compare texts as a reader does: Unicode forms, letter case, runs of blanks, whole words.

It does not judge: the checks do.
"""

from __future__ import annotations

import re
import unicodedata

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Japanese, Chinese; and Korean, whose particles are glued to the word."""

_MOST_SHOWN = 80


def comparable(text: str, *, ignore_case: bool = True) -> str:
    """Return `text` in Unicode form NFC, its blanks and line ends collapsed to one space, case-folded if wished."""
    folded = unicodedata.normalize("NFC", text).casefold() if ignore_case else text
    return " ".join(unicodedata.normalize("NFC", folded).split())


def has_phrase(text: str, phrase: str, *, words: bool = True, ignore_case: bool = True) -> bool:
    """Tell whether `text` contains `phrase`; words: not as a part of a longer word or number."""
    haystack = comparable(text, ignore_case=ignore_case)
    needle = comparable(phrase, ignore_case=ignore_case)
    start = haystack.find(needle)
    while start >= 0:
        end = start + len(needle)
        if not words or not (_goes_on_before(haystack, start) or _goes_on_after(haystack, end)):
            return True
        start = haystack.find(needle, start + 1)
    return False


def _goes_on_before(text: str, start: int) -> bool:
    """Tell whether a word or number that begins before `start` goes on there."""
    if start == 0:
        return False
    if is_word_character(text[start - 1]) and is_word_character(text[start]):
        return True
    return text[start].isdigit() and re.fullmatch(r"\d\.", text[max(0, start - 2) : start]) is not None


def _goes_on_after(text: str, end: int) -> bool:
    """Tell whether the word or number that ends at `end` goes on (`12` in `12.5` or `12,500`; `caf` in `café`)."""
    if end >= len(text):
        return False
    if unicodedata.category(text[end]).startswith("M"):
        return True
    if is_word_character(text[end - 1]) and is_word_character(text[end]):
        return True
    return text[end - 1].isdigit() and re.match(r"\.\d|,\d{3}(?!\d)", text[end:]) is not None


def is_word_character(character: str) -> bool:
    """Tell whether a character is part of a word that blanks or punctuation end; those of Chinese are not."""
    if _UNSPACED.match(character):
        return False
    return character.isalnum() or character == "_" or unicodedata.category(character).startswith("M")


def shown(text: str, around: int = 0) -> str:
    """Return `text` in backticks, on one line, and shortened to what stands near the position `around`."""
    line = "".join(map(_printable, text.replace("\r", "").replace("\n", "⏎")))
    if not line:
        return "nothing"
    start = max(0, min(around - _MOST_SHOWN // 2, len(line) - _MOST_SHOWN))
    end = start + _MOST_SHOWN
    return f"`{'…' if start else ''}{line[start:end]}{'…' if end < len(line) else ''}`"


def _printable(character: str) -> str:
    """Return a character as it is, or as an escape where a terminal would obey it or a reader be misled."""
    return character if character.isprintable() else repr(character)[1:-1]


def first_difference(one: str, other: str) -> int:
    """Return the position of the first character in which two texts differ; the shorter one's length if none does."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
