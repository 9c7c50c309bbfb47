"""The shape of the tiny Qwen3-VL: every part of the family, each as small as it can be.

It knows the sizes, the first weights and the files beside them; not how they are trained.
"""

import json
import math
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import nn
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

PATCH = 16
MERGE = 2
SMALLEST_PIXELS = 64 * 64
LARGEST_PIXELS = 256 * 256
WIDTH = 128
LAYERS = 4


def tiny_config(tokenizer: Tokenizer) -> Qwen3VLConfig:
    """Return the configuration for this tokenizer's vocabulary."""
    text = {
        "model_type": "qwen3_vl_text",
        "vocab_size": tokenizer.get_vocab_size(),
        "hidden_size": WIDTH,
        "intermediate_size": 384,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 32,
        "hidden_act": "silu",
        "max_position_embeddings": 4096,
        "rms_norm_eps": 1e-6,
        "rope_parameters": {
            "rope_type": "default", "rope_theta": 10000.0, "mrope_section": [6, 5, 5], "mrope_interleaved": True,
        },
        "bos_token_id": None,
        "eos_token_id": tokenizer.token_to_id("<|im_end|>"),
        "pad_token_id": tokenizer.token_to_id("<|endoftext|>"),
        "tie_word_embeddings": True,
        "dtype": "float32",
    }  # fmt: skip
    vision = {
        "model_type": "qwen3_vl",
        "depth": LAYERS,
        "hidden_size": WIDTH,
        "intermediate_size": 512,
        "num_heads": 4,
        "in_channels": 3,
        "patch_size": PATCH,
        "spatial_merge_size": MERGE,
        "temporal_patch_size": 2,
        "out_hidden_size": WIDTH,
        "num_position_embeddings": 144,
        "deepstack_visual_indexes": [0, 1, 2],
        "hidden_act": "gelu_pytorch_tanh",
    }
    return Qwen3VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=tokenizer.token_to_id("<|image_pad|>"),
        video_token_id=tokenizer.token_to_id("<|video_pad|>"),
        vision_start_token_id=tokenizer.token_to_id("<|vision_start|>"),
        vision_end_token_id=tokenizer.token_to_id("<|vision_end|>"),
        tie_word_embeddings=True,
    )


def new_model(config: Qwen3VLConfig) -> Qwen3VLForConditionalGeneration:
    """Return a model with first weights drawn from torch's current seed.

    A layer's spread is one over the root of its inputs: at this width the family's usual 0.02 learns far too slowly.
    """
    model = Qwen3VLForConditionalGeneration(config)
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear) and name != "lm_head":
            ends_residual = name.endswith(("o_proj", "down_proj", "attn.proj", "mlp.linear_fc2"))
            spread = 1 / math.sqrt(module.in_features * (2 * LAYERS if ends_residual else 1))
            nn.init.normal_(module.weight, std=spread)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    nn.init.normal_(model.model.visual.patch_embed.proj.weight, std=1 / math.sqrt(3 * 2 * PATCH * PATCH))
    nn.init.normal_(model.model.visual.pos_embed.weight, std=1.0)
    nn.init.normal_(model.model.language_model.embed_tokens.weight, std=0.08)
    return model.to(torch.float32)


def save_settings(tokenizer: Tokenizer, folder: Path) -> None:
    """Write the generation settings and the image processor's as the hub's Qwen3-VL has them."""
    generation = {
        "bos_token_id": tokenizer.token_to_id("<|endoftext|>"),
        "pad_token_id": tokenizer.token_to_id("<|endoftext|>"),
        "eos_token_id": [tokenizer.token_to_id("<|im_end|>"), tokenizer.token_to_id("<|endoftext|>")],
        "do_sample": True,
        "temperature": 0.7,
        "top_p": 0.8,
        "top_k": 20,
        "repetition_penalty": 1.0,
    }
    pixels = {
        "size": {"shortest_edge": SMALLEST_PIXELS, "longest_edge": LARGEST_PIXELS},
        "patch_size": PATCH,
        "temporal_patch_size": 2,
        "merge_size": MERGE,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
        "processor_class": "Qwen3VLProcessor",
        "image_processor_type": "Qwen2VLImageProcessorFast",
    }
    for name, content in (("generation_config.json", generation), ("preprocessor_config.json", pixels)):
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
