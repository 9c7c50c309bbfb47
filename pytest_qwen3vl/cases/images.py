"""Find the image files of a case, and nothing outside the case file's own folder.

It does not open them: the engine does.
"""

# ruff: noqa: PTH113, PTH114, PTH117  (text paths: a suite names thousands of images, and pathlib is slower)

from __future__ import annotations

import os
from pathlib import Path


class ImageFolder:
    """Look images up below the folder of one case file."""

    def __init__(self, case_file: Path) -> None:
        self._folder = os.path.realpath(case_file.parent)
        self._real_parents: dict[str, str] = {}

    def find(self, written: str) -> Path:
        """Return the absolute path of an image as the case file spells it.

        Raises ValueError where there is no such file, or where it lies outside the folder (also by a link).
        """
        if not written.strip():
            raise ValueError("an image's path is empty; name a file, or leave it out")
        if os.path.isabs(written) or "\\" in written or "://" in written:
            raise ValueError(f"write the image `{written}` relative to this file, with `/` between folders")
        path = f"{self._folder}{os.sep}{written}"
        real = self._real(path)
        if not real.startswith(self._folder + os.sep):
            raise ValueError(f"the image `{written}` lies outside this file's folder, {self._folder}; copy it there")
        if not os.path.isfile(real):
            raise ValueError(f"no image `{written}`: looked for {path}")
        return Path(path)

    def _real(self, path: str) -> str:
        """Return the path with links followed; a parent folder is followed once."""
        parent, name = os.path.split(path)
        if name in ("", ".", ".."):
            return os.path.realpath(path)
        if parent not in self._real_parents:
            self._real_parents[parent] = os.path.realpath(parent)
        real = f"{self._real_parents[parent]}{os.sep}{name}"
        return os.path.realpath(real) if os.path.islink(real) else real
