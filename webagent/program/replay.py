"""The page as a program sees it, answered from what the episode has seen so far."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from lxml import html as lxml_html

from webagent.actions import ACTIONS, MAX_SOURCE, Action, build
from webagent.errors import ActionError
from webagent.types import Observation

MOST_FOUND = 300  # elements that one search gives
LONGEST_LOCATOR = 300  # characters
MOST_STEPS = 3  # searches of descendants or siblings within one locator
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_WIDE_XPATH = re.compile(r"//|\b(?:descendant|following|preceding)")
_WIDE_CSS = re.compile(r"[\s>+~]+|:has")


class Replay:
    """Serves a program's calls: actions that were taken before return at once, with the page
    as it then was, and the first new one is `wanted` and stops the program.

    `seen` begins with the page on which the program began.
    """

    def __init__(self, seen: Sequence[Observation]) -> None:
        self._seen = seen
        self._taken = 0
        self.wanted: Action | None = None

    @property
    def now(self) -> Observation:
        return self._seen[self._taken]

    def stopped(self) -> bool:
        return self.wanted is not None

    def act(self, action: Action) -> None:
        """Take an action. Raises `RuntimeError`, which a program can catch, if it failed."""
        if len(str(action)) > MAX_SOURCE:
            raise RuntimeError(f"An action has at most {MAX_SOURCE} characters.")
        if self.wanted is not None or self._taken + 1 == len(self._seen):
            self.wanted = self.wanted or action
            raise RuntimeError("The program waits for this action.")
        self._taken += 1
        if self.now.error:
            raise RuntimeError(self.now.error)

    def element(self, ref: int) -> Any:
        """Raises `LookupError` if no element of the page has this ref."""
        found = parsed(self.now.html).xpath("//*[@ref=$ref]", ref=str(ref))
        if not found:
            raise LookupError(f"No element of the page has ref {ref}.")
        return found[0]


@lru_cache(maxsize=64)
def parsed(html: str) -> Any:
    """The page as a tree, in which `data-ref` is another name of `ref`."""
    root = cast(Any, lxml_html).document_fromstring(f"<html><body>{html}</body></html>")
    for element in root.xpath("//*[@ref]"):
        element.set("data-ref", element.get("ref"))
    return root


def matching(root: Any, locator: str, xpath: bool = False) -> list[Any]:
    """The elements that a CSS selector or XPath finds, at most `MOST_FOUND`, in page order.

    Raises `ValueError` for one that can't be read. Long ones, and those that search much, are
    refused: a few nested searches of all descendants keep a machine busy for hours.
    """
    if len(locator) > LONGEST_LOCATOR or not _quick(locator, xpath):
        raise ValueError(
            f"A locator has at most {LONGEST_LOCATOR} characters, {MOST_STEPS} searches of all "
            "that lies below or beside, and one of them in a condition."
        )
    try:
        found = root.xpath(locator) if xpath else root.cssselect(locator)
    except Exception as error:  # each library's parser has errors of its own
        raise ValueError(f"This locator can't be read: {locator[:100]!r}") from error
    if not isinstance(found, list):  # an XPath can also count, say
        return []
    return [one for one in cast("list[Any]", found) if hasattr(one, "itertext")][:MOST_FOUND]


def _quick(locator: str, xpath: bool) -> bool:
    """Whether a search takes no more than the page's elements times themselves. Conditions
    within conditions multiply.
    """
    plain = _QUOTED.sub("", locator.strip())
    wide = list((_WIDE_XPATH if xpath else _WIDE_CSS).finditer(plain))
    if not xpath:
        return len(wide) <= MOST_STEPS and plain.count(":has") <= 1
    depths = [plain.count("[", 0, one.start()) - plain.count("]", 0, one.start()) for one in wide]
    return len(wide) <= MOST_STEPS and sum(depth > 0 for depth in depths) <= 1


def text_of(element: Any) -> str:
    """What an element says, with single spaces."""
    return " ".join("".join(element.itertext()).split())


def value_of(element: Any) -> str:
    """What a form field holds."""
    if element.tag == "textarea":
        return str(element.text_content())
    if element.tag == "select":
        chosen = element.xpath(".//option[@selected]") or element.xpath(".//option")
        return text_of(chosen[0]) if chosen else ""
    return str(element.get("value", ""))


def page_functions(replay: Replay) -> Mapping[str, Callable[..., object]]:
    """Our actions by name, and `page`, `url`, `find`, `text` and `value` to read with."""

    def find(css: str) -> list[int]:
        found = matching(parsed(replay.now.html), css)
        return [int(one.get("ref")) for one in found if one.get("ref")]

    def text(ref: int) -> str:
        return text_of(replay.element(ref))

    def value(ref: int) -> str:
        return value_of(replay.element(ref))

    reading: dict[str, Callable[..., object]] = {
        "page": lambda: replay.now.html,
        "url": lambda: replay.now.url,
        "find": find,
        "text": text,
        "value": value,
    }
    functions = {name: _named(name, function) for name, function in reading.items()}
    return functions | {name: _named(name, _acting(replay, name)) for name in ACTIONS}


def _acting(replay: Replay, name: str) -> Callable[..., object]:
    def act(*args: object, **named: object) -> None:
        try:
            action = build(name, args, named)
        except ActionError as error:  # programs know no exceptions but Python's
            raise RuntimeError(str(error)) from error
        replay.act(action)

    return act


def _named(name: str, function: Callable[..., object]) -> Callable[..., object]:
    cast(Any, function).__name__ = cast(Any, function).__qualname__ = name
    return function
