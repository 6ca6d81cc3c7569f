"""A policy that does anything that is possible: the floor of every comparison."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from webagent import actions
from webagent.actions import Action
from webagent.types import Context, Decision

ELEMENT = re.compile(r'<(\w+) ref="(\d+)"([^>]*)>')
WORD = re.compile(r"[^\s\"',.]+")
TYPED = re.compile(r'type="(text|password|date|number|email|search|tel|url|time)"')


class RandomPolicy:
    """Clicks any element, or types any word of the instruction into any field.

    The choice depends on `seed`, the task, the instruction and the step alone.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        return [Decision(self._choose(context)) for context in contexts]

    def _choose(self, context: Context) -> Action:
        key = f"{self._seed}/{context.task}/{context.instruction}/{len(context.history)}"
        rng = random.Random(key)
        elements = ELEMENT.findall(context.observation.html)
        if not elements:
            return actions.press("Tab")
        tag, ref, attributes = rng.choice(elements)
        if tag == "textarea" or (tag == "input" and TYPED.search(attributes)):
            return actions.type(int(ref), rng.choice(WORD.findall(context.instruction) or [""]))
        return actions.click(int(ref))
