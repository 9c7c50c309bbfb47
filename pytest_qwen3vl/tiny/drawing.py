"""Pictures of scenes and pages.

Pillow and its own embedded font, no file of any system. It knows nothing of questions and models.
"""

from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from pytest_qwen3vl.tiny.world import PAGE_COLUMNS, Page, Picture, Scene, Shape, typeset

RGB = {
    "red": (220, 30, 30),
    "green": (30, 150, 50),
    "blue": (40, 70, 220),
    "yellow": (245, 205, 20),
    "purple": (150, 50, 180),
    "black": (15, 15, 15),
    "white": (255, 255, 255),
    "gray": (200, 200, 200),
    "pink": (255, 200, 210),
}
TYPE_SIZE = 26


def draw(picture: Picture) -> Image.Image:
    """Return the picture as an RGB image of its own width and height."""
    return draw_scene(picture) if isinstance(picture, Scene) else draw_page(picture)


def draw_scene(scene: Scene) -> Image.Image:
    """Return a scene: flat shapes on a plain background."""
    image = Image.new("RGB", (scene.width, scene.height), RGB[scene.background])
    pen = ImageDraw.Draw(image)
    for shape in scene.shapes:
        _draw_shape(pen, scene, shape)
    return image


def draw_page(page: Page) -> Image.Image:
    """Return a page: typewritten rows, dark on white; a table's head is ruled off."""
    rows = typeset(page)
    image = Image.new("RGB", (page.width, page.height), RGB["white"])
    pen = ImageDraw.Draw(image)
    across, down = page.width / PAGE_COLUMNS, page.height / len(rows)
    for row, text in enumerate(rows):
        for column, letter in enumerate(text):
            if letter != " ":
                middle = ((column + 0.5) * across, (row + 0.78) * down)
                pen.text(middle, letter, fill=RGB["black"], font=_font(), anchor="ms")
    if page.kind == "table":
        pen.line([(0, down), (page.width, down)], fill=RGB["gray"])
    return image


@lru_cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=TYPE_SIZE)


def _draw_shape(pen: ImageDraw.ImageDraw, scene: Scene, shape: Shape) -> None:
    thousandths = scene.box(shape)
    left, right = (value * scene.width / 1000 for value in thousandths[::2])
    top, bottom = (value * scene.height / 1000 for value in thousandths[1::2])
    ink = RGB[shape.colour]
    if shape.form == "circle":
        pen.ellipse([left, top, right, bottom], fill=ink)
    elif shape.form == "square":
        pen.rectangle([left, top, right, bottom], fill=ink)
    elif shape.form == "triangle":
        pen.polygon([(left, bottom), (right, bottom), ((left + right) / 2, top)], fill=ink)
    else:
        across, down = (right - left) / 3, (bottom - top) / 3
        pen.rectangle([left + across, top, right - across, bottom], fill=ink)
        pen.rectangle([left, top + down, right, bottom - down], fill=ink)
