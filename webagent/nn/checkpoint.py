"""A model's folder: configuration, weights, tokenizer and what else belongs to it.

    models/NAME/
    ├── config.json              a LongT5 configuration
    ├── generation_config.json
    ├── model.safetensors        bfloat16
    ├── tokenizer.json           Hugging Face `tokenizers`
    ├── tokenizer_config.json
    │                            and, if the model sees (`webagent.nn.vision`):
    ├── vision/                  config.json and model.safetensors of a ViT
    ├── bridge.safetensors       what leads from it to the encoder
    └── webgum.json              what is shown to it

Plain `transformers` loads it: `AutoModelForSeq2SeqLM.from_pretrained(folder)`, and
`ViTModel.from_pretrained(folder / "vision")`. Nothing in it is pickled, and no code is run
from it.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import (
    GenerationConfig,
    LongT5Config,
    LongT5ForConditionalGeneration,
    ViTConfig,
    ViTModel,
)
from transformers.utils import logging

from webagent.errors import PolicyError
from webagent.nn.files import ABOUT, BRIDGE, CONFIG, SIGHT, TOKENIZER, VISION, WEIGHTS
from webagent.nn.senses import Sight
from webagent.nn.vision import Vision

NEEDED = (CONFIG, WEIGHTS, TOKENIZER)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded folder. `tokenizer` is the text of its tokenizer.json."""

    model: LongT5ForConditionalGeneration
    tokenizer: str
    folder: Path


def save(
    folder: Path,
    model: LongT5ForConditionalGeneration,
    tokenizer: str,
    files: Mapping[str, str] | None = None,
    dtype: torch.dtype = torch.bfloat16,
    vision: Vision | None = None,
) -> None:
    """Write a model's folder, in place of one that is there.

    `tokenizer` is the text of a tokenizer.json, `files` are more files by name, such as a
    recipe, `vision` its eyes. A new folder is written, then takes the old one's place, at once
    where the system can exchange two (Linux, on most file systems); elsewhere a kill in between
    leaves none in its place, and both beside it, hidden. Of the old one `about.md` is kept, which
    people write.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fresh.chmod(0o755)
        _write(fresh, model, tokenizer, dtype)
        if vision:
            _write_vision(fresh, vision, dtype)
        for name, text in (files or {}).items():
            (fresh / name).write_text(text, "utf-8")
        if (folder / ABOUT).is_file():
            shutil.copy2(folder / ABOUT, fresh)
        _swap(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def load(folder: Path, dtype: torch.dtype = torch.bfloat16) -> Checkpoint:
    """Load a model's folder. Raises `PolicyError` if it is no folder of an HTML-T5."""
    missing = [name for name in NEEDED if not (folder / name).is_file()]
    if missing:
        raise PolicyError(
            f"{folder} is no model folder: it has no {', '.join(missing)}. "
            "Give a folder that training wrote."
        )
    try:
        config = LongT5Config.from_json_file(folder / "config.json")
        if config.model_type != "longt5" or config.encoder_attention_type != "transient-global":
            raise ValueError("config.json describes another kind of model")
        with _silent():
            model = LongT5ForConditionalGeneration.from_pretrained(
                folder, config=config, dtype=dtype, local_files_only=True, use_safetensors=True
            )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise PolicyError(f"The model in {folder} cannot be loaded: {error}") from error
    text = (folder / TOKENIZER).read_text("utf-8")
    return Checkpoint(model.eval(), text, folder)


def load_vision(folder: Path, dtype: torch.dtype = torch.bfloat16) -> Vision | None:
    """The eyes of a model's folder; None if it has none. Raises `PolicyError` if they are
    damaged.
    """
    if not (folder / SIGHT).is_file():
        return None
    try:
        sight = Sight(**json.loads((folder / SIGHT).read_text("utf-8")))
        bridge = load_file(folder / BRIDGE)
        vit = load_vit(folder / VISION)
        vision = Vision(vit, sight, bridge["place"].shape[1])
        left = vision.load_state_dict(bridge, strict=False)
        if left.unexpected_keys or any(not one.startswith("vit.") for one in left.missing_keys):
            raise ValueError(f"{BRIDGE} holds other tensors than are needed")
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
        raise PolicyError(f"The eyes of {folder} cannot be loaded: {error}") from error
    return vision.to(dtype).eval()


