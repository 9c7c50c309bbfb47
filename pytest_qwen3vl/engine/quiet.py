"""Hold back what the libraries print while they load, and keep it for the load report."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars
from transformers.utils import logging as transformers_logging

_LIBRARIES = ("transformers", "accelerate", "huggingface_hub")


class _Collector(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())


@contextmanager
def quiet() -> Iterator[list[str]]:
    """Silence progress bars, log lines and warnings; yield the list that collects the latter two."""
    lines: list[str] = []
    with warnings.catch_warnings(record=True) as caught, _collecting(lines), _without_bars():
        warnings.simplefilter("always")
        try:
            yield lines
        finally:
            lines.extend(str(warning.message) for warning in caught)


@contextmanager
def _collecting(lines: list[str]) -> Iterator[None]:
    transformers_logging.get_logger()  # sets the library's own handler, lest it be added while ours stands in
    loggers = [logging.getLogger(name) for name in _LIBRARIES]
    before = [(logger.handlers[:], logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.handlers[:], logger.propagate = [_Collector(lines)], False
    try:
        yield
    finally:
        for logger, (handlers, propagate) in zip(loggers, before, strict=True):
            logger.handlers[:], logger.propagate = handlers, propagate


@contextmanager
def _without_bars() -> Iterator[None]:
    transformers_bars, hub_bars = transformers_logging.is_progress_bar_enabled(), not are_progress_bars_disabled()
    transformers_logging.disable_progress_bar()
    disable_progress_bars()
    try:
        yield
    finally:
        if transformers_bars:
            transformers_logging.enable_progress_bar()
        if hub_bars:
            enable_progress_bars()
