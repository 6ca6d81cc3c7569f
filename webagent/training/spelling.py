"""Demonstrations with other words to type, so that typing is learnt as copying.

Some hundred demonstrations of a task hold some hundred names and passwords. A model that sees
them again and again learns them by heart; one that sees others each time learns to copy.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape

from webagent.training.questions import Demonstration
from webagent.types import Context, Decision

_TAG = re.compile(r"<[^>]*>")
_VALUE = re.compile(r' value="[^"]*"')
_KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits)


def respelled(demonstration: Demonstration, rng: random.Random) -> Demonstration:
    """The demonstration with other letters and digits in what is typed as the instruction says
    it, wherever it stands. What also names a part of a page, or is a piece of a longer word of
    one, stays.
    """
    instruction = demonstration[0][0].instruction
    pages = [context.observation.html for context, _ in demonstration]
    typed = [
        action.args[-1]
        for _, decision in demonstration
        if (action := decision.action).name == "type" and isinstance(action.args[-1], str)
    ]
    others = {
        text: _other(text, rng)
        for text in dict.fromkeys(typed)
        if _is_free(text, instruction, pages)
    }
    if not others:
        return demonstration
    said = _changed(others)
    shown = _changed({_written(old): _written(new) for old, new in others.items()})
    made: list[tuple[Context, Decision]] = []
    for context, decision in demonstration:
        seen, action = context.observation, decision.action
        args = tuple(others.get(one, one) if isinstance(one, str) else one for one in action.args)
        seen = replace(seen, html=shown(seen.html))
        context = replace(context, instruction=said(instruction), observation=seen)
        made.append((context, replace(decision, action=replace(action, args=args))))
    return made


def _is_free(text: str, instruction: str, pages: Sequence[str]) -> bool:
    """Whether a typed text is a word of the instruction and on pages only itself."""
    if ":" in text or not re.search(r"[^\W_]{2}", text):  # a time of day
        return False
    if not _whole(text).search(instruction):
        return False
    for page in pages:
        written = _written(text)
        if len(_whole(written).findall(page)) != page.count(written):
            return False
        tags = _VALUE.sub("", "".join(_TAG.findall(page)))
        if written.casefold() in tags.casefold():
            return False
    return True


def _other(text: str, rng: random.Random) -> str:
    """Another text with letters, capitals and digits where `text` has them."""
    return "".join(rng.choice(_kind(one) or one) for one in text)


def _kind(letter: str) -> str:
    return next((kind for kind in _KINDS if letter in kind), "")


def _written(text: str) -> str:
    """The text as simplified pages write it."""
    return escape(text, quote=False).replace('"', "&quot;")


def _whole(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")


def _changed(others: Mapping[str, str]) -> Callable[[str], str]:
    """What replaces each of the texts by its other, all at once."""
    longest = sorted(others, key=len, reverse=True)
    any_of = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)")
    return lambda text: any_of.sub(lambda found: others[found[0]], text)
