"""What the README shows must run as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from shown_commands import Shown, shown_commands
from typer.testing import CliRunner

from webagent import actions
from webagent.browser.session import Session
from webagent.cli.main import app
from webagent.play import Job, play
from webagent.policies.load import load_policy
from webagent.program import Act, MontySandbox, next_action
from webagent.tasks.suites import load_task, suite
from webagent.types import Observation

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
GROUPS = ("browser", "compwob", "sites", "tokenizer")  # of commands
SHOWN = [README, *(page.read_text("utf-8") for page in sorted(ROOT.glob("docs/*.md")))]
COMMANDS = {one.line: one for text in SHOWN for one in shown_commands(text)}.values()


def test_the_example_policy_plays(browser: Session, tmp_path: Path):
    file = tmp_path / "my_policy.py"
    file.write_text(next(example for example in EXAMPLES if "class Quoted" in example))
    policy = load_policy(f"{file}:Quoted")
    for task, least in (("miniwob.click-link", 4), ("compwob.click-link_click-button", 2)):
        jobs = [Job(load_task(task), seed) for seed in range(5)]
        assert sum(episode.success for episode in play(jobs, policy, browser)) >= least


def test_the_python_example_runs():
    program = next(example for example in EXAMPLES if "open_browser" in example)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert len(re.findall(r"^\d success 2$", done.stdout, re.MULTILINE)) == 10


def test_the_selenium_example_runs_in_the_sandbox():
    program = next(example for example in EXAMPLES if "selenium" in example)
    page = Observation('<input ref="5" type="text" value="x"><button ref="6">Login</button>')
    empty = Observation('<input ref="5" type="text"><button ref="6">Login</button>')
    sandbox = MontySandbox()
    try:
        seen = [page, empty, empty]
        outcomes = [next_action(sandbox, program, seen[:number]) for number in (1, 2, 3)]
    finally:
        sandbox.close()
    assert outcomes == [
        Act(actions.type(5, "")), Act(actions.type(5, "anna")), Act(actions.click(6)),
    ]  # fmt: skip


def test_the_scores_of_models_are_those_of_their_cards():
    rows = re.findall(r"^\| \*\*(\S+)\*\* \|.*$", README, re.MULTILINE)
    assert rows
    for name in rows:
        [row] = re.findall(rf"^\| \*\*{name}\*\* \|.*$", README, re.MULTILINE)
        assert row in (ROOT / "models" / name / "README.md").read_text()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.line)
def test_commands_name_what_exists(command: Shown):
    words = command.words
    group = words[: 2 if words[0] in GROUPS else 1]
    shown = CliRunner().invoke(app, [*group, "--help"], env={"TERM": "dumb"}, terminal_width=200)
    assert shown.exit_code == 0
    help_text = shown.stdout
    for option in (word.partition("=")[0] for word in words if word.startswith("--")):
        assert option in help_text
    for option, name in pairwise(words):
        if option == "--suite":
            assert suite(name)
