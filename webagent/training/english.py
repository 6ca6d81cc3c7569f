"""The little English that joining instructions needs."""

from __future__ import annotations

import re
from types import MappingProxyType

VERBS = frozenset(
    [
        "book",
        "choose",
        "click",
        "close",
        "drag",
        "enter",
        "expand",
        "find",
        "focus",
        "forward",
        "give",
        "go",
        "guess",
        "hit",
        "login",
        "mark",
        "move",
        "navigate",
        "open",
        "pick",
        "press",
        "reply",
        "retweet",
        "scroll",
        "search",
        "select",
        "send",
        "set",
        "share",
        "star",
        "submit",
        "switch",
        "type",
        "use",
    ]
)
OPENERS = frozenset(
    ("can", "could", "for", "from", "how", "if", "in", "on", "please", "the", "using", "will",
     "would", "you")
)  # fmt: skip
IRREGULAR = MappingProxyType({"login": "logging in", "star": "starring", "submit": "submitting"})
_VERB = re.compile(r"\b(?:and|then) (?:then )?([a-z]+)\b")
_DOUBLED = re.compile(r"^[^aeiou]*[aeiou][bdgmnpt]$")  # hit, set: one syllable, one short vowel


def imperative(clause: str) -> bool:
    """Whether a clause begins with a command that `gerunds` can turn."""
    return _first(clause) in VERBS


def lowered(clause: str) -> str:
    """The clause as it stands inside a sentence; a name that it begins with stays one."""
    known = _first(clause) in VERBS | OPENERS
    return clause[:1].lower() + clause[1:] if known else clause


def gerund(verb: str) -> str:
    """The gerund of a verb: click, clicking; close, closing; hit, hitting."""
    if verb in IRREGULAR:
        return IRREGULAR[verb]
    if verb.endswith("e") and not verb.endswith("ee"):
        return verb[:-1] + "ing"
    return verb + (verb[-1] if _DOUBLED.match(verb) else "") + "ing"


def gerunds(clause: str) -> str:
    """The clause with its commands as gerunds: "selecting a and clicking b"."""
    first, space, rest = clause.partition(" ")

    def turn(found: re.Match[str]) -> str:
        whole, verb = found[0], found[1]
        return whole[: -len(verb)] + gerund(verb) if verb in VERBS else whole

    return gerund(first.lower()) + space + _VERB.sub(turn, rest.replace(". Find ", " to find "))


def _first(clause: str) -> str:
    return clause.partition(" ")[0].lower()
