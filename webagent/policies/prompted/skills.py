"""What solved episodes become in prompts: plans and programs."""

from __future__ import annotations

import re
from functools import cache

import orjson
from bs4 import BeautifulSoup, Tag

from webagent.actions import read
from webagent.policies.prompted.exemplars import Exemplar
from webagent.policies.prompted.prompts import prompt

_PLAIN = re.compile(r"[A-Za-z][\w-]*")
# Attributes that an element is found by, best first.
NAMING = ("id", "name", "placeholder", "title", "aria-label", "class", "type")
LONGEST_TEXT = 40  # characters that an element is found by


def skill(exemplar: Exemplar) -> str:
    """An exemplar with its program: the one that solved it, else one made from its steps."""
    return prompt(
        "adaplanner_skill",
        instruction=exemplar.instruction,
        page=exemplar.steps[0].page if exemplar.steps else "",
        program=exemplar.program or straight(exemplar),
    )


@cache
def plan(exemplar: Exemplar) -> str:
    """The exemplar's actions as numbered steps, each with what its element is and says."""
    lines: list[str] = []
    for number, step in enumerate(exemplar.steps, start=1):
        action = read(step.action)
        element = _element(step.page, action.ref)
        what = f"  # {_selector(element)} {_text(element)[:LONGEST_TEXT]}" if element else ""
        lines.append(f"{number}. {action}{what}".rstrip())
    return "\n".join(lines)


@cache
def straight(exemplar: Exemplar) -> str:
    """The program that does the exemplar's steps, finding their elements by what they are
    called or say, and which of those it is on the page.
    """
    lines: list[str] = []
    for step in exemplar.steps:
        action = read(step.action)
        found = _found(step.page, action.ref)
        if not found:
            lines.append(str(action))
            continue
        search, index = found
        rest = [_quoted(one) if isinstance(one, str) else str(one) for one in action.args[1:]]
        lines += [
            f"found = {search}",
            f'assert len(found) > {index}, "not on this page: " + page()',
            f"{action.name}({', '.join([f'found[{index}]', *rest])})",
        ]
    return "\n".join(lines)


def _found(page: str, ref: int | None) -> tuple[str, int] | None:
    """The expression that finds an element, and its index in what that gives."""
    element = _element(page, ref)
    if element is None:
        return None
    soup = element.find_parents()[-1]
    says = _text(element)
    named = bool(_PLAIN.fullmatch(str(element.get("id", ""))))
    if says and len(says) <= LONGEST_TEXT and not named:
        same = [one for one in soup.find_all(element.name) if _text(one) == says]
        search = f"[one for one in find({_quoted(element.name)}) if text(one) == {_quoted(says)}]"
    else:
        selector = _selector(element)
        same = soup.select(selector)
        search = f"find({_quoted(selector)})"
    refs = [one.get("ref") for one in same if one.get("ref")]
    return search, refs.index(str(ref))


def _element(page: str, ref: int | None) -> Tag | None:
    return BeautifulSoup(page, "lxml").select_one(f'[ref="{ref}"]')


def _selector(element: Tag) -> str:
    for name in NAMING:
        value = str((element.get_attribute_list(name) or [""])[0])
        if _PLAIN.fullmatch(value):
            plain = {"id": f"#{value}", "class": f"{element.name}.{value}"}
            return plain.get(name, f"{element.name}[{name}={value}]")
    return element.name


def _text(element: Tag) -> str:
    return " ".join(element.get_text().split())


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()
