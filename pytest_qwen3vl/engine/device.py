"""The device a model runs on: chosen from what the user wrote, and named so that records can tell it apart."""

from __future__ import annotations

import os

import torch

from pytest_qwen3vl.errors import SettingsError


def choose_device(wanted: str) -> torch.device:
    """Return the device for `auto`, `cpu`, a CUDA index or a CUDA UUID.

    An index counts the visible GPUs. Raises SettingsError naming the flag and what there is.
    """
    if wanted == "cpu" or (wanted == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if wanted == "auto":
        return torch.device("cuda", 0)
    index = _find_gpu(wanted.removeprefix("cuda:"))
    if index is None:
        raise SettingsError(f"--qwen-device: `{wanted}` is not here; there are: {', '.join(['cpu', *_visible()])}")
    return torch.device("cuda", index)


def name_device(device: torch.device) -> str:
    """Return `cpu`, or the UUID of a GPU."""
    return _uuid(device.index or 0) if device.type == "cuda" else device.type


def _find_gpu(wanted: str) -> int | None:
    if not torch.cuda.is_available():
        return None
    if wanted.isdecimal():
        return int(wanted) if int(wanted) < torch.cuda.device_count() else None
    asked = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    if wanted in asked:  # a MIG slice is known by this name alone
        return asked.index(wanted)
    uuids = [_uuid(index) for index in range(torch.cuda.device_count())]
    return uuids.index(wanted) if wanted in uuids else None


def _uuid(index: int) -> str:
    uuid = getattr(torch.cuda.get_device_properties(index), "uuid", None)
    return str(index) if uuid is None else f"GPU-{uuid}"


def _visible() -> list[str]:
    if not torch.cuda.is_available():
        return []
    return [f"{index} ({_uuid(index)})" for index in range(torch.cuda.device_count())]
