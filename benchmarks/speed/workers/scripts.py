"""The scripted actions that every contender plays: read from the instruction alone.

Targets are XPath expressions, which work on a live page and on an observation alike.
Workers run in environments without `webagent`, so this needs the standard library only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

TASKS = ("click-button", "enter-text", "login-user", "email-inbox")


@dataclass(frozen=True)
class Intent:
    """Click `target`, or type `text` into it."""

    target: str
    text: str | None = None


def plan(task: str, instruction: str) -> list[Intent]:
    """What to do on `task`, step by step."""
    quoted = re.findall(r'"(.*?)"', instruction)
    if task == "click-button":
        return [Intent(f"//button[normalize-space()='{quoted[0]}']")]
    if task == "enter-text":
        return [Intent(_id("tt"), quoted[0]), Intent(_id("subbtn"))]
    if task == "login-user":
        name, password = quoted
        fields = [Intent(_id("username"), name), Intent(_id("password"), password)]
        return [*fields, Intent(_id("subbtn"))]
    if task == "email-inbox":
        return _email(instruction, quoted)
    raise ValueError(f"No script is written for {task}; there are {', '.join(TASKS)}.")


def finder() -> str:
    """A JavaScript function from an XPath to the first element that matches."""
    return (Path(__file__).parent / "find.js").read_text("utf-8").strip()


def _email(instruction: str, quoted: list[str]) -> list[Intent]:
    by = re.search(r"email by (\S+) and", instruction)
    assert by, instruction
    sender = f"//*[{_has('email-sender')}][normalize-space()='{by[1]}']"
    for word, icon in (("trash", "trash"), ("star", "star")):
        if word in instruction:
            return [Intent(f"({sender}/following::*[{_has(icon)}])[1]")]
    if to := re.search(r"forward that email to (\S+)\.$", instruction):
        field = f"//input[{_has('forward-sender')}]"
        written = [Intent(field, to[1]), Intent(_id("send-forward"))]
        return [Intent(sender), Intent(f"//*[{_has('email-forward')}]"), *written]
    written = [Intent(_id("reply-text"), quoted[0]), Intent(_id("send-reply"))]
    return [Intent(sender), Intent(f"//*[{_has('email-reply')}]"), *written]


def _id(name: str) -> str:
    return f"//*[@id='{name}']"


def _has(name: str) -> str:
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"
