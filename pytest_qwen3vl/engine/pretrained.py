"""Make a model of a checkpoint's files by transformers' own loading, and refuse all but an exact fit.

Never code from the checkpoint, never the network, never pickles. Which checkpoint, type and device: `loading` says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import (
    CONFIG_MAPPING,
    MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING,
    AutoConfig,
    AutoModelForImageTextToText,
    PretrainedConfig,
    PreTrainedModel,
)

from pytest_qwen3vl.engine.checkpoint import Checkpoint, read_config
from pytest_qwen3vl.engine.load_report import LoadReport, read_report
from pytest_qwen3vl.engine.memory import Spread
from pytest_qwen3vl.errors import CheckpointError

_LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}


def load_pretrained(
    checkpoint: Checkpoint, config: PretrainedConfig, dtype: str, where: Spread, messages: list[str]
) -> tuple[PreTrainedModel, LoadReport]:
    """Return the model in evaluation mode and the report of its clean load.

    `messages` is the list that collects what the libraries say. Raises CheckpointError naming what does not fit.
    """
    try:
        model, info = AutoModelForImageTextToText.from_pretrained(
            checkpoint.folder,
            config=config,
            dtype=getattr(torch, dtype),
            attn_implementation="sdpa",
            use_safetensors=True,
            ignore_mismatched_sizes=True,  # so that the report names them; it must be clean all the same
            output_loading_info=True,
            **where.arguments(),
            **_LOCAL,
        )
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        raise CheckpointError(_broken(checkpoint.folder, error, messages)) from error
    report = read_report(info, messages)
    report.require_clean(str(checkpoint.folder))
    _require_tied(model, checkpoint)
    _find_tied_on_disk(model)
    return model, report


def load_config(folder: Path) -> PretrainedConfig:
    """Return a folder's configuration. Raises CheckpointError unless this transformers has the architecture itself."""
    content = read_config(folder)
    model_type = content.get("model_type")
    if model_type not in CONFIG_MAPPING:
        own_code = "; the code it brings along (`auto_map`) is never run" if "auto_map" in content else ""
        raise CheckpointError(
            f"`{folder}`: transformers {transformers.__version__} knows no model type `{model_type}`{own_code}; "
            "a newer transformers may know it"
        )
    try:
        config = AutoConfig.from_pretrained(folder, **_LOCAL)
    except (ValueError, TypeError, KeyError) as error:
        raise CheckpointError(f"`{folder / 'config.json'}` is no valid `{model_type}`: {error}") from error
    if type(config) not in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING:
        raise CheckpointError(f"`{folder}` holds a `{model_type}`, which does not answer questions about images")
    return config


def _require_tied(model: PreTrainedModel, checkpoint: Checkpoint) -> None:
    if not checkpoint.config.get("tie_word_embeddings") or model.get_output_embeddings() is None:
        return
    entry, head = model.get_input_embeddings().weight, model.get_output_embeddings().weight
    if entry is not head and entry.device.type != "meta" and head.device.type != "meta":
        raise CheckpointError(
            f"`{checkpoint.folder}`: config.json ties the output head to the embeddings, but both are stored and they "
            'differ; set "tie_word_embeddings" to false if the head was trained, or remove the head'
        )


def _find_tied_on_disk(model: PreTrainedModel) -> None:
    """Let a tied weight that rests on disk be read from where its twin is: transformers 5.5 forgets to."""
    for target, twin in model.all_tied_weights_keys.items():
        hook = getattr(model.get_submodule(target.rpartition(".")[0]), "_hf_hook", None)
        weights = getattr(hook, "weights_map", None)
        if weights is not None and twin in weights.dataset.index:
            weights.dataset.index.setdefault(target, weights.dataset.index[twin])


def _broken(folder: Path, error: Exception, messages: list[str]) -> str:
    said = "".join(f"\n  {message}" for message in messages[-3:])
    return f"`{folder}` cannot be loaded by transformers {transformers.__version__}: {error}{said}"
