"""A checkpoint on disk becomes the model it is, in its own type, on the devices it is given."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from transformers import PreTrainedModel

from pytest_qwen3vl.cases.catalog import locate, resolve_model
from pytest_qwen3vl.engine.load_report import LoadReport
from pytest_qwen3vl.engine.loading import load_model
from pytest_qwen3vl.engine.memory import spread
from pytest_qwen3vl.engine.model import LoadedModel
from pytest_qwen3vl.engine.threads import choose_threads, cores
from pytest_qwen3vl.errors import MemoryTooSmall, SettingsError
from pytest_qwen3vl.settings import ModelChoice, Settings
from tests.engine.checkpoints import build_small, edit_config, edit_json, save_small, shards


def load(folder: Path, settings: Settings | None = None) -> LoadedModel:
    return load_model(ModelChoice("mine", str(folder)), settings or Settings(), lambda _: None)


def answer(loaded: LoadedModel) -> torch.Tensor:
    """Return twelve rows, one a token: its id, then every logit it was chosen from."""
    content = [{"type": "image"}, {"type": "text", "text": "What is it?"}]
    prompt = loaded.processor.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
    )
    image = Image.linear_gradient("L").convert("RGB")
    inputs = loaded.processor(images=[image], text=[prompt], return_tensors="pt")
    with torch.no_grad():
        answer = loaded.model.generate(
            **inputs, max_new_tokens=12, do_sample=False, output_logits=True, return_dict_in_generate=True
        )
    return torch.cat([answer.sequences[:, -12:].T.float(), torch.cat(answer.logits)], dim=1)


def assert_same_weights(actual: PreTrainedModel, expected: PreTrainedModel) -> None:
    stored = dict(expected.named_parameters())
    loaded = dict(actual.named_parameters())
    assert loaded.keys() == stored.keys()
    assert [name for name in stored if not torch.equal(loaded[name], stored[name])] == []


def test_a_dense_checkpoint_of_several_shards_loads_weight_for_weight(dense: Path, dense_model: PreTrainedModel):
    assert len(shards(dense)) > 2
    loaded = load(dense)
    assert type(loaded.model).__name__ == "Qwen3VLForConditionalGeneration"
    assert_same_weights(loaded.model, dense_model)


def test_a_checkpoint_with_experts_loads_weight_for_weight(experts: Path, expert_model: PreTrainedModel):
    assert len(shards(experts)) > 2
    loaded = load(experts)
    assert type(loaded.model).__name__ == "Qwen3VLMoeForConditionalGeneration"
    assert_same_weights(loaded.model, expert_model)


def test_a_loaded_model_says_what_it_is(dense: Path):
    loaded = load(dense)
    assert (loaded.name, loaded.source, loaded.revision) == ("mine", str(dense), None)
    assert (loaded.dtype, loaded.device, loaded.attention, loaded.image_backend) == (
        "float32", "cpu", "sdpa", "pillow",
    )  # fmt: skip
    assert loaded.parameters == sum(parameter.numel() for parameter in loaded.model.parameters())
    assert loaded.report.is_clean
    assert not loaded.model.training
    assert loaded.seconds > 0


def test_the_embedded_model_loads_by_the_same_code():
    loaded = load_model(ModelChoice("tiny"), Settings(), lambda _: None)
    assert loaded.source == "embedded"
    assert (loaded.dtype, loaded.quantized, loaded.is_thinking) == ("float32", None, False)


def test_auto_is_the_type_the_weights_are_stored_in_whatever_the_configuration_says(tmp_path: Path):
    folder = save_small(build_small(dtype=torch.bfloat16), tmp_path / "brain")
    edit_config(folder, dtype="float32")
    loaded = load(folder)
    assert loaded.dtype == "bfloat16"
    assert loaded.model.get_input_embeddings().weight.dtype is torch.bfloat16


def test_float32_is_had_on_request(tmp_path: Path):
    folder = save_small(build_small(dtype=torch.bfloat16), tmp_path / "brain")
    loaded = load(folder, Settings(dtype="float32"))
    assert {parameter.dtype for parameter in loaded.model.parameters()} == {torch.float32}
    assert loaded.dtype == "float32"


def test_the_generation_config_stays_as_the_checkpoint_has_it(broken: Path):
    edit_json(broken / "generation_config.json", lambda content: content.update(do_sample=True, temperature=0.25))
    generation = load(broken).model.generation_config
    assert (generation.do_sample, generation.temperature) == (True, 0.25)


def test_progress_tells_what_is_loaded_and_how_long_it_took(dense: Path):
    lines: list[str] = []
    loaded = load_model(ModelChoice("mine", str(dense)), Settings(dtype="bfloat16"), lines.append)
    assert len(lines) == 2
    for part in ("mine", str(dense), f"{loaded.parameters / 1e6:.2f} million", "bfloat16 on cpu"):
        assert part in lines[0]
    assert lines[1] == f"loaded mine in {loaded.seconds:.1f} s"


def test_loading_prints_nothing(dense: Path, capfd: pytest.CaptureFixture[str]):
    load(dense)
    assert capfd.readouterr() == ("", "")


def test_the_fingerprint_is_that_of_the_files_not_of_the_folder(dense: Path, broken: Path, experts: Path):
    assert load(dense).fingerprint == load(broken).fingerprint != load(experts).fingerprint


def test_the_configuration_digest_ignores_spacing_and_sees_values(dense: Path, broken: Path):
    edit_config(broken)
    assert load(dense).config_sha256 == load(broken).config_sha256
    edit_config(broken, transformers_version="0")
    assert load(dense).config_sha256 != load(broken).config_sha256


def test_a_template_that_opens_a_reasoning_block_makes_a_thinking_model(broken: Path):
    template = broken / "chat_template.jinja"
    text = template.read_text(encoding="utf-8")
    template.write_text(text + "{% if add_generation_prompt %}<think>\n{% endif %}", encoding="utf-8")
    assert load(broken).is_thinking
    template.write_text(text + "{% if add_generation_prompt %}<think>\n\n</think>\n\n{% endif %}", encoding="utf-8")
    assert not load(broken).is_thinking


@pytest.mark.parametrize("kind", ["dense", "experts"])
def test_weights_on_disk_answer_as_those_in_memory(kind: str, request: pytest.FixtureRequest, tmp_path: Path):
    folder: Path = request.getfixturevalue(kind)
    whole = load(folder)
    limit = whole.parameters * 4 // 2
    offloaded = load(folder, Settings(device_memory={"cpu": limit}, offload=tmp_path / "offload"))
    assert {"cpu", "disk"} == set(offloaded.device_map.values())
    torch.testing.assert_close(answer(offloaded), answer(whole), atol=1e-5, rtol=0)


def test_too_little_memory_is_said_with_both_numbers(dense: Path):
    with pytest.raises(MemoryTooSmall, match=r"`mine` needs 0\.3 GiB, and cpu has 0\.1 GiB free.*qwen_offload"):
        load(dense, Settings(device_memory={"cpu": 2**27}))


def test_a_model_larger_than_this_machine_is_refused_before_anything_is_read():
    with pytest.raises(MemoryTooSmall, match=r"`235B-A22B` needs 439\.\d GiB"):
        load_model(ModelChoice("235B-A22B"), Settings(weights="random", device="cpu"), lambda _: None)


def test_an_offload_folder_takes_what_memory_does_not(tmp_path: Path):
    huge = 10**15
    where = spread("mine", huge, torch.device("cpu"), Settings(offload=tmp_path))
    assert list(where.limits) == ["cpu"]
    assert 0 < where.limits["cpu"] < huge


def test_an_unknown_device_is_refused_with_those_there_are(dense: Path):
    with pytest.raises(SettingsError, match=r"--qwen-device: `GPU-0` is not here; there are: cpu"):
        load(dense, Settings(device="GPU-0"))


def test_threads_depend_on_the_model_and_the_setting_alone():
    assert choose_threads(3_000_000, Settings()) == 1
    assert choose_threads(2_000_000_000, Settings()) == cores()
    assert choose_threads(3_000_000, Settings(threads=7)) == 7


def test_a_clean_report_is_one_without_faults():
    assert LoadReport(messages=("said something",)).is_clean
    assert not LoadReport(unexpected=("extra",)).is_clean


def test_a_named_source_is_loaded_under_its_name(dense: Path):
    choice = resolve_model(f"8B={dense}")
    assert locate(choice).folder == dense
    assert load_model(choice, Settings(), lambda _: None).name == "8B"
