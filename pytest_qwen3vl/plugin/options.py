"""The options of the command line and their ini twins, and the `Settings` they come to.

Words only: nothing heavy is imported, and nothing is looked up before a case is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest

from pytest_qwen3vl.errors import SettingsError
from pytest_qwen3vl.settings import Dtype, GoldenMode, GoldenWeights, ImageBackend, Settings, Weights


@dataclass(frozen=True, slots=True)
class Option:
    """Describe one option; its ini twin has underscores for dashes."""

    flag: str
    default: str
    help: str
    choices: tuple[str, ...] | None = None
    repeatable: bool = False
    is_switch: bool = False

    @property
    def name(self) -> str:
        """Return the ini name, which is the argparse destination too."""
        return self.flag.removeprefix("--").replace("-", "_")


OPTIONS = (
    Option(
        "--qwen-model",
        "tiny",
        "NAME (tiny, 2B, 4B, 8B, 32B, 30B-A3B, 235B-A22B, each real one also with -Thinking), NAME=SOURCE with a hub "
        "id or a local path, or a bare hub id or path; repeatable, comma-separated (default: tiny)",
        repeatable=True,
    ),
    Option("--qwen-revision", "", "hub revision of the model (default: the catalog's)"),
    Option("--qwen-dtype", "auto", "auto: the checkpoint's own", choices=get_args(Dtype)),
    Option("--qwen-device", "auto", "auto, cpu, a CUDA index or a GPU's UUID"),
    Option(
        "--qwen-weights",
        "checkpoint",
        "random: the true architecture with seeded random weights, without a download",
        choices=get_args(Weights),
    ),
    Option(
        "--qwen-allow-quantized", "", "run a quantised checkpoint after all; every record is marked", is_switch=True
    ),
    Option(
        "--qwen-image-backend",
        "pillow",
        "what resizes images: pillow gives the same numbers on every machine",
        choices=get_args(ImageBackend),
    ),
    Option("--qwen-seed", "0", "integer from which every case's seed is made"),
    Option(
        "--qwen-golden",
        "check",
        "check: compare where there is one; require: fail where there is none; add: record missing ones; "
        "update: record changed ones too; off: checks alone",
        choices=get_args(GoldenMode),
    ),
    Option(
        "--qwen-golden-weights",
        "same",
        "any: new weights are expected, so checks decide and numbers are not compared",
        choices=get_args(GoldenWeights),
    ),
    Option("--qwen-record", "", "path of the run record, JSON Lines (default: in pytest's cache folder)"),
)
INI_ONLY = (
    ("qwen_threads", "CPU threads of the engine (default: by the model's size, whatever -n)", ""),
    ("qwen_offload", "folder for weights that fit neither device nor memory", ""),
    ("qwen_device_memory", "memory to use at most per device, such as `0=20GiB, cpu=64GiB`", ""),
)
_NOT_REPEATED = ("--qwen-golden", "--qwen-record")
_UNITS = {"GIB": 1 << 30, "MIB": 1 << 20, "GB": 10**9, "MB": 10**6}


def add_options(parser: pytest.Parser) -> None:
    """Declare every option, its ini twin, and where case files lie."""
    group = parser.getgroup("qwen3vl", "Qwen3-VL regression tests")
    for option in OPTIONS:
        _add_option(group, option)
        parser.addini(option.name, option.help.replace("%", "%%"), type="string", default="")
    for name, text, default in INI_ONLY:
        parser.addini(name, text, type="string", default=default)
    parser.addini("qwen_cases", "folders below which YAML case files are collected", type="args", default=["cases"])


def read_option(config: pytest.Config, name: str) -> str:
    """Return what was typed for an option, else its ini value, else its default."""
    option = next(option for option in OPTIONS if option.name == name)
    return _typed(config, option) or option.default


def is_typed(config: pytest.Config, name: str) -> bool:
    """Tell whether an option stands on the command line."""
    return config.getoption(name) is not None


def says_anything(config: pytest.Config) -> bool:
    """Tell whether the user set any option, on the command line or in the ini file."""
    names = [*(option.name for option in OPTIONS), *(name for name, _, _ in INI_ONLY)]
    return any(is_typed(config, option.name) for option in OPTIONS) or any(config.getini(name) for name in names)


def typed_options(config: pytest.Config) -> list[str]:
    """Return the options of the command line that make a case's numbers, ready to be typed again."""
    typed = [option for option in OPTIONS if is_typed(config, option.name) and option.flag not in _NOT_REPEATED]
    return [option.flag if option.is_switch else f"{option.flag}={_typed(config, option)}" for option in typed]


