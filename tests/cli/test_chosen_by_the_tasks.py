"""What `eval` decides by itself: how tasks are played, and what a run's chat model has cost."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from webagent.browser.protocol import Mode
from webagent.cli.evaluate import USAGE, Spending
from webagent.cli.options import mode_of
from webagent.llm.protocol import Usage
from webagent.tasks.sites import suites


def test_real_websites_are_played_with_the_mouse_unless_others_are_among_them():
    sites = suites()["sites-wiki"]
    assert mode_of(sites[:2]) is Mode.POINTER
    assert mode_of([*sites[:2], "miniwob.click-link"]) is Mode.ELEMENT
    assert mode_of([]) is Mode.ELEMENT


def test_a_resumed_run_adds_to_what_was_asked(tmp_path: Path):
    def asked(usage: Usage) -> Spending:
        return Spending(tmp_path, SimpleNamespace(model=SimpleNamespace(usage=usage)))

    assert asked(Usage()).keep() is None and not (tmp_path / USAGE).exists()
    asked(Usage(requests=3, prompt_tokens=50, cost=0.5)).keep()
    second = asked(Usage(requests=2, cached=4, completion_tokens=7, cost=0.25))
    assert second.keep() == second.keep() == Usage(5, 4, 50, 7, 0.75)
    assert (tmp_path / USAGE).is_file()
