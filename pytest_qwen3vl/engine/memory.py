"""Whether a model fits its device, told before it is loaded, and how it is spread where one device is too small.

It counts bytes, and frees them; the loading itself is `loading`'s.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import torch

from pytest_qwen3vl.errors import MemoryTooSmall, SettingsError
from pytest_qwen3vl.settings import Settings

_GIB = 2**30
_MARGIN_BYTES = {"cuda": _GIB, "cpu": _GIB // 4}
"""What an ordinary image's activations take, and on CUDA the context."""
_CPU_SHARE = 0.9
"""Of the free memory, the share weights may take that are spread over devices; the rest is for activations."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Say on which devices the weights go."""

    device: torch.device
    limits: Mapping[int | str, int] = field(default_factory=dict)
    """Bytes per device, as accelerate's `max_memory`; empty: all on `device`."""
    offload: Path | None = None
    """Where weights go that fit no device: a folder of this model and process alone, not made yet."""

    def __str__(self) -> str:
        return (
            ", ".join([*map(_label, self.limits)] + ["disk"] * bool(self.offload)) if self.limits else str(self.device)
        )

    def arguments(self) -> dict[str, Any]:
        """Return what `from_pretrained` wants to know of it."""
        if self.limits:
            return {"device_map": "auto", "max_memory": dict(self.limits), "offload_folder": self.offload}
        return {} if self.device.type == "cpu" else {"device_map": {"": self.device}}


def spread(name: str, weights_bytes: int, device: torch.device, settings: Settings) -> Spread:
    """Return where the weights of a model go. Raises MemoryTooSmall with the bytes needed and those there are."""
    needed = weights_bytes + _MARGIN_BYTES[device.type]
    limits = _set_limits(settings)
    if not limits and needed <= available_bytes(device):
        return Spread(device)
    limits = limits or _free_limits(device, settings)
    if settings.offload is None and needed > sum(limits.values()):
        too_small = _too_small(name, needed, sum(limits.values()), ", ".join(map(_label, limits)))
        raise MemoryTooSmall(f"{too_small}, or let weights rest on disk: the ini option `qwen_offload = FOLDER`")
    return Spread(device, limits, None if settings.offload is None else _own_folder(settings.offload, name))


def require_room(name: str, weights_bytes: int, device: torch.device) -> None:
    """Raise MemoryTooSmall unless the weights fit this one device."""
    needed, available = weights_bytes + _MARGIN_BYTES[device.type], available_bytes(device)
    if needed > available:
        raise MemoryTooSmall(_too_small(name, needed, available, str(device)))


@contextmanager
def offload_folder(where: Spread) -> Iterator[None]:
    """Make the folder for offloaded weights, and remove it again if what is done with it fails."""
    if where.offload is None:
        yield
        return
    try:
        where.offload.mkdir(parents=True)
    except OSError as error:
        raise SettingsError(f"qwen_offload: `{where.offload.parent}` takes no folder: {error.strerror}") from error
    try:
        yield
    except BaseException:
        shutil.rmtree(where.offload, ignore_errors=True)
        raise


def release(model: torch.nn.Module, offload: Path | None) -> None:
    """Let go of a model's tensors, though a traceback may still hold the model, and remove its offloaded weights."""
    for module in model.modules():
        for name, _ in [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]:
            delattr(module, name)
        vars(module).pop("_hf_hook", None)  # holds what accelerate keeps in memory for the module
    if offload is not None:
        shutil.rmtree(offload, ignore_errors=True)


def available_bytes(device: torch.device) -> int:
    """Return the free memory of a device; for the CPU within the limit of the control group, if there is one."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    free = psutil.virtual_memory().available
    limit = _group_free_bytes(Path("/sys/fs/cgroup"))
    return free if limit is None else min(free, limit)


def _set_limits(settings: Settings) -> dict[int | str, int]:
    return {int(key) if key.isdecimal() else key: limit for key, limit in settings.device_memory.items()}


def _free_limits(device: torch.device, settings: Settings) -> dict[int | str, int]:
    limits: dict[int | str, int] = {}
    if device.type == "cuda":
        shared = range(torch.cuda.device_count()) if settings.device == "auto" else [device.index or 0]
        margin = _MARGIN_BYTES["cuda"]
        limits |= {index: max(0, available_bytes(torch.device("cuda", index)) - margin) for index in shared}
    if device.type == "cpu" or settings.offload is not None:
        limits["cpu"] = int(_CPU_SHARE * available_bytes(torch.device("cpu")))
    return limits


def _own_folder(folder: Path, name: str) -> Path:
    """Return a folder that no other model, worker or machine writes to."""
    return folder / f"{name}-{os.getpid()}-{uuid4().hex[:8]}"


def _label(key: int | str) -> str:
    return f"cuda:{key}" if isinstance(key, int) else key


def _group_free_bytes(group: Path) -> int | None:
    """Return what control group version 2 leaves; file cache counts as free, for it gives way."""
    try:
        limit = (group / "memory.max").read_text()
        used = int((group / "memory.current").read_text())
        lines = (group / "memory.stat").read_text().splitlines()
    except OSError:
        return None
    if limit.strip() == "max":
        return None
    cached = next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)
    return int(limit) - used + cached


def _too_small(name: str, needed: int, available: int, where: str) -> str:
    return (
        f"`{name}` needs {needed / _GIB:.1f} GiB, and {where} has {available / _GIB:.1f} GiB free; choose a smaller "
        "model (--qwen-model) or another device (--qwen-device)"
    )
