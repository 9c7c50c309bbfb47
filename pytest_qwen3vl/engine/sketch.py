"""A few numbers that stand for a tensor, the same on every device and with every library.

Its projections come from a fixed integer hash, so that two machines project alike.
"""

from __future__ import annotations

import numpy as np
import torch

PROJECTIONS = 4


def sketch(tensor: torch.Tensor) -> tuple[float, ...]:
    """Return root mean square, mean and `PROJECTIONS` random-sign projections of a tensor of any shape.

    Computed in float64 on the CPU, in the order of the tensor's elements, rounded to 9 significant digits.
    """
    values = tensor.detach().to("cpu", torch.float64).reshape(-1).numpy()
    if not values.size:
        return (0.0,) * (2 + PROJECTIONS)
    root = np.sqrt(values.size)
    projections = [float(np.dot(values, _signs(values.size, row)) / root) for row in range(PROJECTIONS)]
    numbers = (float(np.linalg.norm(values) / root), float(values.mean()), *projections)
    return tuple(float(f"{number:.9g}") for number in numbers)


def _signs(size: int, row: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return +1 and -1 from the top bit of SplitMix64's mixing of each index (Steele et al. 2014)."""
    index = np.arange(size, dtype=np.uint64) + np.uint64(row << 48)
    index = (index ^ (index >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    index = (index ^ (index >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    top_bit = (index ^ (index >> np.uint64(31))) >> np.uint64(63)
    return 1.0 - 2.0 * top_bit.astype(np.float64)
