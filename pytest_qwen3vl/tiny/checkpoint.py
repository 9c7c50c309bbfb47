"""The checkpoint's files, as a hub repository of the family has them.

It writes what it is given and knows nothing of how it was trained.
"""

import json
import shutil
from pathlib import Path

from tokenizers import Tokenizer
from transformers import Qwen3VLForConditionalGeneration

from pytest_qwen3vl.tiny.model import save_settings
from pytest_qwen3vl.tiny.tokenizer import save_tokenizer


def export(model: Qwen3VLForConditionalGeneration, tokenizer: Tokenizer, folder: Path, *, card: str) -> None:
    """Write weights, settings, tokenizer and model card; each file appears whole or not at all."""
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    model.save_pretrained(fresh)
    _plain_config(fresh / "config.json")
    save_tokenizer(tokenizer, fresh)
    save_settings(tokenizer, fresh)
    (fresh / "README.md").write_text(card, encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(fresh.iterdir()):
        file.chmod(0o644)
        file.replace(folder / file.name)
    fresh.rmdir()


def _plain_config(path: Path) -> None:
    """Drop what the hub's files lack and older releases would warn of."""
    config = json.loads(path.read_text(encoding="utf-8"))
    config["vision_config"].pop("rope_parameters", None)
    config.pop("transformers_version", None)
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
