"""The training program: draw, learn, save, go on after being killed.

`python -m pytest_qwen3vl.tiny.train --output FOLDER --minutes 90` writes a checkpoint that loads like any other. It
knows when to save and what to print; learning itself is `run`.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers.utils import logging

from pytest_qwen3vl.tiny.batches import Batch, make_batch
from pytest_qwen3vl.tiny.card import Trained, write_card
from pytest_qwen3vl.tiny.checkpoint import export
from pytest_qwen3vl.tiny.evaluate import measure
from pytest_qwen3vl.tiny.page_questions import ask_page
from pytest_qwen3vl.tiny.plan import Plan
from pytest_qwen3vl.tiny.question import ORDINALS
from pytest_qwen3vl.tiny.rows import Writer
from pytest_qwen3vl.tiny.run import STATE_FILE, Run
from pytest_qwen3vl.tiny.scene_questions import ask_scene, ask_scenes
from pytest_qwen3vl.tiny.tokenizer import train_tokenizer
from pytest_qwen3vl.tiny.world import BACKGROUNDS, COLOURS, FORMS, SHOPS, draw_lots_page, draw_lots_scene

PLAN_FILE, WORDS_FILE = "plan.json", "tokenizer.json"
ROLES = ("user", "assistant", "system")
ANSWER_WORDS = ("yes", "no", "top", *ORDINALS, *COLOURS, *FORMS, *BACKGROUNDS, *SHOPS, "total")
Tell = Callable[[int, float, tuple[float, float]], None]


def train(
    plan: Plan, folder: Path, *, device: str = "cpu", save: Callable[[Run], None], every: float, tell: Tell
) -> Run:
    """Go on with the run kept in `folder`, or begin it; return it finished.

    `save` is called every `every` seconds and at the end, `tell` after every step with step, seconds and both losses.
    """
    run = open_run(plan, folder, device)
    if run.step == 0 or run.progress >= 1:
        save(run)
    last = saved = time.monotonic()
    for batch in _batches_from(run):
        losses = run.learn(batch)
        now = time.monotonic()
        run.seconds, last = run.seconds + now - last, now
        tell(run.step, run.seconds, losses)
        if run.progress >= 1 or now - saved >= every:
            run.save(folder)
            save(run)
            last = saved = time.monotonic()
    return run


def open_run(plan: Plan, folder: Path, device: str) -> Run:
    """Return the run kept in `folder` at the step it was saved at, or a new one."""
    folder.mkdir(parents=True, exist_ok=True)
    words = folder / WORDS_FILE
    if not words.exists():
        (folder / PLAN_FILE).write_text(json.dumps(asdict(plan), indent=2) + "\n", encoding="utf-8")
        drafted = words.with_suffix(".new")  # killed half way, the run is begun again with the same plan
        train_tokenizer(sentences(plan.seed)).save(str(drafted))
        drafted.replace(words)
    run = Run(plan, Tokenizer.from_file(str(words)), device)
    if (folder / STATE_FILE).exists():
        run.load(folder)
    return run


def begun_plan(folder: Path) -> Plan | None:
    """Return the plan that the run kept in `folder` was begun with, or None."""
    path = folder / PLAN_FILE
    if not path.exists():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Plan(**kept | {"stages": tuple(kept["stages"])})


def forget_run(folder: Path) -> None:
    """Remove what a run keeps in `folder`."""
    for name in (STATE_FILE, WORDS_FILE, PLAN_FILE):
        (folder / name).unlink(missing_ok=True)


def sentences(seed: int, many: int = 3000) -> list[str]:
    """Return questions and answers for the tokenizer to learn words from."""
    lots = random.Random(f"{seed}/tokenizer")
    said: list[str] = []
    for _ in range(many):
        scenes = [draw_lots_scene(lots) for _ in range(2)]
        asked = (
            ask_scene(scenes[0], lots),
            ask_scenes(scenes, lots),
            ask_page(draw_lots_page(lots), lots),
        )
        said += [text for question in asked for text in (question.ask, question.answer)]
    return [*said, *[*ROLES, *ANSWER_WORDS] * many]


def _batches_from(run: Run) -> Iterator[Batch]:
    """Yield the batches from the run's step on; each is drawn while the one before is learned from."""
    writer, plan = Writer(run.tokenizer), run.plan
    with ThreadPoolExecutor(max_workers=1) as beside:
        coming = beside.submit(make_batch, writer, plan, run.step)
        while run.progress < 1:
            batch = coming.result()
            coming = beside.submit(make_batch, writer, plan, run.step + 1)
            yield batch


class Progress:
    """Print a smoothed line every so many steps."""

    def __init__(self, every: int = 20) -> None:
        self.every, self.answers, self.sights = every, 0.0, 0.0

    def __call__(self, step: int, seconds: float, losses: tuple[float, float]) -> None:
        """Take note of a step."""
        keep = 0.95 if self.answers else 0.0
        self.answers = keep * self.answers + (1 - keep) * losses[0]
        self.sights = keep * self.sights + (1 - keep) * losses[1]
        if step % self.every == 0:
            line = f"step {step}  {seconds / 60:.1f} min  answers {self.answers:.4f}  sights {self.sights:.4f}"
            print(line, flush=True)


class Exporter:
    """Write the averaged model and its card; measure accuracy once the run is finished."""

    def __init__(self, output: Path) -> None:
        self.output = output

    def __call__(self, run: Run) -> None:
        """Write the checkpoint of the run as it stands."""
        parameters = sum(parameter.numel() for parameter in run.average.parameters())
        trained = Trained(run.plan, run.step, run.seconds, parameters, run.device.type.upper())
        measured = measure(run.average, Writer(run.tokenizer)) if run.progress >= 1 else None
        export(run.average, run.tokenizer, self.output, card=write_card(trained, measured))


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the data, build the tokenizer, train the tiny model and write its checkpoint."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    logging.disable_progress_bar()
    folder = chosen.run or chosen.output.with_name(chosen.output.name + "-run")
    minutes = None if chosen.steps else chosen.minutes
    plan = Plan(seed=chosen.seed, steps=chosen.steps, minutes=minutes, rows=chosen.rows)
    if not chosen.resume:
        forget_run(folder)
    elif (begun := begun_plan(folder)) and not plan.goes_on(begun):
        parser.error(f"--run: `{folder}` holds a run of {begun}, not of {plan}; --no-resume begins anew")
    every = 60 * chosen.save_minutes
    train(plan, folder, device=chosen.device, save=Exporter(chosen.output), every=every, tell=Progress())
    return 0


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pytest_qwen3vl.tiny.train", description=main.__doc__)
    parser.add_argument("--output", type=Path, default=Path("tiny"), help="folder of the checkpoint (default: ./tiny)")
    parser.add_argument("--run", type=Path, help="folder of what a resumed run needs (default: OUTPUT-run)")
    parser.add_argument("--resume", action=argparse.BooleanOptionalAction, default=True, help="go on with that run")
    parser.add_argument("--steps", type=_positive, help="train so many steps")
    parser.add_argument("--minutes", type=float, default=90.0, help="train so long (default: 90; not with --steps)")
    parser.add_argument("--rows", type=int, default=20, help="pictures or conversations a step (default: 20)")
    parser.add_argument("--seed", type=int, default=0, help="of data and first weights (default: 0)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--save-minutes", type=float, default=5.0, help="save and export so often (default: 5)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
