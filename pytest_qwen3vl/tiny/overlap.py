"""How well the model's boxes overlap the true ones, by real generation.

It asks for boxes of held-out scenes, lets transformers generate, and reads the JSON. It knows no training.
"""

import json
import random
from collections.abc import Mapping

import torch
from transformers import Qwen3VLForConditionalGeneration

from pytest_qwen3vl.tiny.pixels import Pixels, see
from pytest_qwen3vl.tiny.rows import Writer
from pytest_qwen3vl.tiny.scene_questions import ask_boxes
from pytest_qwen3vl.tiny.world import draw_lots_scene

Box = tuple[float, float, float, float]
MOST_TOKENS = 160


def mean_overlap(
    model: Qwen3VLForConditionalGeneration, writer: Writer, *, seed: int = 0, many: int = 60
) -> tuple[float, int]:
    """Return the mean IoU over all true boxes of `many` questions, and how many boxes; a missing box counts 0."""
    overlaps: list[float] = []
    for index in range(many):
        lots = random.Random(f"{seed}/held-out-boxes/{index}")
        scene = draw_lots_scene(lots)
        question = ask_boxes(scene, lots)
        found = read_boxes(generate(model, writer, see(scene), question.ask))
        for label, box in read_boxes(question.answer).items():
            overlaps.append(overlap(box, found[label]) if label in found else 0.0)
    return sum(overlaps) / len(overlaps), len(overlaps)


@torch.no_grad()
def generate(model: Qwen3VLForConditionalGeneration, writer: Writer, image: Pixels, ask: str) -> str:
    """Return the model's greedy answer to one question about one image."""
    row = writer.start([image], None)
    tokens = row.tokens + writer.encode(f"{ask}<|im_end|>\n<|im_start|>assistant\n")
    ids = torch.tensor([tokens], device=model.device)
    pixels = (torch.from_numpy(image.patches).float() / 127.5 - 1.0).view(-1, 3, 1, 16 * 16)
    answer = model.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        mm_token_type_ids=(ids == writer.image_token).int(),
        pixel_values=pixels.expand(-1, -1, 2, -1).flatten(1).to(model.device),
        image_grid_thw=torch.tensor([[1, *image.grid]], device=model.device),
        max_new_tokens=MOST_TOKENS,
        do_sample=False,
        temperature=None,
        top_p=None,
        top_k=None,
    )
    text: str = writer.tokenizer.decode(answer[0, len(tokens) :].tolist(), skip_special_tokens=True)
    return text


def read_boxes(answer: str) -> Mapping[str, Box]:
    """Return the boxes of an answer by label; none where it is no JSON of boxes."""
    try:
        return {entry["label"]: _box(*entry["bbox_2d"]) for entry in json.loads(answer)}
    except (ValueError, TypeError, KeyError):
        return {}


def _box(left: float, top: float, right: float, bottom: float) -> Box:
    return left, top, right, bottom


def overlap(one: Box, two: Box) -> float:
    """Return intersection over union."""
    across = max(0.0, min(one[2], two[2]) - max(one[0], two[0]))
    down = max(0.0, min(one[3], two[3]) - max(one[1], two[1]))
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, two))
    return across * down / (areas - across * down) if across * down else 0.0
