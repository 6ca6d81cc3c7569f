"""One program, from action to action.

Policies keep no state, and a program is in the middle of its work while the page changes. So
it is run anew for each decision: its first calls are answered from what the history holds,
and the first one beyond is the next action. A run takes about a millisecond.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from webagent.actions import Action
from webagent.program.replay import Replay, page_functions
from webagent.program.sandbox import Sandbox, World
from webagent.program.selenium import PREAMBLE, aliased, selenium_modules, selenium_values
from webagent.types import Observation

LONGEST = 20_000  # characters of source; a longer program is a model that ran away
MOST_ACTIONS = 50


@dataclass(frozen=True, slots=True)
class Act:
    """The program has come to this action."""

    action: Action


@dataclass(frozen=True, slots=True)
class Finished:
    """The program came to its end. `printed` is what it said on the way."""

    printed: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """The program is no program, or ended with an error, which its programmer can read."""

    error: str
    printed: str = ""


Outcome: TypeAlias = "Act | Finished | Failed"


def next_action(sandbox: Sandbox, source: str, seen: Sequence[Observation]) -> Outcome:
    """What the program does next.

    `seen` holds the observation on which the program began, then one after each action that
    it took; an observation's `error` is raised in the program as a `RuntimeError`. Programs
    call our actions and `page()`, `url()`, `find(css)`, `text(ref)`, `value(ref)`, or drive
    the page as Selenium's Python does (see `webagent.program.selenium`).
    """
    if wrong := check(source):
        return Failed(wrong)
    if len(seen) > MOST_ACTIONS:
        return Failed(f"The program took {MOST_ACTIONS} actions and did not end.")
    replay = Replay(seen)
    world = World(
        functions=page_functions(replay),
        values=selenium_values(replay),
        modules=selenium_modules(replay),
        preamble=PREAMBLE,
        stopped=replay.stopped,
    )
    ran = sandbox.run(aliased(source), world)
    if replay.wanted:
        return Act(replay.wanted)
    return Failed(ran.error, ran.printed) if ran.error else Finished(ran.printed)


def check(source: str) -> str | None:
    """What is wrong with the source of a program, before anything runs; None if nothing is."""
    if len(source) > LONGEST:
        return f"The program has {len(source)} characters; at most {LONGEST} pass."
    try:
        with warnings.catch_warnings():  # of a backslash that escapes nothing
            warnings.simplefilter("ignore", SyntaxWarning)
            body = ast.parse(source).body
    except SyntaxError as error:
        return f"line {error.lineno or 1}: not Python: {error.msg}"
    except (ValueError, RecursionError, MemoryError):
        return "Not Python: it holds a null byte, or is nested too deeply."
    return None if body else "The program is empty."
