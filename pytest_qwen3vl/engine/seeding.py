"""Settings that make numbers repeatable: they are fixed once a process, seeds once a case.

It decides how the engine computes, never what.
"""

from __future__ import annotations

import hashlib
import os
import random

import numpy as np
import torch


def fix_numerics() -> None:
    """Fix kernels and precision; call it before CUDA starts."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True


def settings_in_force() -> dict[str, str]:
    """Return what this process computes with, for the record."""
    return {
        "threads": str(torch.get_num_threads()),
        "deterministic": str(torch.are_deterministic_algorithms_enabled()).lower(),
        "tf32": str(torch.backends.cuda.matmul.allow_tf32).lower(),
        "cublas_workspace": os.environ.get("CUBLAS_WORKSPACE_CONFIG", ""),
    }


def case_seed(seed: int, case: str) -> int:
    """Return the seed of one case (`suite/id`), below 2**32: the same alone, last or on another worker."""
    digest = hashlib.sha256(f"{seed}:{case}".encode()).digest()
    return int.from_bytes(digest[:4], "little")


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's and torch's generators, CUDA's included."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
