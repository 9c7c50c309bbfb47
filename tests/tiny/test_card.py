from pytest_qwen3vl.tiny.card import Trained, accuracy_table, write_card
from pytest_qwen3vl.tiny.plan import Plan
from pytest_qwen3vl.tiny.question import TASKS

TRAINED = Trained(
    plan=Plan(seed=7, minutes=90.0, rows=20), steps=4321, seconds=5400.0, parameters=3_175_000, device="CPU"
)


def test_a_card_states_what_repeats_the_run() -> None:
    card = write_card(TRAINED, {})
    assert "4,321 steps of 20 rows in 90 minutes on CPU, seed 7" in card
    assert "python -m pytest_qwen3vl.tiny.train --output tiny --steps 4321 --rows 20 --seed 7" in card
    assert "3.17 million" in card


def test_a_card_written_on_the_way_says_so() -> None:
    assert "Not finished" in write_card(TRAINED, None)


def test_the_table_has_a_line_for_each_kind_that_was_asked() -> None:
    table = accuracy_table({"count": (0.975, 40), "task vqa": (0.9, 80), "mean overlap": (0.912, 60)})
    assert "| vqa | count | 97.5% | 40 |" in table
    assert "| vqa | **all** | 90.0% | 80 |" in table
    assert "0.912" in table
    assert not any(f"| {kind} |" in table for kinds in TASKS.values() for kind in kinds if kind != "count")
