"""Work on the simplified HTML of observations.

It is our own serialisation: well-formed, attribute values escaped, a ref always first. So
parts of a page are cut out as they stand, and a snippet reads exactly like the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

VOID = frozenset(("br", "hr", "img", "input", "wbr"))  # elements that never have an end tag

_TAG = re.compile(r'<(/?)([a-z][\w:-]*)(?: ref="(\d+)")?[^>]*>')


@dataclass(slots=True)
class Span:
    """Where an element stands in a page's text; `parent` is an index, -1 for none."""

    tag: str
    ref: int | None
    start: int
    end: int
    parent: int


def spans(html: str) -> list[Span]:
    """All elements of a page, in page order. One that is never closed ends with the page."""
    found: list[Span] = []
    opened: list[int] = []
    for tag in _TAG.finditer(html):
        closing, name, ref = tag.groups()
        if not closing:
            parent = opened[-1] if opened else -1
            end = tag.end() if name in VOID else len(html)
            if name not in VOID:
                opened.append(len(found))
            found.append(Span(name, int(ref) if ref else None, tag.start(), end, parent))
        elif any(found[index].tag == name for index in opened):
            while found[index := opened.pop()].tag != name:
                found[index].end = tag.start()
            found[index].end = tag.end()
    return found


def cut(html: str, refs: Iterable[int], up: int = 1, room: int = 600) -> str:
    """The snippet of a page that holds the elements `refs`, in page order.

    Each element comes with its content and with that of its `up` nearest ancestors, so
    that a field keeps its label, but of none longer than `room` characters (the snippets
    of WebAgent, arXiv 2307.12856). Refs that are not on the page are passed over; nothing
    found gives "".
    """
    wanted, page = set(refs), spans(html)
    kept: list[Span] = []
    for index in [index for index, span in enumerate(page) if span.ref in wanted]:
        span = page[index]
        for _ in range(up):
            above = page[span.parent] if span.parent >= 0 else span
            if above.end - above.start > room:
                break
            span = above
        kept.append(span)
    snippet: list[str] = []
    end = 0
    for span in sorted(kept, key=lambda one: (one.start, -one.end)):
        if span.start >= end:
            snippet.append(html[span.start : span.end])
            end = span.end
    return "".join(snippet)


def refs(html: str) -> list[int]:
    """The refs of a page, in page order."""
    return [int(tag[3]) for tag in _TAG.finditer(html) if tag[3]]


def depth(html: str) -> int:
    """How many elements of an observed page lie one in another, at most."""
    deepest = level = 0
    for end, name in re.findall(r"<(/?)([a-z][\w-]*)", html):
        level += -1 if end else 1
        deepest = max(deepest, level)
        level -= name in VOID
    return deepest
