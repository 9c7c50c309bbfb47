"""The check `choice`: the answer chooses this option of a multiple-choice question.

It reads the choice as evaluation scripts do (MMMU, MMBench): the clearest way of saying it decides, and where the
answer says two different ones equally clearly, there is no choice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pytest_qwen3vl.judging.checks.check import Answer, Verdict
from pytest_qwen3vl.judging.checks.text import has_phrase, shown


@dataclass(frozen=True, slots=True)
class Choice:
    """Expect the answer to choose this option: "B", "(B)", "B. red", "The answer is B", or the option's text."""

    shorthand: ClassVar[str | None] = "answer"

    answer: str
    """The label of the right option."""
    of: tuple[str, ...] = ("A", "B", "C", "D")
    """The labels of all options."""
    texts: Mapping[str, str] | None = None
    """What the options say, by label: an answer that says this chooses too."""

    def __post_init__(self) -> None:
        if self.answer not in self.of:
            raise ValueError(f"the answer {shown(self.answer)} is not one of the options: {', '.join(self.of)}")
        if len({label.casefold() for label in self.of}) < max(2, len(self.of)):
            raise ValueError("`of` must name at least two options, and each once")
        strange = [label for label in self.texts or {} if label not in self.of]
        if strange:
            raise ValueError(f"`texts` holds {shown(strange[0])}, but the options are {', '.join(self.of)}")

    def judge(self, answer: Answer) -> Verdict:
        """Pass where the label that was read is the right one."""
        label = read_choice(answer.text, self.of, self.texts or {})
        if label == self.answer:
            return Verdict(passed=True, score=1.0, reason=f"chooses {shown(self.answer)}")
        got = "no clear choice" if label is None else shown(label)
        reason = f"expected {shown(self.answer)}, got {got}: {shown(answer.text)}"
        return Verdict(passed=False, score=0.0, reason=reason)


def read_choice(text: str, labels: tuple[str, ...], texts: Mapping[str, str]) -> str | None:
    """Return the label that `text` chooses; None where it chooses none, or several equally clearly."""
    plain = re.sub(r"[*`_$]|\\boxed|\\text", "", text).strip()
    by_folded = {label.casefold(): label for label in labels}
    for reading in (_whole, _stated, _leading, _bracketed, _alone):
        chosen = {by_folded[found.casefold()] for found in reading(plain, labels)}
        if chosen:
            return chosen.pop() if len(chosen) == 1 else None
    said = {label for label, option in texts.items() if _is_said(plain, option, texts)}
    return said.pop() if len(said) == 1 else None


def _is_said(text: str, option: str, texts: Mapping[str, str]) -> bool:
    """Tell whether `text` says an option, and not only as a part of a longer option that it says."""
    longer = [other for other in texts.values() if other != option and has_phrase(other, option)]
    return has_phrase(text, option) and not any(has_phrase(text, other) for other in longer)


def _any(labels: tuple[str, ...]) -> str:
    return "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))


def _whole(text: str, labels: tuple[str, ...]) -> list[str]:
    """Find the label as the whole answer: "B", "(b)", "B."."""
    match = re.fullmatch(rf"[(\[{{\"']*({_any(labels)})[)\]}}\"'.:,!]*", text, re.IGNORECASE)
    return [match[1]] if match else []


def _stated(text: str, labels: tuple[str, ...]) -> list[str]:
    """Find "the answer is B", "Answer: (B)", "the correct option is B", "I choose B", "答案是B"."""
    said = r"(?:answer|option|choice)\s*(?:is|:|would be|must be)|答案\s*(?:是|为|:|\uff1a)|\b(?:choose|select|pick)"
    before = rf"(?:{said})\s*:?\s*(?:option|choice)?\s*[(\[{{\"']*"
    return re.findall(rf"(?i:{before})({_cased(labels)})(?![\w'\u2019]){_not_one_of_several(labels)}", text)


def _leading(text: str, labels: tuple[str, ...]) -> list[str]:
    """Find the label at the start with a mark after it: "B. red", "(B) red", "B: red"."""
    label, single = _any(labels), _not_one_of_several(labels)
    form = rf"[(\[](?P<in>{label}){single}[)\]]|(?P<by>{label}){single}(?:\s*[.):,](?!\w)|\s*\n)"
    match = re.match(form, text, re.IGNORECASE)
    return [match["in"] or match["by"]] if match else []


def _bracketed(text: str, labels: tuple[str, ...]) -> list[str]:
    """Find labels in brackets: "it must be (B)"."""
    return re.findall(rf"(?<!not )[(\[]({_cased(labels)})[)\]]", text)


def _alone(text: str, labels: tuple[str, ...]) -> list[str]:
    """Find labels as words of their own; a capital A before a word is the article."""
    words: list[str] = re.findall(rf"(?<!not )(?<!n't )(?<![\w'\u2019])({_cased(labels)})(?![\w'\u2019])", text)
    is_article = re.search(r"(?<!\w)A\s+(?!or\b|and\b|is\b)[a-z]", text) is not None
    return [word for word in words if not (word == "A" and is_article)]


def _not_one_of_several(labels: tuple[str, ...]) -> str:
    """Refuse a label that another one follows: "A or B", "(A), (B)"."""
    return rf"(?![)\]]?\s*(?:[,/&]|or\b|and\b)+\s*[(\[]?(?:{_any(labels)})\b)"


def _cased(labels: tuple[str, ...]) -> str:
    """Match single letters as written, so that "a dog" chooses nothing, and longer labels in any case."""
    longest_first = sorted(labels, key=len, reverse=True)
    return "|".join(re.escape(label) if len(label) == 1 else f"(?i:{re.escape(label)})" for label in longest_first)
