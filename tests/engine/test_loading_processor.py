"""The processor works without torchvision and takes its pixel limits from the checkpoint's files."""

import importlib.util
from pathlib import Path

import pytest
from PIL import Image

from pytest_qwen3vl.engine.processor import image_backend_of, load_processor
from pytest_qwen3vl.errors import CheckpointError, SettingsError
from tests.engine.checkpoints import edit_json

PATCH = 16


def visual_tokens(folder: Path, side: int = 512) -> int:
    processor = load_processor(folder)
    grid = processor(images=[Image.new("RGB", (side, side))], text=["<|image_pad|>"], return_tensors="pt")
    return int(grid["image_grid_thw"].prod()) // 4


def edit_pixels(folder: Path, **values: object) -> None:
    edit_json(folder / "preprocessor_config.json", lambda content: content.update(values))


def test_images_and_text_become_tensors(dense: Path):
    processor = load_processor(dense)
    content = [{"type": "image"}, {"type": "image"}, {"type": "text", "text": "Which is red?"}]
    prompt = processor.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
    )
    images = [Image.new("RGB", (64, 64), "red"), Image.new("RGB", (128, 64), "blue")]
    inputs = processor(images=images, text=[prompt], return_tensors="pt")
    assert inputs["image_grid_thw"].tolist() == [[1, 4, 4], [1, 4, 8]]
    assert inputs["pixel_values"].shape == (16 + 32, 3 * 2 * PATCH * PATCH)
    assert int((inputs["input_ids"] == processor.image_token_id).sum()) == (16 + 32) // 4
    assert inputs["mm_token_type_ids"].sum() == (16 + 32) // 4


def test_the_template_tokenizes_as_the_processor_does(dense: Path):
    processor = load_processor(dense)
    messages = [{"role": "user", "content": [{"type": "text", "text": "Hello?"}]}]
    prompt = processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    tokens = processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=True, return_dict=True)
    assert tokens["input_ids"] == processor(text=[prompt])["input_ids"]


def test_the_pixel_limit_of_the_files_is_honoured(broken: Path):
    edit_pixels(broken, size={"shortest_edge": 32 * 32, "longest_edge": 256 * 256})
    assert visual_tokens(broken) == 64
    edit_pixels(broken, size={"shortest_edge": 32 * 32, "longest_edge": 128 * 128})
    assert visual_tokens(broken) == 16


def test_the_older_spelling_of_the_pixel_limit_is_honoured(broken: Path):
    edit_json(broken / "preprocessor_config.json", lambda content: content.pop("size"))
    edit_pixels(broken, min_pixels=32 * 32, max_pixels=128 * 128)
    assert visual_tokens(broken) == 16


def test_a_small_image_is_enlarged_to_the_lower_limit(broken: Path):
    edit_pixels(broken, size={"shortest_edge": 128 * 128, "longest_edge": 256 * 256})
    assert visual_tokens(broken, side=32) == 16


def test_pillow_is_used_whatever_processor_the_files_name(broken: Path):
    for name in ("Qwen2VLImageProcessorFast", "Qwen2VLImageProcessor"):
        edit_pixels(broken, image_processor_type=name)
        processor = load_processor(broken)
        assert type(processor.image_processor).__name__ == "Qwen2VLImageProcessorPil"
        assert image_backend_of(processor) == "pillow"


def test_a_processor_as_it_was_saved_loads_again(broken: Path):
    edit_pixels(broken, size={"shortest_edge": 32 * 32, "longest_edge": 128 * 128})
    processor = load_processor(broken)
    for name in ("preprocessor_config.json", "chat_template.jinja", "tokenizer.json", "tokenizer_config.json"):
        (broken / name).unlink()
    processor.save_pretrained(broken)
    assert visual_tokens(broken) == 16
    assert load_processor(broken).chat_template == processor.chat_template


def test_a_chat_template_in_the_hubs_older_file_is_found(broken: Path):
    (broken / "chat_template.jinja").unlink()
    (broken / "chat_template.json").write_text('{"chat_template": "older"}')
    assert load_processor(broken).chat_template == "older"


def test_a_checkpoint_without_a_chat_template_is_refused(broken: Path):
    (broken / "chat_template.jinja").unlink()
    with pytest.raises(CheckpointError, match=r"has no chat template; copy chat_template\.jinja"):
        load_processor(broken)


def test_a_checkpoint_without_a_tokenizer_is_refused(broken: Path):
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (broken / name).unlink()
    with pytest.raises(CheckpointError, match=r"another model's tokenizer, or none: `<.image_pad.>` is"):
        load_processor(broken)


def test_a_tokenizer_with_other_special_tokens_than_the_configuration_is_refused(broken: Path):
    edit_json(broken / "config.json", lambda content: content.update(image_token_id=3))
    with pytest.raises(CheckpointError, match=r"`<\|image_pad\|>` is 3 in config.json and \d+ in the tokenizer"):
        load_processor(broken)


@pytest.mark.skipif(importlib.util.find_spec("torchvision") is not None, reason="torchvision is installed")
def test_torchvision_is_asked_for_by_name_when_it_is_missing(dense: Path):
    with pytest.raises(SettingsError, match="--qwen-image-backend: torchvision is not installed; pip install"):
        load_processor(dense, image_backend="torchvision")
