"""The processor: it turns prompts and images into tensors, with Pillow unless torchvision is asked for.

transformers' `Qwen3VLProcessor` insists on a video processor, which needs torchvision; videos are not asked about here.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import (
    AutoProcessor,
    AutoTokenizer,
    PreTrainedTokenizerBase,
    ProcessorMixin,
    Qwen2VLImageProcessorPil,
    Qwen3VLProcessor,
)

from pytest_qwen3vl.engine.checkpoint import read_config
from pytest_qwen3vl.engine.family import PUBLISHED_PIXELS, is_qwen3_vl, unlike_tokens
from pytest_qwen3vl.errors import CheckpointError, SettingsError
from pytest_qwen3vl.settings import ImageBackend

_LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}


class PillowQwen3VLProcessor(Qwen3VLProcessor):  # type: ignore[misc]  # transformers has no stubs
    """Be a Qwen3-VL processor for images and text only.

    transformers reads the parts a processor has off the names of these arguments.
    """

    def __init__(
        self, image_processor: Any = None, tokenizer: Any = None, chat_template: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(image_processor, tokenizer, chat_template=chat_template, **kwargs)


def load_processor(folder: Path, *, image_backend: ImageBackend = "pillow") -> ProcessorMixin:
    """Return the processor of a local checkpoint.

    Raises SettingsError if torchvision is asked for and not installed, CheckpointError if the files do not make one.
    """
    if image_backend == "torchvision" and importlib.util.find_spec("torchvision") is None:
        raise SettingsError(
            "--qwen-image-backend: torchvision is not installed; pip install torchvision, or use `pillow`"
        )
    try:
        config = read_config(folder)
        if image_backend == "pillow" and is_qwen3_vl(str(config.get("model_type"))):
            return _with_pillow(folder, config)
        return AutoProcessor.from_pretrained(folder, **_LOCAL)
    except (OSError, ValueError, ImportError) as error:
        raise CheckpointError(f"`{folder}` does not make a processor: {error}") from error


def published_processor(tokenizer_folder: Path) -> ProcessorMixin:
    """Return a processor with the published models' image settings and the tokenizer and template of a folder."""
    return _assemble(tokenizer_folder, Qwen2VLImageProcessorPil(**PUBLISHED_PIXELS))


def image_backend_of(processor: ProcessorMixin) -> ImageBackend:
    """Return the library that a processor resizes images with."""
    is_pillow = type(processor.image_processor).__name__.endswith("Pil")
    return "pillow" if is_pillow else "torchvision"


def _with_pillow(folder: Path, config: Mapping[str, Any]) -> ProcessorMixin:
    processor = _assemble(folder, Qwen2VLImageProcessorPil.from_pretrained(folder, local_files_only=True))
    unlike = unlike_tokens(config, processor.tokenizer)
    if unlike:
        raise CheckpointError(
            f"`{folder}` has another model's tokenizer, or none: {'; '.join(unlike)}; copy the tokenizer's files from "
            "the model it is made of"
        )
    return processor


def _assemble(folder: Path, image_processor: Any) -> ProcessorMixin:
    tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(folder, **_LOCAL)
    template = _chat_template(folder) or tokenizer.chat_template
    if template is None:
        raise CheckpointError(f"`{folder}` has no chat template; copy chat_template.jinja from the model it is made of")
    return PillowQwen3VLProcessor(image_processor=image_processor, tokenizer=tokenizer, chat_template=template)


def _chat_template(folder: Path) -> Any:
    return PillowQwen3VLProcessor.get_processor_dict(folder, local_files_only=True)[0].get("chat_template")
