"""What a user may write after --qwen-model, and what it stands for."""

from pathlib import Path

import pytest

from pytest_qwen3vl.cases.catalog import catalog, locate, parse_models, resolve_model
from pytest_qwen3vl.errors import SettingsError
from pytest_qwen3vl.settings import ModelChoice

SIZES = ("2B", "4B", "8B", "32B", "30B-A3B", "235B-A22B")


def test_every_size_is_known_as_instruct_and_thinking():
    assert set(catalog()) == {"tiny", *SIZES, *(f"{size}-Thinking" for size in SIZES)}
    for size in SIZES:
        assert catalog()[size].source == f"Qwen/Qwen3-VL-{size}-Instruct"
        assert catalog()[f"{size}-Thinking"].source == f"Qwen/Qwen3-VL-{size}-Thinking"
        assert (catalog()[size].is_thinking, catalog()[f"{size}-Thinking"].is_thinking) == (False, True)


def test_published_sizes_have_their_published_parameter_counts():
    billions = {size: round(catalog()[size].parameters / 1e9, 3) for size in SIZES}
    assert billions == {
        "2B": 2.128, "4B": 4.438, "8B": 8.767, "32B": 33.357, "30B-A3B": 31.071, "235B-A22B": 235.67,
    }  # fmt: skip


def test_every_published_size_shares_the_familys_constants():
    for size in SIZES:
        dimensions = catalog()[size].dimensions
        assert (dimensions.text.vocab_size, dimensions.text.head_dim) == (151936, 128)
        assert dimensions.text.mrope_section == (24, 20, 20)
        assert dimensions.vision.out_hidden_size == dimensions.text.hidden_size
        assert dimensions.vision.deepstack_visual_indexes in ((5, 11, 17), (8, 16, 24))
        assert dimensions.tie_word_embeddings is (size in ("2B", "4B"))
        assert (dimensions.text.experts is None) is ("-A" not in size)


def test_the_weights_fit_the_smallest_vram():
    for entry in catalog().values():
        assert entry.parameters * 2 < entry.vram_bytes, entry.name


def test_vram_is_what_the_field_plans_with():
    planned = {"4B": 16e9, "8B": 24e9, "30B-A3B": 72e9}
    assert {name: catalog()[name].vram_bytes for name in planned} == planned


def test_a_known_name_needs_no_source():
    assert resolve_model("8B-Thinking", "v2") == ModelChoice("8B-Thinking", None, "v2")
    located = locate(ModelChoice("8B-Thinking", None, "v2"))
    assert (located.source, located.folder, located.revision) == ("Qwen/Qwen3-VL-8B-Thinking", None, "v2")


def test_without_a_revision_the_catalogs_is_taken():
    assert locate(ModelChoice("8B")).revision == "main"
    assert locate(ModelChoice("mine", "someone/model")).revision == "main"


def test_the_embedded_model_is_a_folder_of_this_package():
    folder = locate(ModelChoice("tiny")).folder
    assert folder is not None
    assert (folder / "config.json").is_file()


def test_a_name_may_be_given_another_source(tmp_path: Path):
    assert resolve_model("8B=./ours") == ModelChoice("8B", "./ours")
    assert resolve_model("8B=someone/model") == ModelChoice("8B", "someone/model")
    assert resolve_model(f"mine={tmp_path}") == ModelChoice("mine", str(tmp_path))
    assert locate(ModelChoice("8B", "./ours")).entry is None


def test_a_bare_hub_id_or_path_is_named_by_its_last_part(tmp_path: Path):
    assert resolve_model("someone/Some-Model_1.5").name == "Some-Model_1.5"
    assert resolve_model("./checkpoints/step-100/").name == "step-100"
    assert resolve_model(str(tmp_path)).name == tmp_path.name


def test_a_folder_that_is_here_wins_over_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "someone" / "model").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert locate(resolve_model("someone/model")).folder == Path("someone/model")


def test_a_folder_with_an_equals_sign_is_a_path(tmp_path: Path):
    folder = tmp_path / "lr=0.1"
    folder.mkdir()
    with pytest.raises(SettingsError, match=r"would be named `lr=0\.1`.*NAME=SOURCE"):
        resolve_model(str(folder))
    assert resolve_model(f"mine={folder}") == ModelChoice("mine", str(folder))


def test_an_unknown_name_is_refused_with_the_nearest_and_all_known():
    with pytest.raises(SettingsError) as caught:
        resolve_model("8b-thinkin")
    message = str(caught.value)
    assert message.startswith("--qwen-model: `8b-thinkin` is not a known model; did you mean `8B-Thinking`?")
    assert all(name in message for name in catalog())


@pytest.mark.parametrize("text", ["a b=./x", ".hidden=./x", "-x=./x", "=./x", "a/b=./x", "ä=./x", "./.hidden"])
def test_a_name_that_is_no_safe_folder_is_refused(text: str):
    with pytest.raises(SettingsError, match=r"--qwen-model: .* a name becomes a folder and a test id"):
        resolve_model(text)


@pytest.mark.parametrize("text", ["mine=8B", "mine=", "mine=no such"])
def test_a_source_is_a_hub_id_or_a_path(text: str):
    with pytest.raises(SettingsError, match="is neither a hub id"):
        resolve_model(text)


def test_models_keep_the_order_they_were_typed_in():
    assert [choice.name for choice in parse_models(["8B", "tiny", "mine=./x"])] == ["8B", "tiny", "mine"]


@pytest.mark.parametrize("second", ["8B", "8B=./x", "someone/8b"])
def test_two_models_of_one_name_are_refused(second: str):
    with pytest.raises(SettingsError, match=f"--qwen-model: `8B` and `{second}` are both named"):
        parse_models(["8B", second])


def test_a_revision_goes_to_the_models_on_the_hub():
    assert parse_models(["8B", "tiny"], "v2") == (ModelChoice("8B", None, "v2"), ModelChoice("tiny"))


def test_a_revision_without_a_model_on_the_hub_is_refused():
    with pytest.raises(SettingsError, match="--qwen-revision: `v2` is a hub revision, but every model is a local"):
        parse_models(["tiny"], "v2")
