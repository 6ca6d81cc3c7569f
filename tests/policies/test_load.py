"""Policies by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from webagent.errors import PolicyError
from webagent.policies.expert import ExpertPolicy
from webagent.policies.load import load_policy
from webagent.policies.models import model_folder
from webagent.policies.random import RandomPolicy


def test_shipped_policies():
    assert isinstance(load_policy("expert"), ExpertPolicy)
    assert isinstance(load_policy("random"), RandomPolicy)
    assert isinstance(load_policy("webagent.policies.random:RandomPolicy"), RandomPolicy)


def test_a_file_of_the_user(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "class Mine:\n    def act(self, contexts):\n        return []\nready = Mine()\n"
    )
    assert load_policy(f"{file}:Mine").act([]) == []
    assert load_policy(f"{file}:ready").act([]) == []


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("oracle", "No policy is called 'oracle'"),
        ("models/oracle", "[Mm]odels? .*ships?"),
        ("expert?seed=1", "Only models and prompted agents take options, and 'expert' is none"),
        ("nowhere.py:Mine", "no file nowhere.py"),
        ("no_such_module:Mine", "could not be imported"),
        ("webagent.types:Nothing", "has no Nothing"),
        ("webagent.types:Verdict", "could not be made"),
        ("webagent.errors:WebAgentError", "no method act"),
    ],
)
def test_wrong_names_are_explained(spec, says):
    with pytest.raises(PolicyError, match=says):
        load_policy(spec)


def test_models_that_ship_are_named(monkeypatch):
    shipped = {"one": Path("a/one"), "two": Path("a/two")}
    monkeypatch.setattr("webagent.policies.load.shipped_models", lambda: shipped)
    with pytest.raises(PolicyError, match="Models that ship: one, two"):
        load_policy("models/three")


def test_a_model_is_looked_for_as_given_and_then_among_those_that_ship(tmp_path, monkeypatch):
    shipped = {"toy": Path("elsewhere/toy")}
    monkeypatch.setattr("webagent.policies.models.shipped_models", lambda: shipped)
    monkeypatch.chdir(tmp_path)
    for name in ("toy", "models/toy", "models/toy/", "toy?temperature=1"):
        assert model_folder(name) == shipped["toy"]
    (tmp_path / "models" / "toy").mkdir(parents=True)
    (tmp_path / "models" / "toy" / "config.json").write_text("{}")
    assert model_folder("models/toy?seed=1") == Path("models/toy")
    assert model_folder("toy") == shipped["toy"]
    assert model_folder("models/other") is None


def test_a_file_may_have_dataclasses_and_neighbours(tmp_path):
    (tmp_path / "neighbour_of_mine.py").write_text("WORD = 'hello'\n")
    file = tmp_path / "with_parts.py"
    file.write_text(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n"
        "from neighbour_of_mine import WORD\n@dataclass\nclass Mine:\n    word: str = WORD\n"
        "    def act(self, contexts):\n        return []\n"
    )
    assert load_policy(f"{file}:Mine").word == "hello"


def test_a_file_that_fails_is_explained(tmp_path):
    file = tmp_path / "failing.py"
    file.write_text("raise ValueError('no model here')\n")
    with pytest.raises(PolicyError, match="ValueError: no model here"):
        load_policy(f"{file}:Mine")


def test_a_broken_file_is_explained(tmp_path):
    file = tmp_path / "broken.py"
    file.write_text("class Mine(\n")
    with pytest.raises(PolicyError, match="could not be imported"):
        load_policy(f"{file}:Mine")