def load_vit(folder: Path) -> ViTModel:
    """A vision transformer in a folder, such as a published ViT. Raises `PolicyError`."""
    try:
        config = ViTConfig.from_json_file(folder / "config.json")
        if config.model_type != "vit" or config.num_channels != 3:
            raise ValueError("config.json describes another kind of model")
        with _silent():
            return ViTModel.from_pretrained(
                folder, config=config, add_pooling_layer=False, dtype=torch.float32,
                local_files_only=True, use_safetensors=True,
            )  # fmt: skip
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise PolicyError(f"The vision transformer in {folder} can't be loaded: {error}") from error


@contextmanager
def _silent() -> Generator[None]:
    """Without the library's own progress bar."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _write(
    folder: Path, model: LongT5ForConditionalGeneration, tokenizer: str, dtype: torch.dtype
) -> None:
    config = LongT5Config.from_dict(model.config.to_dict())
    config.architectures = ["LongT5ForConditionalGeneration"]
    config.dtype = dtype
    config.save_pretrained(folder)
    GenerationConfig(
        decoder_start_token_id=config.decoder_start_token_id,
        eos_token_id=config.eos_token_id,
        pad_token_id=config.pad_token_id,
    ).save_pretrained(folder)
    save_file(_tensors(model, dtype), folder / WEIGHTS, metadata={"format": "pt"})
    (folder / WEIGHTS).chmod(0o644)  # the library makes it private
    (folder / TOKENIZER).write_text(tokenizer, "utf-8")
    about = _about_tokenizer(tokenizer, config)
    (folder / "tokenizer_config.json").write_text(json.dumps(about, indent=2) + "\n", "utf-8")


def _write_vision(folder: Path, vision: Vision, dtype: torch.dtype) -> None:
    (folder / VISION).mkdir()
    config = ViTConfig.from_dict(vision.vit.config.to_dict())
    config.architectures = ["ViTModel"]
    config.dtype = dtype
    config.save_pretrained(folder / VISION)
    tensors = _tensors(vision, dtype)
    inner = {name[4:]: one for name, one in tensors.items() if name.startswith("vit.")}
    bridge = {name: one for name, one in tensors.items() if not name.startswith("vit.")}
    for path, some in ((folder / VISION / WEIGHTS, inner), (folder / BRIDGE, bridge)):
        save_file(some, path, metadata={"format": "pt"})
        path.chmod(0o644)
    (folder / SIGHT).write_text(json.dumps(asdict(vision.sight), indent=2) + "\n", "utf-8")


def _tensors(model: torch.nn.Module, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Each parameter once, in memory of its own."""
    return {
        name: parameter.detach().to("cpu", dtype, copy=True).contiguous()
        for name, parameter in model.named_parameters()
    }


def _about_tokenizer(tokenizer: str, config: LongT5Config) -> dict[str, object]:
    added = {one["id"]: one["content"] for one in json.loads(tokenizer)["added_tokens"]}
    about: dict[str, object] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "clean_up_tokenization_spaces": False,
        "split_special_tokens": True,  # a page may hold the text of one
        "model_input_names": ["input_ids", "attention_mask"],
    }
    named = {"pad_token": config.pad_token_id, "eos_token": config.eos_token_id}
    return about | {name: added[token] for name, token in named.items() if token in added}


def _swap(fresh: Path, folder: Path) -> None:
    if not folder.exists():
        fresh.rename(folder)
        return
    if _exchanged(fresh, folder):
        return
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.rename(old / folder.name)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False, and nothing is changed, where that can't be done."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    here, exchange = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux
    return rename(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0
