"""What a right case file becomes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_qwen3vl.cases.case import Case, CostHint
from pytest_qwen3vl.cases.load import load_cases
from pytest_qwen3vl.cases.overrides import for_model
from pytest_qwen3vl.cases.uniqueness import refuse_suite
from pytest_qwen3vl.errors import CaseError, Place
from pytest_qwen3vl.judging.checks.combined import Not
from pytest_qwen3vl.judging.checks.exact import Exact
from pytest_qwen3vl.judging.checks.numeric import Numeric
from pytest_qwen3vl.judging.checks.registry import builtin_checks

CHECKS = builtin_checks()


def load(folder: Path, text: str, name: str = "receipts.yaml") -> tuple[Case, ...]:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return load_cases(file, CHECKS)


def one(folder: Path, text: str) -> Case:
    (case,) = load(folder, f"task: vqa\n{text}")
    return case


def test_the_example_of_the_design_loads(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for name in ("corner-shop.png", "a.png", "b.png"):
        (tmp_path / "images" / name).touch()
    shop, dog = load(
        tmp_path,
        """
suite: receipts
task: document
defaults: {generation: {max_new_tokens: 64}, tags: [ocr]}
cases:
  - id: corner-shop-total
    images: [images/corner-shop.png]
    system: You read receipts.
    ask: What is the total?
    expect:
      - exact: "12.50"
      - numeric: {value: 12.5, relative: 0.01}
    priority: smoke
    models: [tiny, 2B, 8B, 8B-Thinking]
    per_model:
      8B-Thinking: {generation: {max_new_tokens: 4096}}
      2B: {xfail: "reads 12.60, see #41"}
    cost: {seconds: 3.0, vram_gib: 18}
  - id: which-dog
    turns:
      - {images: [images/a.png, images/b.png], ask: Which image shows a dog?, expect: [{contains: second}]}
      - {ask: What colour is it?, expect: [{any_of: [brown, tan]}]}
""",
    )
    assert shop.full_id == "receipts/corner-shop-total"
    assert shop.place == Place(tmp_path / "receipts.yaml", 6, 5)
    assert [each.check for each in shop.turns[0].expect] == [Exact("12.50"), Numeric(12.5, relative=0.01)]
    assert shop.turns[0].images[0].path == tmp_path / "images" / "corner-shop.png"
    assert shop.cost == CostHint(3.0, 18 * 2**30)
    assert (shop.task, shop.priority, shop.generation.max_new_tokens) == ("document", "smoke", 64)
    assert [len(turn.images) for turn in dog.turns] == [2, 0]
    assert dog.tags == ("ocr",)


def test_suite_is_the_files_stem_and_task_the_folders_name(tmp_path: Path) -> None:
    (case,) = load(tmp_path, "cases: [{id: a, ask: Where?}]", "grounding/shapes.yaml")
    assert (case.suite, case.task) == ("shapes", "grounding")


def test_a_case_may_have_its_own_task(tmp_path: Path) -> None:
    assert one(tmp_path, "cases: [{id: a, ask: q, task: caption}]").task == "caption"


def test_tags_are_united_generation_is_merged_and_the_rest_replaced(tmp_path: Path) -> None:
    case = one(
        tmp_path,
        """
defaults:
  {tags: [a, b], generation: {max_new_tokens: 9, finish: any}, priority: edge, system: Shared, expect: [{exact: x}]}
cases: [{id: a, ask: q, tags: [b, c], generation: {max_new_tokens: 7}, system: Own}]""",
    )
    assert case.tags == ("a", "b", "c")
    assert (case.generation.max_new_tokens, case.generation.finish) == (7, "any")
    assert (case.priority, case.system) == ("edge", "Own")
    assert case.turns[0].expect[0].check == Exact("x")


def test_an_empty_expect_replaces_the_default(tmp_path: Path) -> None:
    assert not one(tmp_path, "defaults: {expect: [{exact: x}]}\ncases: [{id: a, ask: q, expect: []}]").has_checks


def test_every_part_stands_at_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    case = one(
        tmp_path, "cases:\n  - id: a\n    ask: q\n    images:\n      - a.png\n    expect:\n      - not: {exact: x}\n"
    )
    (turn,) = case.turns
    outer = turn.expect[0]
    assert isinstance(outer.check, Not)
    places = [case.place, turn.images[0].place, outer.place, outer.check.check.place]
    assert [(place.line, place.column) for place in places] == [(3, 5), (6, 9), (8, 9), (8, 14)]


def test_for_model_merges_generation_and_drops_what_others_get(tmp_path: Path) -> None:
    case = one(
        tmp_path,
        """
