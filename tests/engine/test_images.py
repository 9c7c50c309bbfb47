"""Every file that is a picture becomes the same RGB; what is none is refused."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

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


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    suffix = "tiff" if mode == "CMYK" else "png"
    Image.new("RGB", (4, 4), "white").convert(mode).save(tmp_path / f"a.{suffix}")
    opened = open_image(tmp_path / f"a.{suffix}")
    assert opened.mode == "RGB"
    assert opened.getpixel((0, 0)) == (255, 255, 255)


def test_what_is_transparent_is_white_not_what_hides_beneath(tmp_path):
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(tmp_path / "a.png")
    assert corner(tmp_path / "a.png") == (255, 255, 255)


def test_sixteen_bit_grey_keeps_its_brightness(tmp_path):
    Image.fromarray(np.full((4, 4), 32768, dtype=np.uint16)).save(tmp_path / "a.png")
    assert corner(tmp_path / "a.png") == (128, 128, 128)


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
