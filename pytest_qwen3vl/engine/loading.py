"""Turn a chosen model into a loaded one: found, whole, in full precision, with room for it, and cleanly loaded.

It says the order of the steps; each step has its own file. It knows no cases and generates nothing.
"""

from __future__ import annotations

import json
import shutil
import weakref
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from transformers import PreTrainedModel, ProcessorMixin

from pytest_qwen3vl.cases.catalog import Located, locate
from pytest_qwen3vl.engine.checkpoint import INDEX, Checkpoint, open_checkpoint, read_config
from pytest_qwen3vl.engine.device import choose_device, name_device
from pytest_qwen3vl.engine.family import opens_reasoning
from pytest_qwen3vl.engine.hub import fetch_settings, fetch_weights, resolved_commit
from pytest_qwen3vl.engine.memory import offload_folder, require_room, spread
from pytest_qwen3vl.engine.model import LoadedModel
from pytest_qwen3vl.engine.preflight import refuse_quantized, refuse_quantized_config
from pytest_qwen3vl.engine.pretrained import load_config, load_pretrained
from pytest_qwen3vl.engine.processor import image_backend_of, load_processor
from pytest_qwen3vl.engine.quiet import quiet
from pytest_qwen3vl.engine.random_model import build_random, read_blueprint
from pytest_qwen3vl.engine.threads import choose_threads
from pytest_qwen3vl.settings import ModelChoice, Settings

Progress = Callable[[str], None]


def load_model(choice: ModelChoice, settings: Settings, progress: Progress) -> LoadedModel:
    """Load a model and its processor; tell when it begins and ends.

    The generation config stays as the checkpoint has it. Raises CheckpointError, MemoryTooSmall or SettingsError.
    """
    started = perf_counter()
    load = _load_random if settings.weights == "random" else _load_checkpoint
    loaded = load(choice, settings, progress)
    seconds = perf_counter() - started
    progress(f"loaded {choice.name} in {seconds:.1f} s")
    return replace(loaded, seconds=seconds)


def _load_checkpoint(choice: ModelChoice, settings: Settings, progress: Progress) -> LoadedModel:
    located, device = locate(choice), choose_device(settings.device)
    checkpoint = open_checkpoint(located.folder or _fetch(choice, located, device, settings, progress))
    refuse_quantized(checkpoint, settings)
    dtype = checkpoint.dtype if settings.dtype == "auto" else settings.dtype
    weights_bytes = _weights_bytes(checkpoint, dtype)
    where = spread(choice.name, weights_bytes, device, settings)
    progress(_starting(choice.name, located.source, checkpoint.parameters, weights_bytes, f"{dtype} on {where}"))
    with quiet() as messages, offload_folder(where):
        config = load_config(checkpoint.folder)
        processor = load_processor(checkpoint.folder, image_backend=settings.image_backend)
        model, report = load_pretrained(checkpoint, config, dtype, where, messages)
    if where.offload is not None:  # for a process that ends without closing its engine
        weakref.finalize(model, shutil.rmtree, where.offload, ignore_errors=True)
    return replace(
        _describe(model, processor, choice, settings, device),
        dtype=dtype,
        revision=resolved_commit(checkpoint.folder) if located.folder is None else None,
        quantized=checkpoint.quantized,
        config_sha256=checkpoint.config_sha256,
        fingerprint=checkpoint.fingerprint,
        offload=where.offload,
        report=report,
    )


def _load_random(choice: ModelChoice, settings: Settings, progress: Progress) -> LoadedModel:
    device = choose_device(settings.device)
    with quiet():
        blueprint = read_blueprint(locate(choice), settings.image_backend)
        parameters = blueprint.parameters()
    dtype = blueprint.dtype if settings.dtype == "auto" else settings.dtype
    weights_bytes = parameters * _element_bytes(dtype)
    require_room(choice.name, weights_bytes, device)
    source = f"random weights, seed {settings.seed}"
    progress(_starting(choice.name, source, parameters, weights_bytes, f"{dtype} on {device}"))
    with quiet():
        model = build_random(blueprint, getattr(torch, dtype), device, settings.seed)
    return replace(_describe(model, blueprint.processor, choice, settings, device), weights="random")


def _fetch(choice: ModelChoice, located: Located, device: torch.device, settings: Settings, progress: Progress) -> Path:
    """Bring a hub model here; its weights only where they may be loaded and have room."""
    revision = located.revision or "main"
    folder = fetch_settings(located.source, revision)
    refuse_quantized_config(folder, settings)
    weights_bytes = _promised_bytes(folder, located, settings)
    if weights_bytes is not None:
        spread(choice.name, weights_bytes, device, settings)
    return fetch_weights(located.source, revision, progress)


def _promised_bytes(folder: Path, located: Located, settings: Settings) -> int | None:
    """Return the size in memory that catalog or index give a hub model's weights, None where neither knows it."""
    config = read_config(folder)
    stored = _config_dtype(config)
    wanted = stored if settings.dtype == "auto" else settings.dtype
    if located.entry is not None:
        return located.entry.parameters * _element_bytes(wanted)
    size_bytes = _indexed_bytes(folder)
    if size_bytes is None or "quantization_config" in config:
        return size_bytes
    return size_bytes * _element_bytes(wanted) // _element_bytes(stored)


def _indexed_bytes(folder: Path) -> int | None:
    """Return what the index says of all shards together; a broken index is told once the weights are looked at."""
    try:
        size_bytes = json.loads((folder / INDEX).read_text(encoding="utf-8"))["metadata"]["total_size"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return int(size_bytes) if isinstance(size_bytes, int | float) else None


def _config_dtype(config: Mapping[str, Any]) -> str:
    """Return the float type a config.json names, by torch's name; its key was another one before transformers 5."""
    parts = [config, config.get("text_config") or {}]
    named = [part[key] for part in parts for key in ("dtype", "torch_dtype") if key in part]
    is_float = [name for name in named if isinstance(getattr(torch, str(name), None), torch.dtype)]
    return str(is_float[0]) if is_float else "bfloat16"


def _describe(
    model: PreTrainedModel, processor: ProcessorMixin, choice: ModelChoice, settings: Settings, device: torch.device
) -> LoadedModel:
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return LoadedModel(
        model=model,
        processor=processor,
        name=choice.name,
        source=locate(choice).source,
        dtype=str(model.dtype).removeprefix("torch."),
        device=name_device(device),
        device_map={part: str(place) for part, place in getattr(model, "hf_device_map", {}).items()},
        parameters=parameters,
        threads=choose_threads(parameters, settings),
        attention=str(model.config._attn_implementation),  # it has no public name
        image_backend=image_backend_of(processor),
        is_thinking=opens_reasoning(processor),
    )


def _weights_bytes(checkpoint: Checkpoint, dtype: str) -> int:
    return checkpoint.weights_bytes if checkpoint.quantized else checkpoint.parameters * _element_bytes(dtype)


def _element_bytes(dtype: str) -> int:
    return int(getattr(torch, dtype).itemsize)


def _starting(name: str, source: str, parameters: int, weights_bytes: int, how: str) -> str:
    count = f"{parameters / 1e9:.2f} billion" if parameters >= 1e8 else f"{parameters / 1e6:.2f} million"
    return f"loading {name} ({source}): {count} parameters, {weights_bytes / 1e9:.2f} GB, {how}"
