"""A checkpoint that is not whole, not safe, not in full precision or not of its architecture is refused by name."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pytest_qwen3vl.engine.checkpoint import open_checkpoint
from pytest_qwen3vl.engine.loading import load_model
from pytest_qwen3vl.engine.preflight import preflight
from pytest_qwen3vl.errors import CheckpointError
from pytest_qwen3vl.settings import ModelChoice, Settings
from tests.engine.checkpoints import INDEX, Tensors, edit_config, edit_json, edit_tensors, shards

EMBEDDING = "model.language_model.embed_tokens.weight"
GATE = "model.language_model.layers.1.mlp.gate_proj.weight"


def refusal(folder: Path, settings: Settings | None = None) -> str:
    """Return what loading says."""
    with pytest.raises(CheckpointError) as caught:
        load_model(ModelChoice("mine", str(folder)), settings or Settings(), lambda _: None)
    return str(caught.value)


def early_refusal(folder: Path, settings: Settings | None = None) -> str:
    """Return what the controller's look at the files says; loading must say the same."""
    with pytest.raises(CheckpointError) as caught:
        preflight(ModelChoice("mine", str(folder)), settings or Settings())
    assert refusal(folder, settings) == str(caught.value)
    return str(caught.value)


def test_a_missing_folder_is_named(tmp_path: Path):
    assert f"`{tmp_path / 'nowhere'}` is not a folder" in early_refusal(tmp_path / "nowhere")


def test_a_folder_without_configuration_is_refused(tmp_path: Path):
    assert "has no config.json" in early_refusal(tmp_path)


def test_a_shard_cut_short_is_named_with_both_sizes(broken: Path):
    path = shards(broken)[1]
    whole = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-100])
    message = early_refusal(broken)
    assert f"`{path}` is cut short: it has {whole - 100} bytes, its header describes {whole}" in message


def test_a_shard_cut_inside_its_header_is_named(broken: Path):
    path = shards(broken)[0]
    path.write_bytes(path.read_bytes()[:50])
    assert f"`{path}` is cut short or no safetensors file" in early_refusal(broken)


def test_a_shard_that_is_something_else_is_named(broken: Path):
    path = shards(broken)[0]
    path.write_bytes((10).to_bytes(8, "little") + b"not json!!")
    assert f"`{path}` is no safetensors file" in early_refusal(broken)


def test_a_git_lfs_pointer_is_told_from_weights(broken: Path):
    shards(broken)[0].write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    assert "git lfs pull" in early_refusal(broken)


def test_a_missing_shard_is_named(broken: Path):
    path = shards(broken)[2]
    path.unlink()
    assert f"lacks 1 of the {len(shards(broken)) + 1} files its index names: `{path.name}`" in early_refusal(broken)


@pytest.mark.parametrize("name", ["../outside.safetensors", "/etc/outside.safetensors", "weights.bin"])
def test_an_index_may_not_name_files_elsewhere(broken: Path, name: str):
    edit_json(broken / INDEX, lambda content: content["weight_map"].update({GATE: name}))  # type: ignore[attr-defined]
    assert f"names `{name}`: only safetensors files inside the folder are read" in early_refusal(broken)


def test_a_tensor_the_index_names_and_no_shard_has_is_named(broken: Path):
    name = shards(broken)[0].name
    edit_json(broken / INDEX, lambda content: content["weight_map"].update(ghost=name))  # type: ignore[attr-defined]
    assert f"names 1 tensors that are not there: `ghost (in {name})`" in early_refusal(broken)


def test_an_index_without_a_map_is_refused(broken: Path):
    edit_json(broken / INDEX, lambda content: content.pop("weight_map"))
    assert "has no `weight_map`" in early_refusal(broken)


def test_a_tensor_stored_twice_is_refused(broken: Path):
    first, second = shards(broken)[:2]
    shutil.copy(first, second)
    assert f"twice: in {first.name} and {second.name}" in early_refusal(broken)


def test_two_sets_of_weights_in_one_folder_are_refused(broken: Path):
    shutil.copy(shards(broken)[0], broken / "model.safetensors")
    assert f"holds both model.safetensors and {INDEX}" in early_refusal(broken)


def test_weights_under_another_name_are_refused_rather_than_left_unlooked_at(broken: Path):
    edit_config(broken, transformers_weights="other.safetensors")
    assert "keeps its weights in files of other names" in early_refusal(broken)


def test_pickled_weights_are_refused_with_the_reason(broken: Path):
    for path in [*shards(broken), broken / INDEX]:
        path.unlink()
    torch.save({}, broken / "pytorch_model.bin")
    message = early_refusal(broken)
    assert "holds pickled weights only (`pytorch_model.bin`), and unpickling runs code" in message


def test_gguf_files_are_refused_with_the_reason(broken: Path):
    for path in [*shards(broken), broken / INDEX]:
        path.unlink()
    (broken / "model-Q4_K_M.gguf").write_bytes(b"GGUF")
    assert "GGUF files are quantised" in early_refusal(broken)
    assert "GGUF files are quantised" in early_refusal(broken / "model-Q4_K_M.gguf")


def test_an_adapter_is_refused(broken: Path):
    (broken / "adapter_config.json").write_text("{}")
    assert "holds an adapter, not a model" in early_refusal(broken)


def test_a_configuration_that_says_quantised_is_refused_with_the_method(broken: Path):
    edit_config(broken, quantization_config={"quant_method": "gptq", "bits": 4})
    assert "is quantised (gptq)" in early_refusal(broken)
    assert "--qwen-allow-quantized" in early_refusal(broken)


