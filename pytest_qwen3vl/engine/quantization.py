"""Whether a checkpoint's weights are quantised, told from its configuration and from what is stored.

It reads headers only; whether a quantised checkpoint is wanted is the caller's to decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pytest_qwen3vl.engine.shard import Shard

GGUF = "GGUF files are quantised and no safetensors; name the model they were made from"

_PACKED_TYPES = {"F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F6_E2M3", "F6_E3M2", "F4", "I8", "U8"}
_PACKED_NAMES = {
    "qweight": "gptq or awq",
    "qzeros": "gptq or awq",
    "weight_packed": "compressed-tensors",
    "weight_scale": "compressed-tensors",
    "weight_scale_inv": "fp8",
    "absmax": "bitsandbytes",
    "SCB": "bitsandbytes",
}


def find_quantization(config: Mapping[str, Any], shards: Iterable[Shard]) -> str | None:
    """Return the method of quantisation, or None for full precision."""
    return _declared(config) or _stored(shards)


def _declared(config: Mapping[str, Any]) -> str | None:
    for part in (config, config.get("text_config"), config.get("vision_config")):
        quantization = part.get("quantization_config") if isinstance(part, dict) else None
        if quantization:
            return str(quantization.get("quant_method", "unnamed")) if isinstance(quantization, dict) else "unnamed"
    return None


def _stored(shards: Iterable[Shard]) -> str | None:
    for shard in shards:
        for name, tensor in shard.tensors.items():
            method = _PACKED_NAMES.get(name.rpartition(".")[2])
            if method or tensor.dtype in _PACKED_TYPES:
                return method or f"{tensor.dtype} weights"
    return None
