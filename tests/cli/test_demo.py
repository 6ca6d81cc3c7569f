"""`webagent demo` shows a model that ships beside expert and random, or says why it can't."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("torch")

from webagent.cli import demo
from webagent.cli.main import app
from webagent.nn import checkpoint
from webagent.nn.html_t5 import initialise
from webagent.nn.tokenizer import train


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model named "toy" that seems to ship, and a demo of few episodes."""
    tokenizer = train(["<task>Click the button."] * 3, 2200)
    folder = tmp_path / "toy"
    checkpoint.save(folder, initialise("tiny", len(tokenizer)), tokenizer.rules.to_str())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "shipped_models", lambda: {"toy": folder, "zoo": folder})
    monkeypatch.setattr(demo, "SAMPLES", {"miniwob-22": 1})
    return folder


def play() -> str:
    done = CliRunner(env={"COLUMNS": "160"}).invoke(app, ["demo", "--out", "run"])
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.output


def test_the_first_model_that_ships_plays(model: Path):
    [heading] = [line for line in play().splitlines() if line.startswith("success, %")]
    assert heading.split() == ["success,", "%", "expert", "toy", "random"]


def test_a_model_that_cannot_be_loaded_is_told_of(model: Path):
    (model / "model.safetensors").unlink()
    out = play()
    assert "no model.safetensors" in out
    [heading] = [line for line in out.splitlines() if line.startswith("success, %")]
    assert heading.split() == ["success,", "%", "expert", "random"]