defaults: {per_model: {8B: {generation: {max_new_tokens: 500}}}}
cases:
  - id: a
    ask: q
    generation: {max_new_tokens: 5, repetition_penalty: 1.1}
    expect: [{exact: x}]
    per_model: {8B: {generation: {min_new_tokens: 2}, xfail: "#41", expect: [{exact: y}]}}
    cost: {8B: {seconds: 4}}""",
    )
    big, tiny = for_model(case, "8B"), for_model(case, "tiny")
    assert big is not None
    assert tiny == case
    assert (big.generation.max_new_tokens, big.generation.min_new_tokens) == (500, 2)
    assert big.generation.repetition_penalty == 1.1
    assert (big.xfail, big.cost) == ("#41", CostHint(4.0, None))
    assert big.turns[0].expect[0].check == Exact("y")
    assert not big.per_model


def test_for_model_gives_none_to_a_model_that_is_left_out(tmp_path: Path) -> None:
    case = one(tmp_path, "cases: [{id: a, ask: q, models: [tiny]}]")
    assert for_model(case, "8B") is None
    assert for_model(case, "tiny") == case


def test_overrides_of_the_last_turn_leave_the_others(tmp_path: Path) -> None:
    turns = "turns: [{ask: q, expect: [{exact: x}]}, {ask: r}]"
    case = one(tmp_path, f"cases: [{{id: a, {turns}, per_model: {{8B: {{expect: [{{exact: y}}]}}}}}}]")
    big = for_model(case, "8B")
    assert big is not None
    assert [turn.expect[0].check for turn in big.turns] == [Exact("x"), Exact("y")]


def test_a_model_named_like_a_number_is_a_name(tmp_path: Path) -> None:
    assert list(one(tmp_path, "cases: [{id: a, ask: q, per_model: {8: {xfail: broken}}}]").per_model) == ["8"]


def test_small_anchors_are_followed(tmp_path: Path) -> None:
    first, second = load(
        tmp_path, "task: vqa\ncases:\n  - {id: a, ask: q, expect: &e [exact: x]}\n  - {id: b, ask: q, expect: *e}"
    )
    assert first.turns[0].expect == second.turns[0].expect


def test_exponents_are_numbers_as_in_json(tmp_path: Path) -> None:
    case = one(tmp_path, "cases: [{id: a, ask: q, expect: [{numeric: {value: 1e3, absolute: 1e-6}}]}]")
    assert case.turns[0].expect[0].check == Numeric(1000.0, absolute=1e-6)


def test_times_and_leading_zeros_stay_text(tmp_path: Path) -> None:
    case = one(tmp_path, "cases: [{id: a, ask: q, expect: [{exact: 12:30}, {exact: 007}, {exact: 2024-05-01}]}]")
    assert [each.check for each in case.turns[0].expect] == [Exact("12:30"), Exact("007"), Exact("2024-05-01")]


def test_a_suite_in_two_files_is_named_with_both_places(tmp_path: Path) -> None:
    text = "suite: same\ntask: vqa\ncases: [{id: a, ask: q}]"
    (first,), (second,) = (load(tmp_path, text, name) for name in ("one.yaml", "two.yaml"))
    with pytest.raises(CaseError, match=r"two\.yaml:3:9: the suite `same` is already that of .*one\.yaml:3:9"):
        refuse_suite(second, first)


_ANY_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(str.strip)
_GENERATION = st.fixed_dictionaries({}, optional={"max_new_tokens": st.integers(1, 10**6), "finish": st.just("any")})
_CASES = st.lists(
    st.fixed_dictionaries(
        {"id": st.from_regex(r"[a-z0-9][a-z0-9-]{0,9}", fullmatch=True), "ask": _ANY_TEXT},
        optional={
            "system": _ANY_TEXT,
            "tags": st.lists(st.from_regex(r"t-[A-Za-z0-9_-]{0,9}", fullmatch=True), unique=True),
            "generation": _GENERATION,
            "expect": st.lists(st.fixed_dictionaries({"exact": _ANY_TEXT})),
        },
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda case: str(case["id"]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=_CASES)
def test_loading_loses_nothing_that_was_written(tmp_path: Path, written: list[dict[str, object]]) -> None:
    read = load(tmp_path, json.dumps({"task": "vqa", "cases": written}, ensure_ascii=False))
    for case, raw in zip(read, written, strict=True):
        assert (case.id, case.turns[0].ask, case.system) == (raw["id"], raw["ask"], raw.get("system"))
        assert list(case.tags) == raw.get("tags", [])
        checks = [each.check for each in case.turns[0].expect]
        assert [{"exact": check.text} for check in checks if isinstance(check, Exact)] == raw.get("expect", [])
        generation = raw.get("generation", {})
        assert isinstance(generation, dict)
        assert case.generation.max_new_tokens == generation.get("max_new_tokens", 256)
