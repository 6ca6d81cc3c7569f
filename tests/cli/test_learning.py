"""The whole way through the command line, with toys: pages and play to a model, its score, and a
model that learnt from its mistakes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from webagent.cli.main import app
from webagent.evaluation.store import read_run

TASKS = ("--task", "miniwob.click-test", "--task", "miniwob.enter-text")
TOY = ("--set", "train.steps=6", "--set", "train.batch=4", "--device", "cpu")
PAGE = """<html lang="en"><body><form><p>Sign in to the shop</p><label for="n">Name</label>
<input id="n" type="text"><label for="w">Password</label><input id="w" type="password">
<button class="go">Log in number {0}</button><a href="/help/{0}">Help with {0}</a></form>
<table><tr><td>Order {0}</td><td>Sent on day {0}</td></tr></table></body></html>"""


def ask(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def run(*words: str) -> str:
    result = ask(*words)
    assert result.exit_code == 0, result.output + repr(result.exception)
    return result.output


def read(file: str) -> dict[str, Any]:
    return json.loads(Path(file).read_text("utf-8"))


@pytest.fixture(scope="module", autouse=True)
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder that all of these tests work in."""
    with chdir(tmp_path_factory.mktemp("toys")):
        yield


@pytest.fixture(scope="module")
def model() -> str:
    """A model that learnt from pages, then from demonstrations."""
    Path("site").mkdir()
    for number in range(30):
        Path("site", f"{number}.html").write_text(PAGE.replace("{0}", str(number)))
    run("collect", *TASKS, "--per-task", "12", "--slots", "1", "--out", "data")
    learnt = ("--data", "data", "--html", "site", "--size", "2300")
    run("tokenizer", "train", *learnt, "--out", "words")
    run("tokenizer", "pages", "--tokenizer", "words", "--html", "site", "--out", "pages")
    pages = ("--set", "data.objective=denoise", "--data", "pages", "--tokenizer", "words")
    run("train", "tiny", *TOY, *pages, "--out", "m/pre")
    run("train", "tiny", "--data", "data", "--from", "m/pre", *TOY, "--out", "m/toy")
    return "m/toy"


@pytest.fixture(scope="module")
def played(model: str) -> str:
    """A run of it."""
    run("eval", *TASKS, "--policy", model, "--seeds", "0-1", "--slots", "2", "--out", "run")
    return "run"


def test_a_model_tells_how_it_was_trained(model: str) -> None:
    card = read(f"{model}/training.json")
    assert (card["track"], card["finished"]) == ("base+aug", True)
    assert {one["name"] for one in card["data"]} == {"miniwob.click-test+miniwob.enter-text"}
    assert card["start"]["recipe"]["data"]["objective"] == "denoise"
    assert card["words"] == read("words/made.json")
    assert card["words"]["track"] == "base"


def test_a_run_is_reported(model: str, played: str) -> None:
    assert read(f"{played}/config.json")["track"] == "base+aug"
    assert len(Path(played, "episodes.jsonl").read_text("utf-8").splitlines()) == 4
    run("report", played)
    for report in (Path(played, "report.html"), Path("report.html")):
        text = report.read_text("utf-8")
        assert model in text and "miniwob.enter-text" in text, report


def test_its_card_has_the_score(model: str, played: str) -> None:
    run("models", "card", model, "--run", played)
    [score] = read(f"{model}/scores.json")["suites"]
    assert (score["seeds"], score["episodes"], len(score["tasks"])) == ("0-1", 4, 2)
    card = Path(model, "README.md").read_text("utf-8")
    assert "# toy\n" in card and f"| {score['suite']} | 2, 4 |" in card


def test_a_model_goes_on_from_its_mistakes(model: str, played: str) -> None:
    checked = ("--seeds", "500000-500001", "--out", "checked", "--slots", "1")
    run("eval", *TASKS, "--policy", model, *checked)
    assert "failed episodes leave the way of expert" in run("retrace", "checked", "--slots", "1")
    corrected = ("--relabel", "expert", "--per-task", "2", "--slots", "1", "--out", "corrected")
    run("collect", "--failing", "checked", "--policy", model, *corrected)
    failed = {one.task for one in read_run(Path("checked")).records if not one.success}
    assert set(read("corrected/demonstrations.json")["config"]["tasks"]) == failed != set()
    on = ("train", "tiny", "--from", model, "--data", "data", "--data", "corrected", *TOY)
    run(*on, "--balance", "checked", "--out", "m/better")
    card = read("m/better/training.json")
    assert [(one["source"], one["labels"]) for one in card["data"]] == [
        ("expert", ""),
        (model, "expert"),
    ]
    assert card["balance"] == read("checked/config.json")["about"]["command"] != []
    assert card["retrace"] == ["webagent", "retrace", "checked"]
    weights = [Path(one, "model.safetensors").read_bytes() for one in (model, "m/better")]
    assert weights[0] != weights[1]
    refused = ask(*on, "--balance", played, "--out", "m/wrong")
    assert "evaluation seeds" in str(refused.exception)


def test_a_model_plays_to_learn_from_itself(model: str) -> None:
    sampled = f"{model}?temperature=0.7"
    tried = ("--per-task", "1", "--max-failures", "2", "--slots", "1", "--out", "own")
    result = ask("collect", "--task", "miniwob.click-test", "--policy", sampled, *tried)
    assert result.exit_code in (0, 1), result.output  # a toy may not succeed even once
    manifest = read("own/demonstrations.json")
    assert manifest["source"] == sampled
    episodes = sum(manifest["successes"].values()) + sum(manifest["failures"].values())
    assert 1 <= episodes <= 3


def test_evaluation_seeds_are_not_learnt_from(played: str) -> None:
    run("export", played, "--out", "exported")
    refused = ask("train", "tiny", "--data", "exported", "--from", "m/pre", "--out", "x")
    assert refused.exit_code != 0
    assert "evaluation seeds" in str(refused.exception)
