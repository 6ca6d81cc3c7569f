"""The whole way through the command line, with toys: pages and play to a model and its score."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from webagent.cli.main import app

TASKS = ("--task", "miniwob.click-test", "--task", "miniwob.enter-text")
PAGE = """<html lang="en"><body><form><p>Sign in to the shop</p><label for="n">Name</label>
<input id="n" type="text"><label for="w">Password</label><input id="w" type="password">
<button class="go">Log in number {0}</button><a href="/help/{0}">Help with {0}</a></form>
<table><tr><td>Order {0}</td><td>Sent on day {0}</td></tr></table></body></html>"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def invoke(*words: str) -> str:
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == 0, result.output + repr(result.exception)
        return result.output

    return invoke


def test_collect_pretrain_train_evaluate(run, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    for number in range(30):
        (site / f"{number}.html").write_text(PAGE.replace("{0}", str(number)))
    run("collect", *TASKS, "--per-task", "12", "--slots", "1", "--out", "data")
    learnt = ("--data", "data", "--html", "site", "--size", "2300")
    run("tokenizer", "train", *learnt, "--out", "words")
    run("tokenizer", "pages", "--tokenizer", "words", "--html", "site", "--out", "pages")
    toy = ("--set", "train.steps=6", "--set", "train.batch=4", "--device", "cpu")
    restoring = ("--set", "data.objective=denoise", "--data", "pages", "--tokenizer", "words")
    run(
        "train",
        "tiny",
        "--data",
        "pages",
        "--tokenizer",
        "words",
        *toy,
        *restoring,
        "--out",
        "m/pre",
    )
    run("train", "tiny", "--data", "data", "--from", "m/pre", *toy, "--out", "m/toy")
    card = json.loads(Path("m/toy/training.json").read_text("utf-8"))
    assert (card["track"], card["finished"]) == ("base+aug", True)
    assert {one["name"] for one in card["data"]} == {"miniwob.click-test+miniwob.enter-text"}
    run("eval", *TASKS, "--policy", "m/toy", "--seeds", "0-1", "--slots", "2", "--out", "run")
    config = json.loads(Path("run/config.json").read_text("utf-8"))
    assert config["track"] == "base+aug"
    assert len(Path("run/episodes.jsonl").read_text("utf-8").splitlines()) == 4
    run("export", "run", "--out", "played")
    wrong = ["train", "tiny", "--data", "played", "--from", "m/pre", "--out", "x"]
    refused = CliRunner().invoke(app, wrong)
    assert refused.exit_code != 0
    assert "evaluation seeds" in str(refused.exception)
