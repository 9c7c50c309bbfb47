"""What the model sees of a picture: its patches, and for training what each visual token shows.

The same pixels as transformers' image processor gives, cut faster. It knows no questions and no token ids.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

from pytest_qwen3vl.tiny.drawing import draw
from pytest_qwen3vl.tiny.model import LARGEST_PIXELS, MERGE, PATCH, SMALLEST_PIXELS
from pytest_qwen3vl.tiny.world import LATTICE, Page, Picture, typeset

NOTHING = "<|vision_pad|>"
UNIT = PATCH * MERGE

Sight = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Pixels:
    """Hold one image: patches of bytes (patches, 768), its grid in patches, what each visual token shows."""

    patches: npt.NDArray[np.uint8]
    grid: tuple[int, int]
    sights: tuple[Sight, ...]


def see(picture: Picture) -> Pixels:
    """Return the picture as the image processor would cut it, and what each of its visual tokens shows."""
    image = draw(picture)
    height, width = smart_resize(image.height, image.width, UNIT, SMALLEST_PIXELS, LARGEST_PIXELS)
    shown = sights(picture, height // UNIT, width // UNIT)
    return Pixels(cut(image, width, height), (height // PATCH, width // PATCH), tuple(shown))


def cut(image: Image.Image, width: int, height: int) -> npt.NDArray[np.uint8]:
    """Return patches in the family's order: the four of one visual token stand together."""
    pixels = np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))
    down, across = height // UNIT, width // UNIT
    blocks = pixels.reshape(down, MERGE, PATCH, across, MERGE, PATCH, 3)
    return np.ascontiguousarray(blocks.transpose(0, 3, 1, 4, 6, 2, 5)).reshape(-1, 3 * PATCH * PATCH)


def sights(picture: Picture, down: int, across: int) -> list[Sight]:
    """Return for each visual token of the picture four words: two for what it shows, its row, its column.

    What it shows is a shape's colour and form, or the characters in its left and right half; `NOTHING` where empty.
    """
    cells = [(row, column) for row in range(down) for column in range(across)]
    if isinstance(picture, Page):
        rows = [text.replace(" ", "\0") for text in typeset(picture)]
        return [(*_letters(rows[row][2 * column :]), str(row), str(column)) for row, column in cells]
    shown = {(shape.row, shape.column): (shape.colour, shape.form) for shape in picture.shapes}
    places = [(row * LATTICE // down, column * LATTICE // across) for row, column in cells]
    return [(*shown.get(place, (NOTHING, NOTHING)), str(place[0]), str(place[1])) for place in places]


def _letters(text: str) -> tuple[str, str]:
    return text[0].replace("\0", NOTHING), text[1].replace("\0", NOTHING)
