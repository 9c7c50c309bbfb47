"""Image files to RGB pictures, the same on every machine.

It opens, orients and flattens; resizing and normalising are the processor's.
"""

from __future__ import annotations

import warnings
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from pytest_qwen3vl.errors import InputError

MAX_PIXELS = 100_000_000
"""Pictures above this are refused before they are decoded (a decompression bomb is a small file)."""
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")


def open_image(path: Path) -> Image.Image:
    """Return the picture in RGB, EXIF orientation applied, transparency laid on white.

    Raises `InputError` for a file that is no picture, is damaged, or has more than `MAX_PIXELS` pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # MAX_PIXELS is our own, stricter limit
            with Image.open(path, formats=FORMATS) as image:
                _check_size(path, image)
                image.load()
                return _flatten(ImageOps.exif_transpose(image))
    except UnidentifiedImageError:
        raise InputError(f"image `{path}` is none of {', '.join(FORMATS)}") from None
    except Image.DecompressionBombError as error:
        raise InputError(f"image `{path}`: {error}") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise InputError(f"image `{path}` cannot be decoded: {error}") from error


def _check_size(path: Path, image: Image.Image) -> None:
    pixels = image.width * image.height
    if pixels > MAX_PIXELS:
        raise InputError(
            f"image `{path}` has {image.width} x {image.height} = {pixels:,} pixels, "
            f"more than the limit of {MAX_PIXELS:,}: scale it down"
        )


def _flatten(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256).convert("L")  # Pillow would clip 16 bits at 255
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")
