"""The training forward pass: the model's own weights and mathematics, many images and questions at once.

transformers attends image by image and knows no packed questions; here images of one size go together and each
question sees its pictures and itself. A test holds both to the same numbers. It knows no data and no optimizer.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch.nn import functional
from transformers import Qwen3VLForConditionalGeneration

from pytest_qwen3vl.tiny.batches import Batch
from pytest_qwen3vl.tiny.model import MERGE
from pytest_qwen3vl.tiny.pixels import Pixels


@dataclass(frozen=True, slots=True)
class Seen:
    """Hold what the vision tower makes of images: `merged` and three DeepStack features, (tokens, width) each."""

    merged: torch.Tensor
    deepstack: list[torch.Tensor]


def look(model: Qwen3VLForConditionalGeneration, images: list[Pixels]) -> Seen:
    """Return features of the images' tokens, in the images' order."""
    groups: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index, image in enumerate(images):
        groups[image.grid].append(index)
    slots: list[list[torch.Tensor]] = [[] for _ in images]
    for grid, members in groups.items():
        features = _look_group(model, [images[index] for index in members], grid)
        for place, index in enumerate(members):
            slots[index] = [feature[place] for feature in features]
    merged, *deepstack = (torch.cat(parts) for parts in zip(*slots, strict=True))
    return Seen(merged, deepstack)


def _look_group(
    model: Qwen3VLForConditionalGeneration, images: list[Pixels], grid: tuple[int, int]
) -> list[torch.Tensor]:
    tower = model.model.visual
    weight = tower.patch_embed.proj.weight
    pixels = torch.stack([torch.from_numpy(image.patches) for image in images]).to(weight.device)
    values = pixels.to(torch.float32) / 127.5 - 1.0
    # both frames of the temporal patch are the same picture
    states = functional.linear(values, weight.sum(dim=2).flatten(1), tower.patch_embed.proj.bias)
    indices, shares, angles = _places(grid, tower.num_grid_per_side, tower.config.hidden_size // tower.config.num_heads)
    states = states + (tower.pos_embed(indices.to(weight.device)) * shares.to(weight.device)[..., None]).sum(1)
    cos, sin = angles.cos().to(weight.device), angles.sin().to(weight.device)
    features: list[torch.Tensor] = []
    for index, block in enumerate(tower.blocks):
        states = states + _attend(block.attn, block.norm1(states), cos, sin)
        states = states + block.mlp(block.norm2(states))
        if index in tower.deepstack_visual_indexes:
            features.append(_merge(tower.deepstack_merger_list[len(features)], states))
    return [_merge(tower.merger, states), *features]


def _attend(attention: Any, states: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    many, length, width = states.shape
    query, key, value = attention.qkv(states).view(many, length, 3, attention.num_heads, -1).permute(2, 0, 3, 1, 4)
    query, key = (turned * cos + _half_turn(turned) * sin for turned in (query, key))
    mixed = functional.scaled_dot_product_attention(query.to(value.dtype), key.to(value.dtype), value)
    out: torch.Tensor = attention.proj(mixed.transpose(1, 2).reshape(many, length, width))
    return out


def _half_turn(states: torch.Tensor) -> torch.Tensor:
    first, second = states.chunk(2, dim=-1)
    return torch.cat((-second, first), dim=-1)


def _merge(merger: Any, states: torch.Tensor) -> torch.Tensor:
    many = states.shape[0]
    merged: torch.Tensor = merger(states.reshape(-1, states.shape[-1]))
    return merged.view(many, -1, merged.shape[-1])


@lru_cache
def _places(grid: tuple[int, int], side: int, head: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return position-table indices and shares (patches, 4) and rotary angles (patches, head) in merge order."""
    rows, columns = torch.meshgrid(torch.arange(grid[0]), torch.arange(grid[1]), indexing="ij")
    blocks = (grid[0] // MERGE, MERGE, grid[1] // MERGE, MERGE)
    row, column = (axis.reshape(blocks).transpose(1, 2).flatten() for axis in (rows, columns))
    down = torch.linspace(0, side - 1, grid[0])[row]
    across = torch.linspace(0, side - 1, grid[1])[column]
    corners, shares = [], []
    for low_row in (True, False):
        for low_column in (True, False):
            y = down.int() if low_row else (down.int() + 1).clamp(max=side - 1)
            x = across.int() if low_column else (across.int() + 1).clamp(max=side - 1)
            share_y = 1 - down.frac() if low_row else down.frac()
            share_x = 1 - across.frac() if low_column else across.frac()
            corners.append((y * side + x).long())
            shares.append(share_y * share_x)
    speeds = 1.0 / (10000.0 ** (torch.arange(0, head // 2, 2).float() / (head // 2)))
    angles = torch.cat((row[:, None] * speeds, column[:, None] * speeds), dim=-1)
    return torch.stack(corners, 1), torch.stack(shares, 1), torch.cat((angles, angles), dim=-1)


def read(
    model: Qwen3VLForConditionalGeneration, batch: Batch, seen: Seen, image_token: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return logits, targets and weights of the answers' tokens, (answer tokens, …)."""
    device = seen.merged.device
    tokens, branches = batch.tokens.to(device), batch.branches.to(device)
    language = model.model.language_model
    states = language.embed_tokens(tokens)
    visual = tokens == image_token
    states = states.masked_scatter(visual[..., None], seen.merged.to(states.dtype))
    hidden = language(
        inputs_embeds=states,
        attention_mask=_mask(branches, states.dtype),
        position_ids=batch.positions.to(device),
        visual_pos_masks=visual,
        deepstack_visual_embeds=[feature.to(states.dtype) for feature in seen.deepstack],
        use_cache=False,
    ).last_hidden_state
    weights = batch.weights.to(device)[:, 1:]
    asked = weights > 0
    return model.lm_head(hidden[:, :-1][asked]), tokens[:, 1:][asked], weights[asked]


def _mask(branches: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Return 0 where a token may look and a large negative number elsewhere, (rows, 1, tokens, tokens)."""
    length = branches.shape[1]
    past = torch.ones(length, length, dtype=torch.bool, device=branches.device).tril()
    own = branches[:, :, None] == branches[:, None, :]
    shared = branches[:, None, :] == 0
    allowed = past & (own | (shared & (branches[:, :, None] >= 0)))
    mask = torch.zeros(allowed.shape, dtype=dtype, device=branches.device)
    return mask.masked_fill(~allowed, torch.finfo(dtype).min)[:, None]
