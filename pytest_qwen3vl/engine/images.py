"""Image files to RGB pictures, the same on every machine.

It opens, orients and flattens; resizing and normalising are the processor's.
"""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from pytest_qwen3vl.errors import InputError

MAX_PIXELS = 100_000_000
"""Pictures above this are refused before they are decoded (a decompression bomb is a small file)."""
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr")
"""Pillow's names of the pixel types that have one meaning as RGB; its 16-bit greys, `I;16…`, do too."""
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture of each EXIF orientation upright."""
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, OverflowError, struct.error)
"""What Pillow raises, by format, for a damaged file."""


def open_image(path: Path) -> Image.Image:
    """Return the picture in RGB, EXIF orientation applied, transparency laid on white.

    Raises `InputError` for a file that is no picture, is damaged, has pixels without one meaning as RGB, or more than
    `MAX_PIXELS` of them.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # sloppy metadata is no fault of the picture; MAX_PIXELS is our own limit
            with Image.open(path, formats=FORMATS) as image:
                _check_size(path, image)
                _check_mode(path, image)
                image.load()
                return _flatten(_upright(image))
    except UnidentifiedImageError:
        raise InputError(f"image `{path}` is none of {', '.join(FORMATS)}") from None
    except Image.DecompressionBombError as error:
        raise InputError(f"image `{path}`: {error}") from None
    except _DAMAGE as error:
        raise InputError(f"image `{path}` cannot be decoded: {error}") from error


def _check_size(path: Path, image: Image.Image) -> None:
    pixels = image.width * image.height
    if pixels > MAX_PIXELS:
        raise InputError(
            f"image `{path}` has {image.width} x {image.height} = {pixels:,} pixels, "
            f"more than the limit of {MAX_PIXELS:,}: scale it down"
        )


def _check_mode(path: Path, image: Image.Image) -> None:
    if image.mode not in _MODES and not image.mode.startswith("I;16"):
        raise InputError(
            f"image `{path}` has pixels of Pillow's mode `{image.mode}`, which are not RGB in one way only; "
            "save it as RGB, or as grey of 8 or 16 bits"
        )


def _upright(image: Image.Image) -> Image.Image:
    """Return the picture as its EXIF says it is held; unlike Pillow's own function, rewrite no EXIF."""
    method = _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    return image if method is None else image.transpose(method)


def _flatten(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return _eight_bits(image).convert("RGB")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return 16-bit grey in 8 bits, the one transparent grey it may have in white; Pillow would clip at 255."""
    grey = np.asarray(image)
    if "transparency" in image.info:
        grey = np.where(grey == image.info["transparency"], 0xFFFF, grey)
    return Image.fromarray((grey >> 8).astype(np.uint8))
