"""Turn a chosen model into a loaded one: found, whole, in full precision, with room for it, and cleanly loaded.

It says the order of the steps; each step has its own file. It knows no cases and generates nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import torch
from transformers import PreTrainedModel, ProcessorMixin

from pytest_qwen3vl.cases.catalog import Located, locate
from pytest_qwen3vl.engine.checkpoint import Checkpoint, open_checkpoint
from pytest_qwen3vl.engine.device import choose_device, name_device
from pytest_qwen3vl.engine.family import opens_reasoning
from pytest_qwen3vl.engine.hub import fetch_settings, fetch_weights, resolved_commit
from pytest_qwen3vl.engine.memory import require_room, spread
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
    checkpoint = open_checkpoint(_fetch(located, settings, progress))
    refuse_quantized(checkpoint, settings)
    dtype = checkpoint.dtype if settings.dtype == "auto" else settings.dtype
    weights_bytes = _weights_bytes(checkpoint, dtype)
    where = spread(choice.name, weights_bytes, device, settings)
    progress(_starting(choice.name, located.source, checkpoint.parameters, weights_bytes, f"{dtype} on {where}"))
    with quiet() as messages:
        config = load_config(checkpoint.folder)
        processor = load_processor(checkpoint.folder, image_backend=settings.image_backend)
        model, report = load_pretrained(checkpoint, config, dtype, where, messages)
    return replace(
        _describe(model, processor, choice, settings, device),
        dtype=dtype,
        revision=resolved_commit(checkpoint.folder) if located.folder is None else None,
        quantized=checkpoint.quantized,
        config_sha256=checkpoint.config_sha256,
        fingerprint=checkpoint.fingerprint,
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


def _fetch(located: Located, settings: Settings, progress: Progress) -> Path:
    if located.folder is not None:
        return located.folder
    revision = located.revision or "main"
    refuse_quantized_config(fetch_settings(located.source, revision), settings)
    return fetch_weights(located.source, revision, progress)


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
