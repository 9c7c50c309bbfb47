"""Everything the engine knows about Qwen3-VL alone; of any other image-text-to-text model it asks transformers.

The configurations of the published sizes, the special tokens, the published image settings, and how a prompt that
makes the model reason is told from one that does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from transformers import (
    GenerationConfig,
    PretrainedConfig,
    PreTrainedTokenizerBase,
    ProcessorMixin,
    Qwen3VLConfig,
    Qwen3VLMoeConfig,
)

from pytest_qwen3vl.cases.dimensions import Dimensions, TextDimensions

MODEL_TYPES = ("qwen3_vl", "qwen3_vl_moe")
REASONING_START = "<think>"
REASONING_END = "</think>"
PUBLISHED_PIXELS: dict[str, Any] = {
    "size": {"shortest_edge": 65536, "longest_edge": 16777216},
    "patch_size": 16,
    "temporal_patch_size": 2,
    "merge_size": 2,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
}
"""The image settings of every published Qwen3-VL."""

_TOKENS = {
    "image_token_id": "<|image_pad|>",
    "video_token_id": "<|video_pad|>",
    "vision_start_token_id": "<|vision_start|>",
    "vision_end_token_id": "<|vision_end|>",
}
_TURN_END, _TEXT_END = "<|im_end|>", "<|endoftext|>"


def is_qwen3_vl(model_type: str) -> bool:
    """Tell whether a config.json's `model_type` is of this family."""
    return model_type in MODEL_TYPES


def unlike_tokens(config: Mapping[str, Any], tokenizer: PreTrainedTokenizerBase) -> list[str]:
    """Return, as text, the special tokens whose ids in a config.json are not the tokenizer's."""
    ids = {name: tokenizer.convert_tokens_to_ids(token) for name, token in _TOKENS.items()}
    return [
        f"`{_TOKENS[name]}` is {config[name]} in config.json and {found} in the tokenizer"
        for name, found in ids.items()
        if name in config and config[name] != found
    ]


def build_config(dimensions: Dimensions, tokenizer: PreTrainedTokenizerBase) -> PretrainedConfig:
    """Return the configuration of these sizes, its special token ids those of `tokenizer`."""
    kind = Qwen3VLConfig if dimensions.text.experts is None else Qwen3VLMoeConfig
    vision = asdict(dimensions.vision)
    vision["deepstack_visual_indexes"] = list(dimensions.vision.deepstack_visual_indexes)
    text = _text_config(dimensions.text) | {"tie_word_embeddings": dimensions.tie_word_embeddings}
    ids = {name: tokenizer.convert_tokens_to_ids(token) for name, token in _TOKENS.items()}
    return kind(text_config=text, vision_config=vision, tie_word_embeddings=dimensions.tie_word_embeddings, **ids)


def build_generation_config(tokenizer: PreTrainedTokenizerBase) -> GenerationConfig:
    """Return the end and padding tokens as the published models set them."""
    turn_end, text_end = tokenizer.convert_tokens_to_ids([_TURN_END, _TEXT_END])
    return GenerationConfig(eos_token_id=[turn_end, text_end], pad_token_id=text_end, bos_token_id=text_end)


def opens_reasoning(processor: ProcessorMixin) -> bool:
    """Tell whether the chat template ends a prompt inside an open reasoning block, as that of a Thinking model does."""
    messages = [{"role": "user", "content": [{"type": "text", "text": "?"}]}]
    prompt = processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    return bool(prompt.rfind(REASONING_START) > prompt.rfind(REASONING_END))


def _text_config(text: TextDimensions) -> dict[str, Any]:
    values = asdict(text)
    experts = values.pop("experts") or {}
    values["rope_parameters"] = {
        "rope_type": "default",
        "rope_theta": values.pop("rope_theta"),
        "mrope_section": list(values.pop("mrope_section")),
        "mrope_interleaved": True,
    }
    return values | experts
