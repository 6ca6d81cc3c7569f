"""This environment, one slot of the cdp backend. Arguments: mode, "shots" or "none"."""

from __future__ import annotations

import sys
from dataclasses import replace

from lines import Played, Timer, serve
from lxml import html
from scripts import plan

from webagent import __version__, actions
from webagent.browser.protocol import Mode, Page
from webagent.browser.session import Session, open_browser
from webagent.errors import BrowserError
from webagent.tasks.suites import load_task


def find(observed: str, target: str) -> int:
    """The ref of the element at `target`, or of the nearest one around it that has one."""
    tree = html.document_fromstring(f"<body>{observed}</body>")
    found = tree.xpath(f"({target})[1]/ancestor-or-self::*[@ref][1]/@ref")
    assert isinstance(found, list) and found, f"{target} is not in {observed}"
    return int(str(found[0]))


def checked(page: Page | BrowserError) -> Page:
    """The page, or its error raised."""
    if isinstance(page, BrowserError):
        raise page
    return page


def play(browser: Session, shots: bool, name: str, seed: int) -> Played:
    """One episode, as the play loop runs it: reset, then step and judge."""
    timer = Timer()
    task = load_task(f"miniwob.{name}")
    with timer.running():
        page = checked(browser.reset({0: replace(task.start(seed), screenshots=shots)})[0])
        verdict = task.judge(page.probe)
    instruction, steps = verdict.instruction, 0
    for intent in plan(name, instruction):
        ref = find(page.observation.html, intent.target)
        action = actions.click(ref) if intent.text is None else actions.type(ref, intent.text)
        with timer.running():
            page = checked(browser.step({0: action})[0])
            verdict = task.judge(page.probe)
        steps += 1
    return Played(timer.seconds, steps, verdict.success, instruction)


if __name__ == "__main__":
    with open_browser(mode=Mode(sys.argv[1])) as session:
        about = {"version": f"webagent {__version__}", "browser": session.version}
        serve(lambda name, seed: play(session, sys.argv[2] == "shots", name, seed), about)
