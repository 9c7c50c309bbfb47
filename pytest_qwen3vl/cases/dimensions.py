"""The dimensions of a Qwen3-VL and the number of parameters they make.

Plain data and arithmetic, in transformers' own names. It knows neither files nor tensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class Experts:
    """Size the mixture of experts that stands in for each layer's MLP."""

    num_experts: int
    num_experts_per_tok: int
    moe_intermediate_size: int


@dataclass(frozen=True, slots=True)
class TextDimensions:
    """Size the language model."""

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    max_position_embeddings: int
    rope_theta: float
    mrope_section: tuple[int, int, int]
    experts: Experts | None = None

    @property
    def parameters(self) -> int:
        """Return the number of parameters, embeddings and output head left out."""
        attention = self.hidden_size * self.head_dim * 2 * (self.num_attention_heads + self.num_key_value_heads)
        norms = 2 * self.head_dim + 2 * self.hidden_size
        return self.num_hidden_layers * (attention + norms + self._mlp) + self.hidden_size

    @property
    def _mlp(self) -> int:
        if self.experts is None:
            return 3 * self.hidden_size * self.intermediate_size
        router = self.hidden_size * self.experts.num_experts
        return router + 3 * router * self.experts.moe_intermediate_size


@dataclass(frozen=True, slots=True)
class VisionDimensions:
    """Size the vision tower."""

    depth: int
    hidden_size: int
    num_heads: int
    intermediate_size: int
    out_hidden_size: int
    deepstack_visual_indexes: tuple[int, ...]
    num_position_embeddings: int = 2304
    in_channels: int = 3
    patch_size: int = 16
    spatial_merge_size: int = 2
    temporal_patch_size: int = 2

    @property
    def parameters(self) -> int:
        """Return the number of parameters: patches, positions, blocks, merger and DeepStack mergers."""
        width, merged = self.hidden_size, self.hidden_size * self.spatial_merge_size**2
        patch = _linear(self.in_channels * self.temporal_patch_size * self.patch_size**2, width)
        block = 4 * width + _linear(width, 3 * width) + _linear(width, width)
        block += _linear(width, self.intermediate_size) + _linear(self.intermediate_size, width)
        merger = _linear(merged, merged) + _linear(merged, self.out_hidden_size)
        mergers = merger + 2 * width + len(self.deepstack_visual_indexes) * (merger + 2 * merged)
        return patch + self.num_position_embeddings * width + self.depth * block + mergers


_Sizes = TypeVar("_Sizes", Experts, TextDimensions, VisionDimensions)


@dataclass(frozen=True, slots=True)
class Dimensions:
    """Size a whole model."""

    text: TextDimensions
    vision: VisionDimensions
    tie_word_embeddings: bool

    @property
    def parameters(self) -> int:
        """Return the number of parameters; tied embeddings count once."""
        embedding = self.text.vocab_size * self.text.hidden_size
        heads = 1 if self.tie_word_embeddings else 2
        return heads * embedding + self.text.parameters + self.vision.parameters

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Dimensions:
        """Read the dimensions out of the content of a Qwen3-VL's config.json."""
        text = dict(config["text_config"])
        text |= text.get("rope_parameters") or text["rope_scaling"]  # the latter: configurations older than 5.0
        experts = _pick(Experts, text) if "num_experts" in text else None
        return cls(
            text=_pick(TextDimensions, {**text, "experts": experts}),
            vision=_pick(VisionDimensions, config["vision_config"]),
            tie_word_embeddings=bool(config["tie_word_embeddings"]),
        )


def _pick(kind: type[_Sizes], values: Mapping[str, Any]) -> _Sizes:
    known = (field.name for field in fields(kind))
    return kind(**{name: _frozen(values[name]) for name in known if name in values})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _linear(inputs: int, outputs: int) -> int:
    return inputs * outputs + outputs
