"""Find the numbers in a text, as people write them.

Signs (the Unicode minus too), currency signs, thousands separators, decimal commas, exponents; number words up to
twenty where a text has no digits. A percent sign is a unit: "12%" is 12. Where a comma is ambiguous, `12,500` has a
thousands separator and `12,50` a decimal comma. It does not know which number is the answer.
"""

from __future__ import annotations

import re

_MINUS = str.maketrans({"\u2212": "-", "\ufe63": "-", "\uff0d": "-"})
_SWAP = str.maketrans(".,", ",.")
_CURRENCY = "$€£¥₹₩₽￥"
_NOT_INSIDE_A_WORD = r"(?<![A-Za-z_\u00c0-\u024f\d])(?<!\d[.,])"
_TOKEN = re.compile(
    rf"(?P<sign>(?<![\w)%])[-+]\s?)?(?:[{_CURRENCY}]\s?)?(?P<sign_after>(?<=[{_CURRENCY}])[-+])?"
    rf"{_NOT_INSIDE_A_WORD}(?P<digits>(?:\d|(?<![\d.])\.(?=\d))(?:[\d.,'\u2019\u00a0\u2009\u202f]*\d)?)"
    r"(?P<exponent>[eE][-+]?\d+(?![\w.]))?"
)
_GROUPED = re.compile(
    r"(?P<whole>[1-9]\d{0,2}(?P<mark>[,'\u2019\u00a0\u2009\u202f])\d{3}(?:(?P=mark)\d{3})*)(?:\.(?P<part>\d+))?"
)
_INDIAN = re.compile(r"(?P<whole>[1-9]\d?(?:,\d{2})+,\d{3})(?:\.(?P<part>\d+))?")
_PLAIN = re.compile(r"(?P<whole>\d*)(?:\.(?P<part>\d+))?")
_GERMAN = re.compile(r"(?P<whole>[1-9]\d{0,2}(?:\.\d{3})+),(?P<part>\d+)|(?P<millions>[1-9]\d{0,2}(?:\.\d{3}){2,})")
_DECIMAL_COMMA = re.compile(r"(?P<whole>\d+),(?P<part>\d+)")
_READINGS = (_PLAIN, _GROUPED, _INDIAN, _GERMAN, _DECIMAL_COMMA)

_WORDS = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
]
_WORD = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)


def numbers_in(text: str, *, decimal_comma: bool = False) -> tuple[float, ...]:
    """Return every number of a text in its order.

    decimal_comma: `12.500` has a thousands separator then, and `12,500` a decimal comma.
    """
    found: list[float] = []
    for match in _TOKEN.finditer(text.translate(_MINUS)):
        digits = match["digits"].translate(_SWAP) if decimal_comma else match["digits"]
        values = _values(digits, match["exponent"] or "")
        is_negative = "-" in (match["sign"] or "") + (match["sign_after"] or "")
        found += [-values[0] if is_negative else values[0], *values[1:]]
    return tuple(found) if found else _words_in(text)


def _values(digits: str, exponent: str) -> list[float]:
    """Return the number that `digits` with separators is, or the several that a list, date or version holds."""
    for reading in _READINGS:
        match = reading.fullmatch(digits)
        if match is not None:
            groups = match.groupdict()
            whole = re.sub(r"\D", "", groups["whole"] or groups.get("millions") or "") or "0"
            return [float(f"{whole}.{groups['part'] or 0}{exponent}")]
    return [float(part) for part in re.split(r"\D+", digits) if part]


def _words_in(text: str) -> tuple[float, ...]:
    return tuple(float(_WORDS.index(match.group().lower())) for match in _WORD.finditer(text))