def read_settings(config: pytest.Config) -> Settings:
    """Return the run's settings; raise `pytest.UsageError` naming the option that is wrong."""
    from pytest_qwen3vl.cases.catalog import parse_models

    revision = read_option(config, "qwen_revision") or None
    try:
        texts = _model_texts(config)
        return Settings(
            models=parse_models(texts, revision),
            dtype=_word(config, "qwen_dtype"),
            device=read_option(config, "qwen_device"),
            weights=_word(config, "qwen_weights"),
            allow_quantized=_switch(config, "qwen_allow_quantized"),
            image_backend=_word(config, "qwen_image_backend"),
            seed=_integer("--qwen-seed", read_option(config, "qwen_seed")),
            golden=_word(config, "qwen_golden"),
            golden_weights=_word(config, "qwen_golden_weights"),
            threads=_integer_or_none(config, "qwen_threads"),
            offload=_path(config, str(config.getini("qwen_offload"))),
            device_memory=parse_memory(str(config.getini("qwen_device_memory"))),
            record=_record(config),
        )
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from None


def parse_memory(text: str) -> dict[str, int]:
    """Return bytes per device of `0=20GiB, cpu=64GiB`."""
    sizes = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        device, _, size = (word.strip() for word in part.partition("="))
        unit = next((unit for unit in _UNITS if size.upper().endswith(unit)), None)
        number = size[: -len(unit)].strip() if unit else ""
        try:
            sizes[device] = int(float(number) * _UNITS[unit or ""])
        except (KeyError, ValueError, OverflowError):
            raise SettingsError(
                f"qwen_device_memory: `{part}` is not DEVICE=SIZE, such as `0=20GiB` or `cpu=64GiB`"
            ) from None
    return sizes


def _add_option(group: Any, option: Option) -> None:
    common: dict[str, Any] = {"dest": option.name, "default": None, "help": option.help.replace("%", "%%")}
    if option.is_switch:
        group.addoption(option.flag, action="store_true", **common)
    elif option.repeatable:
        group.addoption(option.flag, action="append", metavar="MODEL", **common)
    elif option.choices:
        group.addoption(option.flag, choices=option.choices, **common)
    else:
        group.addoption(option.flag, metavar="VALUE", **common)


def _typed(config: pytest.Config, option: Option) -> str:
    typed = config.getoption(option.name)
    if isinstance(typed, list):
        return ",".join(typed)
    return str(config.getini(option.name)) if typed is None else str(typed)


def _model_texts(config: pytest.Config) -> list[str]:
    texts = [text.strip() for text in read_option(config, "qwen_model").split(",")]
    if not all(texts) or (is_typed(config, "qwen_model") and not all(config.getoption("qwen_model"))):
        raise SettingsError(
            "--qwen-model: a model's name is empty; is a variable unset? Leave the option out for `tiny`"
        )
    return texts


def _word(config: pytest.Config, name: str) -> Any:
    """Return a word out of the option's choices; argparse has checked the command line, not the ini file."""
    option = next(option for option in OPTIONS if option.name == name)
    word = read_option(config, name)
    if option.choices and word not in option.choices:
        raise SettingsError(f"{option.flag} (ini: {name}): `{word}` is none of {', '.join(option.choices)}")
    return word


def _switch(config: pytest.Config, name: str) -> bool:
    word = read_option(config, name).lower()
    if word not in ("", "0", "1", "true", "false", "yes", "no", "on", "off"):
        raise SettingsError(f"ini `{name}`: `{word}` is neither true nor false")
    return word in ("1", "true", "yes", "on")


def _integer(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise SettingsError(f"{name}: `{text}` is not an integer") from None


def _integer_or_none(config: pytest.Config, name: str) -> int | None:
    text = str(config.getini(name))
    if not text:
        return None
    number = _integer(f"ini `{name}`", text)
    if number < 1:
        raise SettingsError(f"ini `{name}`: {number} threads cannot compute; give 1 or more")
    return number


def _record(config: pytest.Config) -> Path | None:
    path = _path(config, read_option(config, "qwen_record"))
    if path is not None and path.is_dir():
        raise SettingsError(f"--qwen-record: `{path}` is a folder; give a file, such as {path / 'run.jsonl'}")
    return path


def _path(config: pytest.Config, text: str) -> Path | None:
    return (config.invocation_params.dir / text).resolve() if text else None
