"""Every file that is a picture becomes the same RGB; what is none is refused."""

from __future__ import annotations

import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from pytest_qwen3vl.engine.images import MAX_PIXELS, open_image
from pytest_qwen3vl.errors import InputError


def corner(path):
    return open_image(path).getpixel((0, 0))


def test_exif_orientation_is_applied(tmp_path):
    image = Image.new("RGB", (40, 20), "white")
    image.paste("red", (0, 0, 10, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees clockwise
    image.save(tmp_path / "a.png", exif=exif)
    opened = open_image(tmp_path / "a.png")
    assert opened.size == (20, 40)
    assert opened.getpixel((10, 2)) == (255, 0, 0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_applied_as_pillow_does(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.effect_noise((5, 3), 80).save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as image:
        expected = ImageOps.exif_transpose(image).convert("RGB")
    opened = open_image(tmp_path / "a.png")
    assert (opened.size, opened.tobytes()) == (expected.size, expected.tobytes())


def exif_of(*entries):
    """Return EXIF bytes of these directory entries: (tag, type, count, four bytes)."""
    packed = b"".join(struct.pack(">HHI4s", *entry) for entry in entries)
    return b"Exif\0\0MM\0*" + struct.pack(">IH", 8, len(entries)) + packed + bytes(4)


@pytest.mark.parametrize(
    "sloppy",
    [
        pytest.param((0x010F, 2, 400, b"\0\0\x10\0"), id="a maker beyond the end"),
        pytest.param((0x8769, 4, 1, b"\0\1\0\0"), id="a directory beyond the end"),
        pytest.param((0x0100, 2, 4, b"AAAA"), id="a width in letters"),
    ],
)
def test_sloppy_exif_neither_warns_nor_loses_the_orientation(tmp_path, sloppy):
    Image.new("RGB", (40, 20)).save(tmp_path / "a.jpg", exif=exif_of((0x0112, 3, 1, b"\0\6\0\0"), sloppy))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert open_image(tmp_path / "a.jpg").size == (20, 40)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"])
@pytest.mark.parametrize("colour", ["white", "black"])
def test_every_mode_becomes_rgb(tmp_path, mode, colour):
    Image.new("RGB", (4, 4), colour).convert(mode).save(tmp_path / "a.tiff")
    with Image.open(tmp_path / "a.tiff") as image:
        assert image.mode == mode
    opened = open_image(tmp_path / "a.tiff")
    assert opened.mode == "RGB"
    assert opened.getpixel((0, 0)) == {"white": (255, 255, 255), "black": (0, 0, 0)}[colour]


@pytest.mark.parametrize("mode", ["I", "F", "LAB"])
def test_pixels_without_one_meaning_are_refused_with_the_remedy(tmp_path, mode):
    Image.new(mode, (4, 4)).save(tmp_path / "depth.tiff")
    with pytest.raises(InputError, match=rf"depth\.tiff` has pixels of Pillow's mode `{mode}`.* save it as RGB"):
        open_image(tmp_path / "depth.tiff")


def test_what_is_transparent_is_white_not_what_hides_beneath(tmp_path):
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(tmp_path / "a.png")
    assert corner(tmp_path / "a.png") == (255, 255, 255)


@pytest.mark.parametrize(("mode", "order"), [("I;16", "<"), ("I;16B", ">")])
def test_sixteen_bit_grey_keeps_its_brightness(tmp_path, mode, order):
    grey = np.full((4, 4), 0x80FF, dtype=f"{order}u2")
    Image.frombytes(mode, (4, 4), grey.tobytes()).save(tmp_path / "a.tiff")
    with Image.open(tmp_path / "a.tiff") as image:
        assert image.mode == mode
    assert corner(tmp_path / "a.tiff") == (128, 128, 128)


def test_the_transparent_one_of_sixteen_bit_greys_is_white(tmp_path):
    grey = np.array([[0x8000, 0x8001]], dtype=np.uint16)
    Image.fromarray(grey).save(tmp_path / "a.png", transparency=0x8000)
    opened = open_image(tmp_path / "a.png")
    assert [opened.getpixel((0, 0)), opened.getpixel((1, 0))] == [(255, 255, 255), (128, 128, 128)]


def png_header(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    body = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b""))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path):
    (tmp_path / "bomb.png").write_bytes(png_header(50_000, 50_000))
    with pytest.raises(InputError, match=r"bomb\.png"):
        open_image(tmp_path / "bomb.png")


def test_the_limit_says_both_numbers(tmp_path):
    (tmp_path / "large.png").write_bytes(png_header(10_001, 10_000))
    with pytest.raises(InputError, match=f"100,010,000 pixels, more than the limit of {MAX_PIXELS:,}"):
        open_image(tmp_path / "large.png")


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html></html>", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"],
)
def test_what_is_no_picture_is_refused_by_name(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.png"):
        open_image(tmp_path / "a.png")


def test_a_truncated_picture_is_refused(tmp_path):
    Image.effect_noise((200, 200), 80).save(tmp_path / "a.png")
    content = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="cannot be decoded"):
        open_image(tmp_path / "a.png")
