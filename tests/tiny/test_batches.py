"""What training reads is what transformers' own processor would hand to the model."""

import random
from typing import Any

import pytest
import torch
from PIL import Image
from transformers import ProcessorMixin, Qwen3VLForConditionalGeneration

from pytest_qwen3vl.tiny.batches import collate, make_batch
from pytest_qwen3vl.tiny.drawing import draw
from pytest_qwen3vl.tiny.forward import look, read
from pytest_qwen3vl.tiny.pixels import see, sights
from pytest_qwen3vl.tiny.plan import Plan
from pytest_qwen3vl.tiny.rows import Row, Writer
from pytest_qwen3vl.tiny.scene_questions import ask_scene, ask_scenes
from pytest_qwen3vl.tiny.world import Picture, draw_lots_page, draw_lots_scene

SYSTEM = "Answer briefly."


def _picture(seed: int) -> Picture:
    lots = random.Random(seed)
    return draw_lots_page(lots) if seed % 2 else draw_lots_scene(lots)


def _say(role: str, *content: str | Image.Image) -> dict[str, Any]:
    parts = [
        {"type": "text", "text": part} if isinstance(part, str) else {"type": "image", "image": part}
        for part in content
    ]
    return {"role": role, "content": parts}


def _conversation(writer: Writer, many: int, *, system: str | None) -> tuple[Row, list[dict[str, Any]]]:
    """Write the same two-turn conversation about `many` scenes as a row and as chat messages."""
    lots = random.Random(many)
    scenes = [draw_lots_scene(lots) for _ in range(many)]
    first = ask_scenes(scenes, lots) if many > 1 else ask_scene(scenes[0], lots)
    second = ask_scene(scenes[0], lots)
    row = writer.start([see(scene) for scene in scenes], system)
    writer.ask(row, first, 0)
    writer.go_on(row, 0)
    writer.ask(row, second, 0)
    messages = [_say("system", system)] if system else []
    messages += [_say("user", *map(draw, scenes), first.ask), _say("assistant", first.answer)]
    return row, [*messages, _say("user", second.ask), _say("assistant", second.answer)]


@pytest.mark.parametrize("seed", range(24))
def test_pixels_are_bit_equal_to_the_image_processors(seed: int, writer: Writer, processor: ProcessorMixin) -> None:
    picture = _picture(seed)
    seen = see(picture)
    made = processor.image_processor(images=[draw(picture)], return_tensors="pt")
    frames = made["pixel_values"].view(-1, 3, 2, 16 * 16)
    assert made["image_grid_thw"].tolist() == [[1, *seen.grid]]
    assert torch.equal(frames[:, :, 0], frames[:, :, 1])
    assert torch.equal(frames[:, :, 0].flatten(1), torch.from_numpy(seen.patches).float() / 127.5 - 1.0)


@pytest.mark.parametrize("system", [None, SYSTEM])
@pytest.mark.parametrize("images", [1, 2, 3])
def test_ids_and_positions_are_those_of_template_and_model(
    images: int,
    system: str | None,
    writer: Writer,
    processor: ProcessorMixin,
    untrained: Qwen3VLForConditionalGeneration,
) -> None:
    row, messages = _conversation(writer, images, system=system)
    made = processor.apply_chat_template(messages, tokenize=True, return_dict=True, return_tensors="pt")
    assert made["input_ids"][0].tolist() == row.tokens + writer.encode("\n")
    places = {name: made[name] for name in ("input_ids", "image_grid_thw", "mm_token_type_ids")}
    positions, _ = untrained.model.get_rope_index(**places)
    assert torch.equal(positions[:, :, :-1], collate(writer, [row]).positions)


@pytest.mark.parametrize("images", [1, 3])
def test_the_training_forward_gives_the_models_own_logits(
    images: int, writer: Writer, processor: ProcessorMixin, untrained: Qwen3VLForConditionalGeneration
) -> None:
    row, messages = _conversation(writer, images, system=None)
    made = processor.apply_chat_template(messages, tokenize=True, return_dict=True, return_tensors="pt")
    batch = collate(writer, [row])
    with torch.no_grad():
        theirs = untrained(**made).logits[0, :-2][batch.weights[0, 1:] > 0]
        ours, _, _ = read(untrained, batch, look(untrained, batch.images), writer.image_token)
    assert torch.allclose(theirs, ours, atol=2e-5, rtol=0)


def test_a_packed_question_sees_its_picture_and_itself_only(
    writer: Writer, untrained: Qwen3VLForConditionalGeneration
) -> None:
    lots = random.Random(5)
    scene = draw_lots_scene(lots)
    asked = [ask_scene(scene, lots) for _ in range(3)]
    image = see(scene)
    packed, alone = writer.start([image], None), writer.start([image], None)
    for branch, question in enumerate(asked, start=1):
        packed.position = alone.position
        writer.ask(packed, question, branch)
    writer.ask(alone, asked[-1], 0)
    with torch.no_grad():
        both = [
            read(untrained, collate(writer, [row]), look(untrained, [image]), writer.image_token)[0]
            for row in (packed, alone)
        ]
    assert torch.allclose(both[0][-len(both[1]) :], both[1], atol=2e-5, rtol=0)


def test_a_batch_follows_from_seed_and_step(writer: Writer) -> None:
    plan = Plan(seed=1, rows=2, budget=90)
    first, again, other = (make_batch(writer, plan, step) for step in (3, 3, 4))
    assert torch.equal(first.tokens, again.tokens)
    assert all((one.patches == two.patches).all() for one, two in zip(first.images, again.images, strict=True))
    assert first.tokens.shape != other.tokens.shape or not torch.equal(first.tokens, other.tokens)


def test_every_visual_token_has_its_four_words(writer: Writer) -> None:
    for seed in range(12):
        seen = see(_picture(seed))
        assert len(seen.sights) == seen.grid[0] * seen.grid[1] // 4


def test_a_words_sight_is_one_token(writer: Writer) -> None:
    scenes = [sights(draw_lots_scene(random.Random(seed)), 4, 4) for seed in range(30)]
    pages = [sights(page, len(page.lines), 6) for page in (draw_lots_page(random.Random(seed)) for seed in range(60))]
    words = {word for shown in (*scenes, *pages) for four in shown for word in four}
    assert {word for word in words if len(writer.encode(word)) != 1} == set()
