"""Work on the simplified HTML of observations."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bs4 import BeautifulSoup, Tag

VOID = frozenset(("br", "hr", "img", "input", "wbr"))  # elements that never have an end tag


def cut(html: str, refs: Iterable[int], up: int = 1) -> str:
    """The snippet of a page that holds the elements `refs`, in page order.

    Each element comes with its content and with its `up` nearest ancestors' content, so
    that a field keeps its label (the snippets of WebAgent, section 3.2 of arXiv
    2307.12856). Refs that are not on the page are passed over; nothing found gives "".
    """
    soup = BeautifulSoup(html, "lxml")
    kept: list[Tag] = []
    wanted = {str(ref) for ref in refs}
    for element in soup.select("[ref]"):
        if element["ref"] in wanted:
            kept.append(_climb(element, up))
    outermost = [one for one in kept if not any(other in one.parents for other in kept)]
    unique = list({id(one): one for one in outermost}.values())
    return "".join(str(one) for one in unique)


def refs(html: str) -> list[int]:
    """The refs of a page, in page order."""
    soup = BeautifulSoup(html, "lxml")
    return [int(str(element["ref"])) for element in soup.select("[ref]")]


def depth(html: str) -> int:
    """How many elements of an observed page lie one in another, at most."""
    deepest = level = 0
    for end, name in re.findall(r"<(/?)([a-z][\w-]*)", html):
        level += -1 if end else 1
        deepest = max(deepest, level)
        level -= name in VOID
    return deepest


def _climb(element: Tag, up: int) -> Tag:
    for _ in range(up):
        parent = element.parent
        if parent is None or parent.name in ("body", "html", "[document]"):
            break
        element = parent
    return element
