"""The shipped cases' images are what their program draws."""

import runpy
from pathlib import Path

from PIL import Image

CASES = Path(__file__).parents[2] / "cases"


def test_drawing_them_again_gives_the_same_bytes(tmp_path: Path) -> None:
    program = runpy.run_path(str(CASES / "build_images.py"))
    program["main"](tmp_path)
    for name in program["PICTURES"]:
        assert (tmp_path / name).read_bytes() == (CASES / name).read_bytes(), name


def test_every_image_is_drawn_by_the_program() -> None:
    program = runpy.run_path(str(CASES / "build_images.py"))
    assert {str(path.relative_to(CASES)) for path in CASES.glob("*/images/*")} == set(program["PICTURES"])


def test_sizes_are_odd_and_one_task_or_another_is_above_the_limit() -> None:
    sizes = []
    for path in CASES.glob("*/images/*.png"):
        with Image.open(path) as image:
            sizes.append(image.size)
    assert all(width % 32 or height % 32 for width, height in sizes)
    assert any(width * height > 256 * 256 for width, height in sizes)
