"""Policies by name."""

from __future__ import annotations

import pytest

from webagent.errors import PolicyError
from webagent.policies.expert import ExpertPolicy
from webagent.policies.load import load_policy
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


def test_a_broken_file_is_explained(tmp_path):
    file = tmp_path / "broken.py"
    file.write_text("class Mine(\n")
    with pytest.raises(PolicyError, match="could not be imported"):
        load_policy(f"{file}:Mine")
