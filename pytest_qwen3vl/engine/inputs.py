"""A case's turn to model inputs: messages, rendered prompt, pictures, tensors, and a note of each.

Pictures come from `images`, the template and the resizing from the checkpoint's own processor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image as PillowImage

from pytest_qwen3vl.cases.case import Case, Image, Turn
from pytest_qwen3vl.engine.images import open_image
from pytest_qwen3vl.engine.sketch import sketch
from pytest_qwen3vl.judging.golden import digest_file
from pytest_qwen3vl.judging.outputs import ImageInput, Prompt

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Hold what one turn gives to the model, and what is told of it."""

    tensors: Mapping[str, torch.Tensor]
    """`input_ids` (1, n), `attention_mask` (1, n), `pixel_values` (patches, channels * patch volume) …"""
    prompt: Prompt
    images: tuple[ImageInput, ...]
    """Those of this turn; earlier turns' images are in the tensors too."""

    @property
    def length(self) -> int:
        """Return the number of prompt tokens."""
        return len(self.prompt.token_ids)


class Conversation:
    """Grow by a question and an answer at a time, and give the inputs of the next answer."""

    def __init__(self, case: Case, processor: Any) -> None:
        self._processor = processor
        self._messages: list[Message] = []
        self._pictures: list[PillowImage.Image] = []
        if case.system is not None:
            self._messages.append({"role": "system", "content": [{"type": "text", "text": case.system}]})

    def ask(self, turn: Turn) -> Inputs:
        """Add a question; return the whole conversation as tensors on the CPU.

        Raises `InputError` for an image that cannot be decoded.
        """
        pictures = [open_image(image.path) for image in turn.images]
        content: list[Message] = [{"type": "image"} for _ in pictures]
        self._messages.append({"role": "user", "content": [*content, {"type": "text", "text": turn.ask}]})
        self._pictures.extend(pictures)
        text = self._processor.apply_chat_template(self._messages, tokenize=False, add_generation_prompt=True)
        tensors = self._processor(text=[text], images=self._pictures or None, return_tensors="pt")
        token_ids = tuple(tensors["input_ids"][0].tolist())
        return Inputs(dict(tensors), Prompt(text, token_ids), _describe(turn.images, pictures, tensors))

    def answer(self, text: str) -> None:
        """Add what the model answered; the next question is asked after it."""
        self._messages.append({"role": "assistant", "content": [{"type": "text", "text": text}]})


def _describe(
    images: Sequence[Image], pictures: Sequence[PillowImage.Image], tensors: Mapping[str, torch.Tensor]
) -> tuple[ImageInput, ...]:
    """Describe the last `len(images)` images of the conversation."""
    grids = tensors["image_grid_thw"].tolist() if images and "image_grid_thw" in tensors else [[1, 0, 0]] * len(images)
    pixels = _split_pixels(tensors.get("pixel_values"), grids)
    described = zip(images, pictures, grids[-len(images) :] if images else [], pixels[-len(images) :], strict=True)
    return tuple(
        ImageInput(
            path=image.written,
            sha256=digest_file(image.path),
            width=picture.width,
            height=picture.height,
            grid=(grid[0], grid[1], grid[2]),
            sketch=sketch(values),
        )
        for image, picture, grid, values in described
    )


def _split_pixels(pixels: torch.Tensor | None, grids: Sequence[Sequence[int]]) -> list[torch.Tensor]:
    """Return each image's rows of `pixel_values`; a family that does not pack images gives its whole tensor."""
    if pixels is None:
        return []
    sizes = [grid[0] * grid[1] * grid[2] for grid in grids]
    if sum(sizes) != pixels.shape[0]:
        return [pixels] * len(grids)
    return list(torch.split(pixels, sizes))
