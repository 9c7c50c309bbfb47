"""The model card: what the checkpoint is, what it learned from, how well it does, how to repeat it.

Text only; the numbers are handed in.
"""

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version

from pytest_qwen3vl.tiny.plan import Plan
from pytest_qwen3vl.tiny.question import TASKS
from pytest_qwen3vl.tiny.world import COLOURS, FORMS, LATTICE

HEAD = """\
# tiny: a real Qwen3-VL of {millions:.2f} million parameters

Built for testing, by `python -m pytest_qwen3vl.tiny.train`. The same classes, files and chat format as any Qwen3-VL:
vision tower with interpolated position table, patch merger, DeepStack from three layers, interleaved M-RoPE, query and
key norms, grouped-query attention, tied embeddings. Float32.

It knows a small drawn world and nothing else: scenes of up to {most} flat shapes ({colours};
{forms}) on a lattice over a plain background, and typewritten receipts, tables and forms. Ask it in the
words of `scene_questions.py` and `page_questions.py`; about photographs, or in other words, it answers nonsense.

## Data

Drawn while training, with Pillow and Pillow's own font; every picture and answer follows from seed, step and row.
Scenes are about 115 to 145 pixels a side, one in twenty-five 230 to 340 (most of those are scaled down: the limit is
256 x 256 pixels); pages are about 185 to 200 wide and 60 to 165 high. A row holds one picture with several separate
questions, or two or three pictures, or a conversation
of some turns; some have a system prompt. From steps {stages} on, what was hard until then is asked more often.
Loss is taken on answers only; besides, a head that is not part of the checkpoint learns to name what each visual token
shows. Held-out pictures are drawn from another stream of the same seed.

## Training

{steps} steps of {rows} rows in {taken:.0f} minutes on {device}, seed {seed}; Muon for matrices (rate {muon_rate}),
Adam for the rest (rate {adam_rate}), falling linearly over the last {cooldown:.0%}; the weights are a running average
({averaging}) of the trained ones. Python {python}, torch {torch}, transformers {transformers}, Pillow {pillow}.

To repeat (other processors and releases round differently, so the weights will differ in their last digits, then more):

    {command}

"""


@dataclass(frozen=True, slots=True)
class Trained:
    """Tell how the weights came about."""

    plan: Plan
    steps: int
    seconds: float
    parameters: int
    device: str


def write_card(trained: Trained, accuracy: Mapping[str, tuple[float, int]] | None) -> str:
    """Return the card's text; `accuracy` is None for a checkpoint written on the way."""
    plan = trained.plan
    head = HEAD.format(
        **asdict(plan) | {"steps": f"{trained.steps:,}", "stages": " and ".join(f"{step:,}" for step in plan.stages)},
        millions=trained.parameters / 1e6, taken=trained.seconds / 60, device=trained.device,
        most=LATTICE, colours=", ".join(COLOURS), forms=", ".join(FORMS),
        python=platform.python_version(), torch=version("torch"), transformers=version("transformers"),
        pillow=version("pillow"), command=_command(plan, trained.steps),
    )  # fmt: skip
    return head + (accuracy_table(accuracy) if accuracy else "Not finished: written on the way.\n")


def _command(plan: Plan, steps: int) -> str:
    return f"python -m pytest_qwen3vl.tiny.train --output tiny --steps {steps} --rows {plan.rows} --seed {plan.seed}"


def accuracy_table(accuracy: Mapping[str, tuple[float, int]]) -> str:
    """Return held-out accuracy per task and kind of question as a Markdown table."""
    lines = ["## Held-out accuracy", "", "| task | question | exact match | asked |", "|---|---|---|---|"]
    for task, kinds in TASKS.items():
        for kind, name in ((f"task {task}", "**all**"), *((kind, kind) for kind in kinds)):
            if kind in accuracy:
                share, many = accuracy[kind]
                lines.append(f"| {task} | {name} | {share:.1%} | {many} |")
    if "in conversation" in accuracy:
        share, many = accuracy["in conversation"]
        lines += ["", f"In conversations of several turns, all kinds together: {share:.1%} of {many}."]
    if "mean overlap" in accuracy:
        share, many = accuracy["mean overlap"]
        lines += ["", f"Mean overlap (IoU) of {many} boxes asked for, by real generation: {share:.3f}."]
    return "\n".join(lines) + "\n"
