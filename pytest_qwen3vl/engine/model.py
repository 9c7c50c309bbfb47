"""A loaded model, and everything a record says of how it was loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from transformers import PreTrainedModel, PreTrainedTokenizerBase, ProcessorMixin

from pytest_qwen3vl.engine.load_report import LoadReport
from pytest_qwen3vl.settings import ImageBackend, Weights


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """Hold a model ready to answer, with its processor."""

    model: PreTrainedModel
    processor: ProcessorMixin
    name: str
    source: str
    """The hub id or folder."""
    dtype: str
    """`bfloat16`, `float32` …: goldens are keyed by it."""
    device: str
    """`cpu` or a GPU's UUID; of a model spread over several, the one its inputs go to."""
    device_map: dict[str, str]
    """Which part of a spread model is where; empty: all of it on `device`."""
    parameters: int
    threads: int
    """What `torch.set_num_threads` should be while it answers."""
    attention: str
    image_backend: ImageBackend
    is_thinking: bool
    """Whether its prompts end inside an open reasoning block."""
    weights: Weights = "checkpoint"
    revision: str | None = None
    """The commit, if the files came from the hub."""
    quantized: str | None = None
    """The method, if the weights are quantised."""
    config_sha256: str | None = None
    """The digest of config.json's content; None: random weights."""
    fingerprint: str | None = None
    """A digest of the weight files' names, sizes and headers; None: random weights."""
    offload: Path | None = None
    """The folder of this model's own that holds weights which fit no memory."""
    report: LoadReport = field(default_factory=LoadReport)
    seconds: float = 0.0

    @property
    def tokenizer(self) -> PreTrainedTokenizerBase:
        """Return the processor's tokenizer."""
        return self.processor.tokenizer
