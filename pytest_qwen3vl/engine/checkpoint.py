"""A checkpoint folder on this machine: its configuration and its safetensors files, looked at and found whole.

It reads headers only, without torch, and never the network: `hub` brings files here, `loading` makes a model of them.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pytest_qwen3vl.engine.quantization import GGUF, find_quantization
from pytest_qwen3vl.engine.shard import Shard, TensorHeader, read_shard
from pytest_qwen3vl.errors import CheckpointError

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
_PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_FLOATS = {"BF16": "bfloat16", "F32": "float32", "F16": "float16", "F64": "float64"}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Describe a whole checkpoint."""

    folder: Path
    config: Mapping[str, Any]
    """The content of config.json."""
    shards: tuple[Shard, ...]
    quantized: str | None
    """The method its weights are quantised by; None: full precision."""

    @property
    def tensors(self) -> Mapping[str, TensorHeader]:
        """Return every stored tensor by name."""
        return {name: tensor for shard in self.shards for name, tensor in shard.tensors.items()}

    @property
    def parameters(self) -> int:
        """Return how many numbers are stored; of tied tensors one is."""
        return sum(tensor.elements for tensor in self.tensors.values())

    @property
    def weights_bytes(self) -> int:
        """Return the size of the tensors as stored."""
        return sum(tensor.size_bytes for tensor in self.tensors.values())

    @property
    def dtype(self) -> str:
        """Return the float type most of its bytes have, by torch's name: what config.json says may be out of date."""
        sizes: Counter[str] = Counter()
        for tensor in self.tensors.values():
            sizes[tensor.dtype] += tensor.size_bytes if tensor.dtype in _FLOATS else 0
        return _FLOATS.get(max(sizes, key=sizes.__getitem__, default=""), "bfloat16")

    @property
    def fingerprint(self) -> str:
        """Return a digest of names, sizes and headers: another file layout or shape changes it, a weight need not."""
        lines = sorted(f"{shard.path.name} {shard.size_bytes} {shard.header_sha256}\n" for shard in self.shards)
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    @property
    def config_sha256(self) -> str:
        """Return the digest of config.json's content, whatever its spacing and order of keys."""
        return hashlib.sha256(json.dumps(self.config, sort_keys=True).encode()).hexdigest()


def open_checkpoint(folder: Path) -> Checkpoint:
    """Look at a local checkpoint. Raises CheckpointError naming the file or tensor that is wrong."""
    config = read_config(folder)
    _refuse_other_layouts(folder, config)
    shards = tuple(read_shard(path) for path in _single(folder) or _indexed(folder))
    checkpoint = Checkpoint(folder, config, shards, find_quantization(config, shards))
    _refuse_duplicates(checkpoint)
    _compare_with_index(checkpoint)
    return checkpoint


def read_config(folder: Path) -> Mapping[str, Any]:
    """Return the content of a folder's config.json. Raises CheckpointError if there is none, or only an adapter."""
    if folder.suffix == ".gguf":
        raise CheckpointError(f"`{folder}` cannot be loaded: {GGUF}")
    if not folder.is_dir():
        raise CheckpointError(f"`{folder}` is not a folder; name one that holds config.json and {SINGLE}")
    if (folder / "adapter_config.json").exists():
        raise CheckpointError(f"`{folder}` holds an adapter, not a model; merge it into its base model and save that")
    if not (folder / "config.json").is_file():
        raise CheckpointError(f"`{folder}` has no config.json{_gguf_inside(folder)}")
    return _read_json(folder / "config.json")


def _single(folder: Path) -> list[Path]:
    if not (folder / SINGLE).is_file():
        return []
    if (folder / INDEX).is_file():
        raise CheckpointError(f"`{folder}` holds both {SINGLE} and {INDEX}; remove the one that is not meant")
    return [folder / SINGLE]


def _refuse_other_layouts(folder: Path, config: Mapping[str, Any]) -> None:
    """Refuse what would make transformers read other weights than those looked at here."""
    if config.get("transformers_weights") or any(folder.glob("shard-*-model-*-of-*.safetensors")):
        raise CheckpointError(
            f"`{folder}` keeps its weights in files of other names than {SINGLE} or those of {INDEX}; save it again: "
            "model.save_pretrained(FOLDER)"
        )


def _indexed(folder: Path) -> list[Path]:
    if not (folder / INDEX).is_file():
        raise CheckpointError(_no_safetensors(folder))
    names = sorted(set(_weight_map(folder).values()))
    for name in names:
        _refuse_escape(folder, name)
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise CheckpointError(
            f"`{folder}` lacks {len(missing)} of the {len(names)} files its index names: {shorten(missing)}; "
            "fetch them again"
        )
    return [folder / name for name in names]


def _weight_map(folder: Path) -> Mapping[str, str]:
    weight_map = _read_json(folder / INDEX).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map or not all(isinstance(v, str) for v in weight_map.values()):
        raise CheckpointError(f"`{folder / INDEX}` has no `weight_map` of tensor names to file names")
    return weight_map


def _refuse_escape(folder: Path, name: str) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or path.suffix != ".safetensors":
        raise CheckpointError(f"`{folder / INDEX}` names `{name}`: only safetensors files inside the folder are read")


def _refuse_duplicates(checkpoint: Checkpoint) -> None:
    homes: dict[str, str] = {}
    for shard in checkpoint.shards:
        for name in shard.tensors:
            other = homes.setdefault(name, shard.path.name)
            if other != shard.path.name:
                raise CheckpointError(f"`{checkpoint.folder}` holds `{name}` twice: in {other} and {shard.path.name}")


def _compare_with_index(checkpoint: Checkpoint) -> None:
    if not (checkpoint.folder / INDEX).is_file():
        return
    stored = {(name, shard.path.name) for shard in checkpoint.shards for name in shard.tensors}
    absent = [f"{name} (in {file})" for name, file in _misplaced(_weight_map(checkpoint.folder), stored)]
    if absent:
        raise CheckpointError(
            f"`{checkpoint.folder / INDEX}` names {len(absent)} tensors that are not there: {shorten(absent)}"
        )


def _misplaced(weight_map: Mapping[str, str], stored: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((name, file) for name, file in weight_map.items() if (name, PurePosixPath(file).name) not in stored)


def _no_safetensors(folder: Path) -> str:
    pickled = sorted(path.name for path in folder.iterdir() if path.suffix in _PICKLED)
    if pickled:
        return (
            f"`{folder}` holds pickled weights only ({shorten(pickled)}), and unpickling runs code; "
            "save the model again with safetensors: model.save_pretrained(FOLDER)"
        )
    return f"`{folder}` has neither {SINGLE} nor {INDEX}{_gguf_inside(folder)}"


def _gguf_inside(folder: Path) -> str:
    return f": {GGUF}" if any(folder.glob("*.gguf")) else ""


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(f"`{path}` is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"`{path}` holds no JSON object")
    return content


def shorten(names: list[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(f"`{name}`" for name in names[:5]) + more
