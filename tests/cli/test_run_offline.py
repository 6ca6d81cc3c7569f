"""`webagent run` with nothing but what is on this machine: an endpoint, a model's folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_run_command import run, site

from webagent.llm.server import ChatServer
from webagent.policies.prompted.rules import reply_by_rules

__all__ = ["site"]

TASK = 'Enter the password "apples", then click "send".'


def test_a_chat_model_behind_an_endpoint_carries_an_instruction_out(
    site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    pytest.importorskip("openai")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody")
    with ChatServer(reply_by_rules, model="mine") as server:
        done = run(
            TASK, "--url", site, "--planner", "llm", "--model", "mine", "--endpoint", server.url,
            "--option", "price_in=1000000", "--option", "temperature=none",
            "--json", "--out", tmp_path / "out",
        )  # fmt: skip
    document = json.loads(done.stdout)
    assert (done.exit_code, document["success"]) == (0, True), done.output
    assert [one["action"].partition("(")[0] for one in document["steps"]] == [
        "type", "click", "done",
    ]  # fmt: skip
    usage = document["usage"]
    assert usage["requests"] == len(server.requests) > 2
    assert usage["cost"] == usage["prompt_tokens"] > 100
    assert all("temperature" not in body for body in server.requests)
    assert f"Asked in all: {len(server.requests)} requests" in done.stderr


def test_a_models_folder_plans_and_writes(site: str, tmp_path: Path):
    pytest.importorskip("torch")
    from webagent.nn import checkpoint
    from webagent.nn.html_t5 import initialise
    from webagent.nn.tokenizer import train

    tokenizer = train(['<div><button ref="3">Go</button></div>'] * 3, 2200)
    model = initialise("tiny", len(tokenizer))
    checkpoint.save(tmp_path / "toy", model, tokenizer.rules.to_str(), {})
    words = ("--url", site, "--planner", tmp_path / "toy", "--steps", 2, "--option", "calls=1")
    done = run(TASK, *words, "--out", tmp_path / "out")
    # It has learnt nothing; all that counts is that its answers are carried out.
    assert done.exit_code in (0, 1), done.output
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["policy"].endswith("toy&calls=1")
    assert len(config["card"]["planner_sha256"]) == 16
    assert json.loads((tmp_path / "out" / "episodes.jsonl").read_text())["steps"]


def test_a_page_that_a_model_cannot_read_whole_is_told_of_once(site: str, tmp_path: Path):
    pytest.importorskip("torch")
    from webagent.nn import checkpoint
    from webagent.nn.html_t5 import initialise
    from webagent.nn.tokenizer import train

    tokenizer = train(['<div><button ref="3">Go</button></div>'] * 3, 2200)
    recipe = json.dumps({"track": "open", "recipe": {"data": {"longest": 32}}})
    model = initialise("tiny", len(tokenizer))
    checkpoint.save(tmp_path / "toy", model, tokenizer.rules.to_str(), {"training.json": recipe})
    words = ("--url", site, "--planner", tmp_path / "toy", "--steps", 3, "--json")
    done = run(TASK, *words, "--out", tmp_path / "out")
    told = " ".join(done.stderr.split())
    assert told.count("Warning: A page is longer than the 32 tokens that this model reads") == 1
    assert json.loads(done.stdout)["steps"]
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["track"] == "open"
