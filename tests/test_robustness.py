"""The robustness runs at toy size, and the defects that they found."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from webagent import actions
from webagent.actions import Action
from webagent.browser.protocol import Page
from webagent.browser.session import open_browser
from webagent.tasks.protocol import Start

ROOT = Path(__file__).parents[1]
LONG = "a line of text\n" * 1200
HEARD = Start(
    "data:text/html,<textarea onkeydown='this.title = event.key'></textarea>"
    "<div contenteditable onkeydown='this.title = event.key'>here</div>",
    probe="[document.querySelector('textarea').value, document.querySelector('div').textContent]",
)

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")


def run(folder: Path, kind: str, *options: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.robustness", kind, *options]
    done = subprocess.run(
        [*command, "--seed", "1", "--out", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"## {kind.capitalize()}" in (folder / "README.md").read_text("utf-8")
    return json.loads((folder / f"{kind}.json").read_text("utf-8"))


def test_a_soak_measures_every_process_of_the_browser(tmp_path: Path):
    found = run(tmp_path, "soak", "--episodes", "30")
    samples = found["measured"]["tally"]["samples"]
    assert len(samples) == found["measured"]["tally"]["endings"]["success"] == 30
    assert {"python", "browser", "renderer"} <= samples[-1]["memory"].keys()
    assert all(size > 0 for size in samples[-1]["memory"].values())


def test_a_fuzz_finds_no_harm(tmp_path: Path):
    found = run(tmp_path, "fuzz", "--actions", "100")
    assert found["met"] and found["measured"]["tally"]["checked"]


@pytest.mark.slow
def test_episodes_under_kills_are_those_of_an_undisturbed_run(tmp_path: Path):
    found = run(tmp_path, "chaos", "--quick")
    kills = found["measured"]["chaos"]["kills"]
    assert found["met"] and kills["run"] and sum(kills.values()) == 4


def test_a_long_text_is_typed_before_the_page_counts_as_hung():
    with open_browser(timeout=4) as browser:
        assert isinstance(browser.reset({0: HEARD})[0], Page)
        page = browser.step({0: actions.type(1, LONG)})[0]
    assert isinstance(page, Page) and page.observation.error is None
    assert page.probe == [LONG, "here"]
    assert 'title="Enter"' in page.observation.html  # the last character is a key


def test_a_rich_text_of_too_many_lines_is_refused():
    with open_browser(timeout=4) as browser:
        assert isinstance(browser.reset({0: HEARD})[0], Page)
        page = browser.step({0: actions.type(2, LONG)})[0]
    assert isinstance(page, Page) and page.probe == ["", "here"]
    assert "at most 300 lines" in (page.observation.error or "")


@pytest.mark.parametrize("value", [1.5, None, (3,), b"3", ...])
def test_an_action_of_wrong_values_can_be_written_down(value: Any):
    assert str(Action("click", (value,))) == f"click({value!r})"
