"""The agent that flags of `webagent run` describe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from webagent.cli.parts import MODEL, agent_of
from webagent.errors import RunError


@pytest.fixture(autouse=True)
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder that could be a model's, and two of that kind that ship."""
    monkeypatch.chdir(tmp_path)
    for name in ("mine", "shipped"):
        Path(name).mkdir()
        Path(name, "config.json").write_text("{}")
    shipped = {MODEL: tmp_path / "shipped", "other": tmp_path / "shipped"}
    monkeypatch.setattr("webagent.policies.models.shipped_models", lambda: shipped)


@pytest.mark.parametrize(
    ("flags", "spec"),
    [
        ({}, "webagent?planner=html-t5-mini"),
        ({"policy": "expert"}, "expert"),
        ({"planner": "./mine"}, "webagent?planner=.%2Fmine"),
        ({"planner": "none"}, "webagent?planner=none&programmer=html-t5-mini"),
        ({"planner": "none", "model": "m"}, "webagent?planner=none&programmer=llm&model=m"),
        ({"planner": "none", "programmer": "mine"}, "webagent?planner=none&programmer=mine"),
        ({"programmer": "other"}, "webagent?planner=html-t5-mini&programmer=other"),
        ({"model": "m", "endpoint": "http://a/v1"},
         "webagent?planner=llm&model=m&endpoint=http%3A%2F%2Fa%2Fv1"),
        ({"planner": "mine", "programmer": "llm", "model": "m"},
         "webagent?planner=mine&programmer=llm&model=m"),
        ({"options": ["calls=1", "snippets=no"]},
         "webagent?planner=html-t5-mini&calls=1&snippets=no"),
        ({"model": "m", "options": ["key_env=A_KEY", "cache=a b/c&d"]},
         "webagent?planner=llm&model=m&key_env=A_KEY&cache=a%20b%2Fc%26d"),
        ({"policy": "rci", "options": ["model=m", "shots=1"]}, "rci?model=m&shots=1"),
        ({"policy": "rci?model=m", "options": ["shots=1"]}, "rci?model=m&shots=1"),
    ],
)  # fmt: skip
def test_the_agent_is_put_together_from_flags(flags: dict[str, Any], spec: str):
    assert agent_of(**flags) == spec


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ({"policy": "expert", "planner": "llm"}, "--planner is for the agent made of parts"),
        ({"planner": "nosuch", "model": "gpt"},
         "--planner nosuch: there is no such model. Say llm or none, or name a model's folder, or "
         r"one that ships \(html-t5-mini, other\)"),
        ({"programmer": "none"}, "--programmer none: there is no such model. Say llm, or"),
        ({"planner": "llm"}, "llm needs --model NAME"),
        ({"endpoint": "http://a/v1"}, "llm needs --model NAME"),
        ({"planner": "mine", "model": "gpt"}, "--model is for llm: add --planner llm"),
        ({"planner": "mine", "endpoint": "http://a/v1"}, "--endpoint is for llm"),
        ({"options": ["calls"]}, "--option takes KEY=VALUE, such as calls=1, not 'calls'"),
        ({"options": ["planner=llm"]}, "--option planner=llm: write --planner"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_words_of_the_flags(flags: dict[str, Any], says: str):
    with pytest.raises(RunError, match=says):
        agent_of(**flags)