@pytest.mark.parametrize(
    ("name", "tensor", "method"),
    [
        ("layer.qweight", torch.zeros(2, dtype=torch.int32), "gptq or awq"),
        ("layer.weight", torch.zeros(2, dtype=torch.float8_e4m3fn), "F8_E4M3 weights"),
        ("layer.weight", torch.zeros(2, dtype=torch.uint8), "U8 weights"),
        ("layer.weight.absmax", torch.zeros(2), "bitsandbytes"),
        ("layer.weight_scale_inv", torch.zeros(2), "fp8"),
    ],
)
def test_quantised_weights_are_seen_without_a_configuration(broken: Path, name: str, tensor: torch.Tensor, method: str):
    edit_tensors(broken, lambda tensors: tensors.update({name: tensor}))
    assert f"is quantised ({method})" in early_refusal(broken)


def test_quantised_weights_that_are_allowed_are_marked(broken: Path):
    edit_config(broken, quantization_config={"quant_method": "gptq", "bits": 4})
    preflight(ModelChoice("mine", str(broken)), replace(Settings(), allow_quantized=True))
    assert open_checkpoint(broken).quantized == "gptq"


def test_full_precision_with_an_integer_buffer_is_not_quantised(broken: Path):
    edit_tensors(broken, lambda tensors: tensors.update({"position_ids": torch.zeros(2, dtype=torch.int64)}))
    assert open_checkpoint(broken).quantized is None


def test_a_missing_tensor_is_named_rather_than_drawn_at_random(broken: Path):
    edit_tensors(broken, lambda tensors: tensors.pop(GATE))
    assert f"1 missing, so drawn at random: `{GATE}`" in refusal(broken)


def test_an_unexpected_tensor_is_named_rather_than_ignored(broken: Path):
    edit_tensors(broken, lambda tensors: tensors.update({"model.extra.weight": torch.zeros(2)}))
    assert "1 unknown to the architecture, so ignored: `model.extra.weight`" in refusal(broken)


def test_a_tensor_of_another_shape_is_named_with_both_shapes(broken: Path):
    edit_tensors(broken, lambda tensors: tensors.update({GATE: tensors[GATE][:-1].clone()}))
    assert f"`{GATE} ([95, 64] in the checkpoint, [96, 64] in the architecture)`" in refusal(broken)


def test_a_wrong_prefix_is_refused_with_the_count(broken: Path):
    def rename(tensors: Tensors) -> None:
        for name in [name for name in tensors if ".layers.1." in name]:
            tensors[name.replace("model.", "base.", 1)] = tensors.pop(name)

    edit_tensors(broken, rename)
    message = refusal(broken)
    assert "11 missing, so drawn at random" in message
    assert "and 6 more" in message
    assert "11 unknown to the architecture" in message


def test_an_untied_model_without_its_output_head_is_refused(broken: Path):
    edit_config(broken, tie_word_embeddings=False)
    edit_json(broken / "config.json", lambda c: c["text_config"].update(tie_word_embeddings=False))  # type: ignore[attr-defined]
    assert "1 missing, so drawn at random: `lm_head.weight`" in refusal(broken)


def test_a_tied_model_with_a_head_of_its_own_is_refused(broken: Path):
    edit_tensors(broken, lambda tensors: tensors.update({"lm_head.weight": tensors[EMBEDDING] + 1}))
    assert "ties the output head to the embeddings, but both are stored and they differ" in refusal(broken)


def test_a_tied_model_that_stores_its_head_twice_loads(broken: Path):
    edit_tensors(broken, lambda tensors: tensors.update({"lm_head.weight": tensors[EMBEDDING].clone()}))
    assert load_model(ModelChoice("mine", str(broken)), Settings(), lambda _: None).report.is_clean


def test_transposed_experts_are_refused(broken_experts: Path):
    name = "model.language_model.layers.0.mlp.experts.gate_up_proj"
    edit_tensors(broken_experts, lambda tensors: tensors.update({name: tensors[name][:, :, :-1].contiguous()}))
    assert name in refusal(broken_experts)


def test_code_in_a_checkpoint_is_never_run(broken: Path, tmp_path: Path):
    ran = tmp_path / "ran"
    (broken / "own.py").write_text(f"open({str(ran)!r}, 'w')\nclass OwnConfig: pass\n")
    edit_config(broken, model_type="qwen3_vl_own", auto_map={"AutoConfig": "own.OwnConfig"})
    assert "knows no model type `qwen3_vl_own`; the code it brings along (`auto_map`) is never run" in refusal(broken)
    assert not ran.exists()


def test_a_model_that_sees_no_images_is_refused(broken: Path):
    (broken / "config.json").write_text(json.dumps({"model_type": "qwen3", "hidden_size": 8}))
    assert "holds a `qwen3`, which does not answer questions about images" in refusal(broken)


def test_preflight_imports_nothing_heavy():
    heavy = "torch", "transformers", "numpy", "PIL", "huggingface_hub", "safetensors", "pytest"
    program = f"""if True:
        import sys
        from pytest_qwen3vl.engine.preflight import preflight
        from pytest_qwen3vl.settings import ModelChoice, Settings
        preflight(ModelChoice("tiny"), Settings())
        preflight(ModelChoice("8B"), Settings())
        print([name for name in {heavy!r} if name in sys.modules])
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
