"""A saved folder is complete: plain `transformers` reads it and decodes the same."""

from __future__ import annotations

import json
import pickle
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from small_model import END, TEXTS, model, page, tokenizer_json
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from webagent.errors import PolicyError
from webagent.nn import checkpoint
from webagent.nn.files import WEIGHTS
from webagent.nn.flat import flatten
from webagent.nn.generate import generate
from webagent.nn.weights import weights


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    saved = tmp_path_factory.mktemp("models") / "tiny"
    made = model(dtype=torch.bfloat16)
    flatten(made)
    checkpoint.save(saved, made, tokenizer_json(), {"recipe.toml": "steps = 1\n"})
    return saved


def test_plain_transformers_decodes_the_same(folder: Path):
    theirs = AutoModelForSeq2SeqLM.from_pretrained(folder)
    assert theirs.dtype == torch.bfloat16
    pages = [page(20, 1), page(33, 2)]
    ours = generate(weights(checkpoint.load(folder).model), pages, 10)
    for one, found in zip(pages, ours, strict=True):
        ids = torch.tensor([one])
        out = theirs.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=10)
        out = out[0, 1:].tolist()
        assert (out[: out.index(END)] if END in out else out) == found


def test_the_tokenizer_loads(folder: Path):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert (tokenizer.pad_token, tokenizer.eos_token) == ("<pad>", "</s>")
    assert len(tokenizer) == len(TEXTS)


def test_what_was_saved_comes_back(folder: Path):
    loaded = checkpoint.load(folder, torch.float32)
    assert loaded.tokenizer == tokenizer_json()
    wanted = model(dtype=torch.bfloat16).state_dict()
    for name, tensor in loaded.model.state_dict().items():
        assert torch.equal(tensor, wanted[name].float()), name
    assert (folder / "recipe.toml").read_text() == "steps = 1\n"


def test_each_parameter_is_stored_once(folder: Path):
    stored = load_file(folder / "model.safetensors")
    assert set(stored) == {name for name, _ in model().named_parameters()}
    assert {one.dtype for one in stored.values()} == {torch.bfloat16}


@pytest.mark.parametrize("exchanging", [True, False])
def test_saving_again_replaces_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchanging: bool
):
    if not exchanging:  # as on systems other than Linux
        monkeypatch.setattr("ctypes.CDLL", lambda name: None)
    saved = tmp_path / "new" / "model"
    checkpoint.save(saved, model(0), tokenizer_json(), {"old.txt": ""})
    (saved / "about.md").write_text("Mine.")
    checkpoint.save(saved, model(1), tokenizer_json())
    assert not (saved / "old.txt").exists()
    assert (saved / "about.md").read_text() == "Mine."
    assert (saved / "model.safetensors").stat().st_mode & 0o777 == 0o644
    assert [one.name for one in saved.parent.iterdir()] == ["model"]


@pytest.mark.skipif(sys.platform != "linux", reason="others can't exchange two folders")
def test_a_folder_has_a_model_whenever_a_save_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    rename = Path.rename

    def killed(one: Path, other: Path) -> None:
        rename(one, other)
        raise KeyboardInterrupt

    saved = tmp_path / "model"
    checkpoint.save(saved, model(0), tokenizer_json())
    monkeypatch.setattr(Path, "rename", killed)
    with suppress(KeyboardInterrupt):
        checkpoint.save(saved, model(1), tokenizer_json())
    assert checkpoint.load(saved)


def test_a_save_that_fails_leaves_the_old_folder(tmp_path: Path):
    saved = tmp_path / "model"
    checkpoint.save(saved, model(), tokenizer_json())
    with pytest.raises(ValueError):
        checkpoint.save(saved, model(1), "no tokenizer")
    assert [one.name for one in tmp_path.iterdir()] == ["model"]
    assert checkpoint.load(saved)


def test_a_folder_that_is_none_is_named(tmp_path: Path):
    with pytest.raises(PolicyError, match=r"has no config\.json, model\.safetensors"):
        checkpoint.load(tmp_path)


def test_damaged_weights_are_an_error(folder: Path, tmp_path: Path):
    for name in checkpoint.NEEDED:
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / WEIGHTS).write_bytes(b"broken")
    with pytest.raises(PolicyError, match="cannot be loaded"):
        checkpoint.load(tmp_path)


def test_another_kind_of_model_is_refused(folder: Path, tmp_path: Path):
    for name in checkpoint.NEEDED:
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    config = (folder / "config.json").read_text()
    (tmp_path / "config.json").write_text(config.replace("transient-global", "local"))
    with pytest.raises(PolicyError, match="another kind"):
        checkpoint.load(tmp_path)


def test_no_code_of_a_folder_is_run(folder: Path, tmp_path: Path):
    ran = tmp_path / "ran"

    class Pickled:
        def __reduce__(self):
            return Path.touch, (ran,)

    for name in checkpoint.NEEDED:
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = dict.fromkeys(("AutoConfig", "AutoModelForSeq2SeqLM"), "own.Own")
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "own.py").write_text(f"import pathlib\npathlib.Path({str(ran)!r}).touch()\n")
    (tmp_path / "pytorch_model.bin").write_bytes(pickle.dumps(Pickled()))
    assert checkpoint.load(tmp_path).model
    (tmp_path / WEIGHTS).write_bytes(b"broken")
    with pytest.raises(PolicyError, match="cannot be loaded"):
        checkpoint.load(tmp_path)
    assert not ran.exists()
