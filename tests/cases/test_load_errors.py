"""What a wrong case file is told, and where."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from pytest_qwen3vl.cases.load import load_cases
from pytest_qwen3vl.errors import CaseError
from pytest_qwen3vl.judging.checks.registry import builtin_checks

CHECKS = builtin_checks()


def problems(folder: Path, text: str | bytes) -> list[str]:
    """Load a file that must be wrong; give `line:column: text` of each problem."""
    file = folder / "cases.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CaseError) as caught:
        load_cases(file, CHECKS)
    assert all(place.file == file for place, _ in caught.value.problems)
    return [f"{place.line}:{place.column}: {text}" for place, text in caught.value.problems]


def problem(folder: Path, text: str) -> str:
    (only,) = problems(folder, text)
    return only


def of_case(folder: Path, rest: str) -> str:
    """Give the problem of one case `{id: a, ask: q, …}`; its rest begins in line 5, column 5."""
    return problem(folder, f"task: vqa\ncases:\n  - id: a\n    ask: q\n    {rest}\n")


def of_check(folder: Path, check: str) -> str:
    """Give the problem of one check, which begins in line 5, column 16."""
    return of_case(folder, f"expect: [  {check}]")


def test_an_unknown_key_is_told_the_nearest_known_one(tmp_path: Path) -> None:
    assert of_case(tmp_path, "expcet: []") == "5:5: unknown key `expcet`; did you mean `expect`?"


def test_an_unknown_key_of_the_file_stands_at_the_key(tmp_path: Path) -> None:
    text = "task: vqa\ncases: [{id: a, ask: q}]\nsiute: x"
    assert problem(tmp_path, text) == "3:1: unknown key `siute`; did you mean `suite`?"


def test_an_unknown_check_is_told_the_nearest_known_one(tmp_path: Path) -> None:
    assert of_check(tmp_path, "{contain: x}") == "5:16: unknown check `contain`; did you mean `contains`?"


def test_an_unknown_argument_is_told_the_nearest_known_one(tmp_path: Path) -> None:
    found = of_check(tmp_path, "{numeric: {value: 1, relativ: 0.1}}")
    assert found == "5:37: unknown key `relativ`; did you mean `relative`?"


def test_an_argument_inside_nested_checks_stands_at_its_line(tmp_path: Path) -> None:
    found = of_check(tmp_path, "{any: [{exact: x},\n     {not: {numeric: {value: 1, whihc: any}}}]}")
    assert found == "6:33: unknown key `whihc`; did you mean `which`?"


def test_a_key_of_a_list_items_mapping_stands_at_its_line(tmp_path: Path) -> None:
    found = of_check(tmp_path, "{boxes: [{bbox: [1, 2, 3, 4], lable: x}]}")
    assert found == "5:46: unknown key `lable`; did you mean `label`?"


def test_a_repeated_key_names_both_lines(tmp_path: Path) -> None:
    assert of_case(tmp_path, "ask: again") == "5:5: the key `ask` is already given in line 4; keep one of them"


def test_a_repeated_id_names_both_lines(tmp_path: Path) -> None:
    text = "task: vqa\ncases:\n  - {id: a, ask: q}\n  - {id: b, ask: q}\n  - {id: a, ask: q}\n"
    assert problem(tmp_path, text) == "5:10: the id `a` is already used in line 3; ids are unique in a suite"


def test_a_missing_image_is_named_as_written_and_where_it_was_looked_for(tmp_path: Path) -> None:
    found = of_case(tmp_path, "images: [images/cat.png]")
    assert found == f"5:14: no image `images/cat.png`: looked for {tmp_path.resolve()}/images/cat.png"


@pytest.mark.parametrize("written", ["../secret.png", "sub/../../secret.png", "link.png", "link/secret.png"])
def test_an_image_outside_the_files_folder_is_refused(tmp_path: Path, written: str) -> None:
    folder = tmp_path / "cases"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "secret.png").touch()
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "link").symlink_to(tmp_path)
    assert f"the image `{written}` lies outside this file's folder" in of_case(folder, f"images: [{written}]")


def test_an_absolute_image_path_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    assert "relative to this file" in of_case(tmp_path, f"images: [{tmp_path}/a.png]")


def test_a_folder_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    assert "no image `images`" in of_case(tmp_path, "images: [images]")


@pytest.mark.parametrize("written", ["Total", "a_b", "-a", "ä", '""'])
def test_an_id_has_lower_case_letters_digits_and_hyphens(tmp_path: Path, written: str) -> None:
    found = problem(tmp_path, f"task: vqa\ncases: [{{id: {written}, ask: q}}]")
    assert found.startswith("2:14: `id` must be lower-case letters, digits and hyphens")


@pytest.mark.parametrize("written", ["two words", "-x", "_x", "ocr[0]", "a.b", "ö", ""])
def test_a_tag_that_cannot_be_a_mark_is_named_where_it_stands(tmp_path: Path, written: str) -> None:
    found = of_case(tmp_path, f'tags: [OCR_2-a, "{written}"]')
    assert found.startswith("5:21: an item of `tags` must be letters, digits, `_` and `-`, as in `ocr`, not ")
    assert written in found


@pytest.mark.parametrize(
    "mark",
    [
        "skip",
        "skipif",
        "xfail",
        "parametrize",
        "usefixtures",
        "filterwarnings",
        "tryfirst",
        "trylast",
        "qwen",
        "qwen_cases",
    ],
)
def test_a_tag_that_is_a_mark_with_an_effect_is_refused(tmp_path: Path, mark: str) -> None:
    found = of_case(tmp_path, f"tags: [ocr, {mark}]")
    assert found.startswith(f"5:17: the tag `{mark}` would be a mark that does more than name a case; ")


def test_a_tag_of_the_defaults_is_held_to_the_same_words(tmp_path: Path) -> None:
    found = problem(tmp_path, "task: vqa\ndefaults: {tags: [skip]}\ncases: [{id: a, ask: q}]")
    assert found.startswith("2:19: the tag `skip` would be a mark")


@pytest.mark.parametrize("written", ["no", "Yes", "12.50", "7", "off"])
def test_a_word_that_yaml_takes_for_something_else_is_to_be_quoted(tmp_path: Path, written: str) -> None:
    found = of_check(tmp_path, f"{{exact: {written}}}")
    assert (
        found == f'5:24: `exact` must be text, not `{written}`; if you mean the text, write it in quotes: "{written}"'
    )


def test_a_number_in_quotes_is_to_be_unquoted(tmp_path: Path) -> None:
    found = of_check(tmp_path, '{numeric: "12.5"}')
    assert found == "5:26: `numeric` must be a number, not `12.5`; write it without quotes: 12.5"


def test_a_boolean_is_no_number(tmp_path: Path) -> None:
    assert of_check(tmp_path, "{numeric: yes}") == "5:26: `numeric` must be a number, not `yes`"


def test_a_wrong_word_is_told_the_right_ones(tmp_path: Path) -> None:
    found = of_case(tmp_path, "priority: high")
    assert found == "5:15: `priority` must be `smoke`, `core` or `edge`, not `high`"


def test_a_value_out_of_bounds_is_told_the_bound(tmp_path: Path) -> None:
    found = of_case(tmp_path, "generation: {max_new_tokens: 0}")
    assert found == "5:34: `max_new_tokens` must be at least 1, not `0`"


def test_one_image_without_brackets_is_told_how_to_write_a_list(tmp_path: Path) -> None:
    found = of_case(tmp_path, "images: a.png")
    assert found == "5:13: `images` must be a list, not `a.png`; a list of one is [a.png]"


def test_a_wrong_pattern_is_found_at_load(tmp_path: Path) -> None:
    found = of_check(tmp_path, '{regex: "(a"}')
    assert found.startswith("5:24: the pattern `(a` is wrong at its character 1: ")


def test_an_expectation_holds_one_check(tmp_path: Path) -> None:
    found = of_check(tmp_path, "{exact: a, contains: b}")
    assert found == "5:16: an expectation is one check and its arguments, as in `contains: red`"


def test_neither_ask_nor_turns(tmp_path: Path) -> None:
    found = problem(tmp_path, "task: vqa\ncases: [{id: a}]")
    assert found == "2:9: case `a` needs either `ask` or `turns`; neither is given"


def test_both_ask_and_turns(tmp_path: Path) -> None:
    assert of_case(tmp_path, "turns: [{ask: q}]") == "3:5: case `a` needs either `ask` or `turns`; both are given"


def test_expect_beside_turns_belongs_into_a_turn(tmp_path: Path) -> None:
    found = problem(tmp_path, "task: vqa\ncases: [{id: a, turns: [{ask: q}], expect: []}]")
    assert found == "2:36: `expect` belongs into one of the `turns`"


def test_an_override_of_a_model_that_is_left_out(tmp_path: Path) -> None:
    found = of_case(tmp_path, "models: [tiny]\n    per_model: {8B: {xfail: broken}}")
    assert found == "6:17: `per_model` overrides `8B`, but `models` leaves it out"


def test_a_task_must_come_from_somewhere(tmp_path: Path) -> None:
    found = problem(tmp_path, "cases: [{id: a, ask: q}]")
    assert found == "1:9: case `a` has no `task`; give one of caption, vqa, document, grounding, or at the top"


def test_fewer_tokens_than_the_fewest(tmp_path: Path) -> None:
    found = of_case(tmp_path, "generation: {min_new_tokens: 9, max_new_tokens: 8}")
    assert found == "3:5: case `a` can never end: `min_new_tokens` 9, `max_new_tokens` 8"


@pytest.mark.parametrize(
    ("text", "found"), [("cases: 3", "`3`"), ("cases: {a: 1}", "a mapping"), ("cases:  ", "nothing")]
)
def test_cases_must_be_a_list(tmp_path: Path, text: str, found: str) -> None:
    assert problem(tmp_path, text).endswith(f": `cases` must be a list, not {found}")


def test_an_empty_list_of_cases(tmp_path: Path) -> None:
    assert problem(tmp_path, "cases: []") == "1:8: `cases` holds 0 values; at least 1 must be given"


def test_a_stem_that_cannot_name_a_suite(tmp_path: Path) -> None:
    file = tmp_path / "my cases.yaml"
    file.write_text("task: vqa\ncases: [{id: a, ask: q}]")
    with pytest.raises(CaseError, match="`my cases` cannot name a suite; give `suite:`"):
        load_cases(file, CHECKS)


def test_broken_yaml_is_placed(tmp_path: Path) -> None:
    assert problem(tmp_path, "cases:\n  - id: [a\n  - b: }\n").startswith("3:")


def test_a_second_document_is_refused(tmp_path: Path) -> None:
    found = problem(tmp_path, "task: vqa\ncases: [{id: a, ask: q}]\n---\ncases: []\n")
    assert found == "3:1: a second YAML document starts here; a case file is one document"


def test_a_file_that_is_not_utf_8_is_placed(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "cases:\n  - ask: grün".encode("latin-1"))
    assert found == "2:12: byte 0xfc is not UTF-8; save the file in UTF-8"


def test_a_control_character_is_placed(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, b"cases:\n  - ask: a\x07b")
    assert found.startswith("2:11: the character")


def test_a_bomb_of_aliases_is_refused(tmp_path: Path) -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))
    (found,) = problems(tmp_path, f"l0: &l0 [x]\n{levels}\ncases: *l11")
    assert "more than 1,000,000 values" in found


def test_an_alias_of_itself_is_refused(tmp_path: Path) -> None:
    found = problem(tmp_path, "task: vqa\ncases: &c [*c]")
    assert found == "2:12: no anchor `&c` is complete before `*c`"


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    assert "nested deeper than 100 levels" in problem(tmp_path, f"cases: {'[' * 900}{']' * 900}")


def test_merge_keys_and_tags_are_refused(tmp_path: Path) -> None:
    found = problems(tmp_path, "task: vqa\ncases:\n  - &a {id: a, ask: q}\n  - {<<: *a, id: !x b, ask: q}")
    assert [each.split(":")[0:2] for each in found] == [["4", "6"], ["4", "18"]]


def test_all_problems_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        "siute: x\ncases:\n  - {id: A, ask: q}\n  - {id: b, images: [no.png], ask: no}\n  - 3\n  - {id: b, ask: 1}\n",
    )
    assert [each.split(":")[0] for each in found] == ["1", "3", "4", "4", "5", "6", "6"]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"gone\.yaml:1:1: the file cannot be read"):
        load_cases(tmp_path / "gone.yaml", CHECKS)


@pytest.mark.parametrize(
    ("check", "text"),
    [
        ("{all: {exact: a}}", "`all` must be a list, not a mapping"),
        ("{any_of: red}", "`any_of` must be a list, not `red`; a list of one is [red]"),
        ("{boxes: [{bbox: [1, 2, 3]}]}", "`bbox` holds too few values"),
        ("{boxes: [{label: a}]}", "give either `bbox` or `bbox_2d`: [left, top, right, bottom]"),
        ("{at_least: {count: 2, of: [{exact: a}]}}", "`count` must be from 1 to the number of checks, 1, not 2"),
        ("{length: {}}", "give at least one of `min_words`, `max_words`, `min_chars` and `max_chars`"),
        ("{numeric: }", "`numeric` must be a number, not nothing"),
        ("{exact: {}}", "`text` is missing"),
    ],
)
def test_wrong_arguments_are_told_what_would_be_right(tmp_path: Path, check: str, text: str) -> None:
    assert of_check(tmp_path, check).split(": ", 1)[1] == text


def test_a_wrong_item_is_not_told_again_as_a_short_list(tmp_path: Path) -> None:
    found = problem(tmp_path, "task: vqa\ncases: [{id: a, turns: [{ask: q, imags: []}]}]")
    assert found == "2:34: unknown key `imags`; did you mean `images`?"


@pytest.mark.parametrize("written", ['""', '"  "'])
def test_an_empty_question_is_refused(tmp_path: Path, written: str) -> None:
    found = problem(tmp_path, f"task: vqa\ncases: [{{id: a, ask: {written}}}]")
    assert found.startswith("2:22: `ask` must be text, not ")


def test_garbage_collection_goes_on_after_a_wrong_file(tmp_path: Path) -> None:
    problems(tmp_path, "cases: []")
    assert gc.isenabled()
