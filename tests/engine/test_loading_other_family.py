"""Another image-text-to-text model than Qwen3-VL loads by the same door."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from transformers import (
    AutoTokenizer,
    CLIPImageProcessorPil,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
)

from pytest_qwen3vl.engine.loading import load_model
from pytest_qwen3vl.settings import ModelChoice, Settings
from tests.engine.checkpoints import embedded


@pytest.fixture
def llava(tmp_path: Path) -> Path:
    tokenizer = AutoTokenizer.from_pretrained(embedded())
    image_token = tokenizer.convert_tokens_to_ids("<|image_pad|>")
    text = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2
    )
    vision = CLIPVisionConfig(
        hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=2, image_size=28, patch_size=14
    )
    config = LlavaConfig(vision_config=vision, text_config=text, image_token_index=image_token)
    LlavaForConditionalGeneration(config).save_pretrained(tmp_path, max_shard_size="50KB")
    pixels = CLIPImageProcessorPil(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28})
    template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
    LlavaProcessor(
        pixels, tokenizer, patch_size=14, vision_feature_select_strategy="default", image_token="<|image_pad|>",
        chat_template=template, num_additional_image_tokens=1,
    ).save_pretrained(tmp_path)  # fmt: skip
    return tmp_path


def test_another_model_loads_and_answers(llava: Path):
    loaded = load_model(ModelChoice("llava", str(llava)), Settings(), lambda _: None)
    assert type(loaded.model).__name__ == "LlavaForConditionalGeneration"
    assert (loaded.is_thinking, loaded.report.is_clean) == (False, True)
    inputs = loaded.processor(images=[Image.new("RGB", (28, 28))], text=["<|image_pad|>?"], return_tensors="pt")
    with torch.no_grad():
        tokens = loaded.model.generate(**inputs, max_new_tokens=2, do_sample=False)
    assert tokens.shape[1] == inputs["input_ids"].shape[1] + 2


def test_its_random_weights_are_built_from_its_own_configuration(llava: Path):
    for path in llava.glob("*.safetensors*"):
        path.unlink()
    loaded = load_model(ModelChoice("llava", str(llava)), Settings(weights="random"), lambda _: None)
    assert type(loaded.model).__name__ == "LlavaForConditionalGeneration"
