"""Random weights stand in the true architecture, the same for the same seed and name."""

from pathlib import Path

import pytest
import torch

from pytest_qwen3vl.cases.catalog import catalog, locate
from pytest_qwen3vl.engine.loading import load_model
from pytest_qwen3vl.engine.memory import available_bytes
from pytest_qwen3vl.engine.model import LoadedModel
from pytest_qwen3vl.engine.random_model import read_blueprint
from pytest_qwen3vl.errors import CheckpointError
from pytest_qwen3vl.settings import ModelChoice, Settings
from tests.engine.checkpoints import edit_json


def load(folder: Path, seed: int = 0, **settings: object) -> LoadedModel:
    chosen = Settings(weights="random", seed=seed, **settings)  # type: ignore[arg-type]
    return load_model(ModelChoice("mine", str(folder)), chosen, lambda _: None)


def weights(loaded: LoadedModel) -> dict[str, torch.Tensor]:
    return {name: parameter.detach() for name, parameter in loaded.model.named_parameters()}


@pytest.mark.parametrize("name", list(catalog()))
def test_every_catalog_entry_counts_the_parameters_of_its_architecture(name: str):
    blueprint = read_blueprint(locate(ModelChoice(name)), "pillow")
    assert blueprint.parameters() == catalog()[name].parameters


def test_the_same_seed_draws_the_same_weights_and_another_seed_others(dense: Path):
    first, again, other = weights(load(dense)), weights(load(dense)), weights(load(dense, seed=1))
    assert [name for name in first if not torch.equal(first[name], again[name])] == []
    assert {name for name in first if not torch.equal(first[name], other[name])} == {
        name for name in first if first[name].ndim > 1
    }


def test_a_tensor_is_drawn_by_its_name_whatever_stands_before_it(broken: Path):
    before = weights(load(broken))
    edit_json(broken / "config.json", lambda content: content["vision_config"].update(depth=3))  # type: ignore[attr-defined]
    after = weights(load(broken))
    assert len(after) < len(before)
    assert [name for name in after if not torch.equal(after[name], before[name])] == []


@pytest.mark.parametrize("kind", ["dense", "experts"])
def test_matrices_are_drawn_norms_are_one_and_biases_zero(kind: str, request: pytest.FixtureRequest):
    for name, tensor in weights(load(request.getfixturevalue(kind))).items():
        if tensor.ndim > 1:
            assert 0.015 < float(tensor.std()) < 0.025, name
        else:
            assert bool((tensor == (0 if name.endswith("bias") else 1)).all()), name


def test_random_weights_come_in_the_type_asked_for(dense: Path):
    loaded = load(dense, dtype="bfloat16")
    assert {tensor.dtype for tensor in weights(loaded).values()} == {torch.bfloat16}
    assert (loaded.dtype, loaded.weights, loaded.fingerprint) == ("bfloat16", "random", None)


def test_random_weights_need_no_weight_files(broken: Path):
    for path in broken.glob("*.safetensors*"):
        path.unlink()
    assert load(broken).weights == "random"


def test_a_published_size_has_the_special_tokens_of_the_tokenizer_that_stands_in():
    blueprint = read_blueprint(locate(ModelChoice("30B-A3B")), "pillow")
    assert blueprint.config.image_token_id == blueprint.processor.image_token_id
    assert blueprint.config.text_config.vocab_size == 151936
    assert blueprint.processor.image_processor.size["longest_edge"] == 16777216


def test_a_hub_model_outside_the_catalog_has_no_blueprint():
    with pytest.raises(CheckpointError, match="random weights need its dimensions"):
        load_model(ModelChoice("mine", "someone/model"), Settings(weights="random"), lambda _: None)


@pytest.mark.slow
@pytest.mark.skipif(available_bytes(torch.device("cpu")) < 6 * 2**30, reason="needs 6 GiB of free memory")
def test_the_true_2b_answers_with_random_weights_in_bfloat16():
    loaded = load_model(ModelChoice("2B"), Settings(weights="random", device="cpu"), print)
    assert (loaded.parameters, loaded.dtype) == (2127532032, "bfloat16")
    prompt = loaded.processor.apply_chat_template(
        [{"role": "user", "content": [{"type": "text", "text": "Hello?"}]}], add_generation_prompt=True, tokenize=False
    )
    inputs = loaded.processor(text=[prompt], return_tensors="pt")
    with torch.no_grad():
        tokens = loaded.model.generate(**inputs, max_new_tokens=2, do_sample=False)
    assert tokens.shape[1] == inputs["input_ids"].shape[1] + 2
    assert loaded.seconds < 120
