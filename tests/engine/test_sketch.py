"""Sketches tell tensors apart and are the same everywhere."""

from __future__ import annotations

import pytest
import torch

from pytest_qwen3vl.engine.sketch import sketch


def test_a_sketch_is_a_known_function_of_its_tensor():
    numbers = sketch(torch.arange(12, dtype=torch.float32))
    assert numbers[:2] == (6.49358658, 5.5)
    assert numbers == pytest.approx(sketch(torch.arange(12, dtype=torch.float64)))
    assert len(numbers) == 6


def test_a_transposed_or_permuted_tensor_has_another_sketch():
    tensor = torch.randn(16, 16, generator=torch.Generator().manual_seed(1))
    swapped = tensor.clone()
    swapped[[0, 1]] = swapped[[1, 0]]
    assert len({sketch(tensor), sketch(tensor.T), sketch(swapped)}) == 3


def test_one_changed_element_shows():
    tensor = torch.ones(1000)
    changed = tensor.clone()
    changed[500] += 0.01
    assert sketch(tensor) != sketch(changed)


def test_an_empty_tensor_has_a_sketch():
    assert sketch(torch.empty(0, 3)) == (0.0,) * 6
