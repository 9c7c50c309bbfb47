"""One training run: weights, their average, optimizers and where it stands; a step, saving and taking up again.

It knows no clock, no files but its own state, and no command line.
"""

import copy
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional
from transformers import Qwen3VLForConditionalGeneration

from pytest_qwen3vl.tiny.batches import Batch
from pytest_qwen3vl.tiny.forward import look, read
from pytest_qwen3vl.tiny.model import WIDTH, new_model, tiny_config
from pytest_qwen3vl.tiny.optimizer import Muon, split_parameters
from pytest_qwen3vl.tiny.plan import Plan

STATE_FILE = "state.pt"


class Run:
    """Hold everything that a resumed run needs."""

    def __init__(self, plan: Plan, tokenizer: Tokenizer, device: str) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.tokenizer, self.device = plan, tokenizer, torch.device(device)
        self.model: Qwen3VLForConditionalGeneration = new_model(tiny_config(tokenizer)).to(self.device)
        self.sight_head = nn.Linear(WIDTH, 4 * WIDTH, bias=False).to(self.device)
        self.average = copy.deepcopy(self.model).requires_grad_(requires_grad=False)
        inner, rest = split_parameters(self.model)
        self.muon = Muon(inner, lr=plan.muon_rate)
        self.adam = torch.optim.AdamW(
            [*rest, *self.sight_head.parameters()], lr=plan.adam_rate, betas=(0.9, 0.98), weight_decay=0.0
        )
        self.step = 0
        self.seconds = 0.0
        self.image_token = int(self.model.config.image_token_id)

    @property
    def progress(self) -> float:
        """Return how much of the plan is done, 0 to 1."""
        return self.plan.progress(self.step, self.seconds)

    def learn(self, batch: Batch) -> tuple[float, float]:
        """Take one step; return the loss of the answers and of the sights."""
        self._set_rates()
        answers, sights = self._losses(batch)
        (answers + self.plan.sight_share * sights).backward()  # type: ignore[no-untyped-call]  # torch's own gap
        nn.utils.clip_grad_norm_(self.adam.param_groups[0]["params"], 1.0)
        for optimizer in (self.muon, self.adam):
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self._follow()
        return answers.item(), sights.item()

    def save(self, folder: Path) -> None:
        """Write the run's state, whole or not at all."""
        parts = ("model", "sight_head", "average", "muon", "adam")
        state = {name: getattr(self, name).state_dict() for name in parts}
        torch.save(state | {"step": self.step, "seconds": self.seconds}, folder / "state.new")
        (folder / "state.new").replace(folder / STATE_FILE)

    def load(self, folder: Path) -> None:
        """Take up the state that `save` wrote."""
        state = torch.load(folder / STATE_FILE, map_location=self.device, weights_only=True)
        self.step, self.seconds = state.pop("step"), state.pop("seconds")
        for name, content in state.items():
            getattr(self, name).load_state_dict(content)

    def _losses(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the loss of the answers' tokens, and of naming in four words what each visual token shows and where.

        The second teaches the vision tower directly, in the language model's own words. Its small head is not part of
        the checkpoint.
        """
        seen = look(self.model, batch.images)
        logits, targets, weights = read(self.model, batch, seen, self.image_token)
        answers = (functional.cross_entropy(logits, targets, reduction="none") * weights).sum() / weights.sum()
        named = self.model.lm_head(self.sight_head(seen.merged).view(-1, WIDTH))
        return answers, functional.cross_entropy(named, batch.sights.to(self.device).flatten())

    def _set_rates(self) -> None:
        factor = self.plan.rate_factor(self.step, self.progress)
        for optimizer, rate in ((self.muon, self.plan.muon_rate), (self.adam, self.plan.adam_rate)):
            for group in optimizer.param_groups:
                group["lr"] = rate * factor

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the averaged weights towards the present ones; early on they follow closely."""
        keep = min(self.plan.averaging, self.step / (self.step + 10))
        for mean, now in zip(self.average.parameters(), self.model.parameters(), strict=True):
            mean.lerp_(now, 1 - keep)
