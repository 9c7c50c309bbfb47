"""Held-out accuracy of a checkpoint per kind of question.

An answer counts when every token of it, the end included, is the model's first choice after the ones before: then,
and only then, greedy decoding writes it. Boxes are generated besides, by transformers, and measured by their overlap.
"""

import argparse
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import Qwen3VLForConditionalGeneration

from pytest_qwen3vl.tiny.batches import collate, make_row
from pytest_qwen3vl.tiny.forward import look, read
from pytest_qwen3vl.tiny.overlap import mean_overlap
from pytest_qwen3vl.tiny.question import TASKS, Question
from pytest_qwen3vl.tiny.rows import Row, Writer

IN_CONVERSATION = "in conversation"
OVERLAP = "mean overlap"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold one question and how the model did: right or not, and by how many nats its closest token led."""

    question: Question
    right: bool
    margin: float


@torch.no_grad()
def judge(model: Qwen3VLForConditionalGeneration, writer: Writer, rows: Sequence[Row]) -> list[Verdict]:
    """Return a verdict on every question of the rows."""
    batch = collate(writer, rows)
    logits, targets, _ = read(model, batch, look(model, batch.images), writer.image_token)
    numbers = batch.answers[:, 1:][batch.weights[:, 1:] > 0]
    wanted = logits.gather(1, targets[:, None].to(logits.device))[:, 0]
    others = logits.scatter(1, targets[:, None].to(logits.device), float("-inf")).max(dim=1).values
    leads = (wanted - others).cpu()
    verdicts = []
    for index, question in enumerate(batch.questions):
        lead = leads[numbers == index].min().item()
        verdicts.append(Verdict(question, lead > 0, lead))
    return verdicts


def held_out(writer: Writer, *, seed: int, many: int, in_conversation: bool = False, budget: int = 220) -> list[Row]:
    """Return rows that no training step draws: separate questions, or conversations that know their own past."""
    lots = [random.Random(f"{seed}/held-out/{index}") for index in range(many)]
    return [make_row(writer, each, budget, stage=None, conversations=float(in_conversation)) for each in lots]


def evaluate(
    model: Qwen3VLForConditionalGeneration, writer: Writer, rows: Sequence[Row], *, together: int = 32
) -> list[Verdict]:
    """Return verdicts on every question of the rows."""
    model.eval()
    batches = [rows[first : first + together] for first in range(0, len(rows), together)]
    return [verdict for batch in batches for verdict in judge(model, writer, batch)]


def accuracy(verdicts: Sequence[Verdict]) -> dict[str, tuple[float, int]]:
    """Return for each kind of question, and for each task, the share of right answers and how many were asked."""
    groups: dict[str, list[bool]] = defaultdict(list)
    tasks = {kind: task for task, kinds in TASKS.items() for kind in kinds}
    for verdict in verdicts:
        groups[verdict.question.kind].append(verdict.right)
        groups[f"task {tasks[verdict.question.kind]}"].append(verdict.right)
    return {name: (sum(right) / len(right), len(right)) for name, right in sorted(groups.items())}


def measure(
    model: Qwen3VLForConditionalGeneration, writer: Writer, *, seed: int = 0, many: int = 320
) -> dict[str, tuple[float, int]]:
    """Return what the model card tells: accuracy per kind and task, in conversations, and the mean overlap of boxes."""
    shares = accuracy(evaluate(model, writer, held_out(writer, seed=seed, many=many)))
    talks = evaluate(model, writer, held_out(writer, seed=seed, many=many // 5, in_conversation=True))
    shares[IN_CONVERSATION] = sum(verdict.right for verdict in talks) / len(talks), len(talks)
    shares[OVERLAP] = mean_overlap(model, writer, seed=seed, many=max(1, many // 5))
    return shares


def main(arguments: list[str] | None = None) -> int:
    """Print the held-out accuracy of a checkpoint."""
    parser = argparse.ArgumentParser(prog="python -m pytest_qwen3vl.tiny.evaluate", description=main.__doc__)
    parser.add_argument("--checkpoint", type=Path, default=Path(__file__).with_name("checkpoint"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pictures", type=int, default=320, help="how many held-out pictures or sets of them")
    parser.add_argument("--misses", type=int, default=0, help="print so many wrong questions")
    chosen = parser.parse_args(arguments)
    model = Qwen3VLForConditionalGeneration.from_pretrained(chosen.checkpoint, dtype=torch.float32)
    writer = Writer(Tokenizer.from_file(str(chosen.checkpoint / "tokenizer.json")))
    for name, (share, many) in measure(model, writer, seed=chosen.seed, many=chosen.pictures).items():
        print(f"{name:<20} {share:7.3f} of {many}")
    verdicts = (
        evaluate(model, writer, held_out(writer, seed=chosen.seed, many=chosen.pictures)) if chosen.misses else []
    )
    for verdict in [verdict for verdict in verdicts if not verdict.right][: chosen.misses]:
        question = verdict.question
        print(f"{verdict.margin:8.2f}  {question.kind}: {question.ask} {question.answer!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
