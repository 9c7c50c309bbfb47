"""Every error this package raises on purpose.

    QwenError
    ├── CaseError         a case file is wrong: carries file, line and column
    ├── SettingsError     an option or ini value is wrong: names the flag
    ├── GoldenError       a golden file cannot be read or does not fit its name
    ├── RecordError       a run record cannot be read or written
    ├── ModelError        a model cannot be had as asked
    │   ├── CheckpointError   its files are missing, quantised, damaged or do not fit the architecture
    │   └── MemoryTooSmall    the device has less memory than the model needs
    ├── InputError        an image or a prompt cannot be turned into model inputs
    ├── BrokenCheck       a check raised instead of judging
    └── CaseFailure       a case does not hold (an AssertionError too)
        ├── Regression        the model departed from its golden, or from what its checks expect
        ├── StaleGolden       the case changed since its golden was recorded
        └── MissingGolden     nothing judges the case, or a golden was required and there is none

It knows no other room, so every room may import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class QwenError(Exception):
    """Stand at the root of every error raised on purpose."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Point at a spot of a text file; line and column count from 1."""

    file: Path
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class CaseError(QwenError):
    """Report what is wrong in a case file, at every place it is wrong."""

    def __init__(self, *problems: tuple[Place, str]) -> None:
        self.problems = problems
        super().__init__("\n".join(f"{place}: {text}" for place, text in problems))


class SettingsError(QwenError):
    """Report an option or ini value that cannot be honoured."""


class GoldenError(QwenError):
    """Report a golden file that cannot be read."""


class RecordError(QwenError):
    """Report a run record that cannot be read or written."""


class ModelError(QwenError):
    """Report that a model cannot be had as asked."""


class CheckpointError(ModelError):
    """Report a checkpoint whose files are missing, quantised, damaged or of another architecture."""


class MemoryTooSmall(ModelError):
    """Report that the device has less memory than the model needs."""


class InputError(QwenError):
    """Report an image or prompt that cannot be turned into model inputs."""


class BrokenCheck(QwenError):
    """Report that a check raised instead of judging."""


class CaseFailure(QwenError, AssertionError):
    """Report that a case does not hold."""


class Regression(CaseFailure):
    """Report that a model departed from its golden, or from what the checks expect."""


class StaleGolden(CaseFailure):
    """Report that a case changed since its golden was recorded."""


class MissingGolden(CaseFailure):
    """Report that nothing judges a case, or that a golden was required and there is none."""
