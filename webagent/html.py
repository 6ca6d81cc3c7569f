"""Work on the simplified HTML of observations.

It is our own serialisation: well-formed, attribute values escaped, a ref always first. So
parts of a page are cut out as they stand, and a snippet reads exactly like the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

VOID = frozenset(("br", "hr", "img", "input", "wbr"))  # elements that never have an end tag

_CONTROL = re.compile(r"<(?:a|button|input|select|textarea)\b")
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

    Each element comes with its content and with that of its `up` nearest ancestors, and of
    more until one of them has words, so that a field keeps its label and a cell the name of its
    row; but of none longer than `room` characters. Where a field then still has no words, those
    right before it come with it (the snippets of WebAgent, arXiv 2307.12856). With `up` of 0
    there are elements alone. Refs that are not on the page are passed over; nothing found
    gives "".
    """
    wanted, page = set(refs), spans(html)
    kept = [
        _block(html, page, index, up, room) for index, span in enumerate(page) if span.ref in wanted
    ]
    snippet: list[str] = []
    last = 0
    for start, end in sorted(kept, key=lambda one: (one[0], -one[1])):
        if end > last:
            snippet.append(html[max(start, last) : end])
            last = end
    return "".join(snippet)


def _block(html: str, page: Sequence[Span], index: int, up: int, room: int) -> tuple[int, int]:
    """From where to where an element's surroundings reach that tell what it is."""
    span, climbed = page[index], 0
    own = _words(html, span)
    while span.parent >= 0 and up:
        above = page[span.parent]
        if (climbed >= up and _words(html, span)) or above.end - above.start > room:
            break
        span, climbed = above, climbed + 1
    if own or not up or _words(html, span):
        return span.start, span.end
    return _before(html, page, span, room), span.end


def _before(html: str, page: Sequence[Span], span: Span, room: int) -> int:
    """Where the words begin that stand right before an element: bare ones, or those of one
    without controls. The element's own start if there are none.
    """
    within = page[span.parent].start if span.parent >= 0 else 0
    siblings = [one for one in page if one.parent == span.parent and one.end <= span.start]
    begin = siblings[-1].end if siblings else html.find(">", within) + 1
    if html[begin : span.start].strip():
        return begin if span.start - begin <= room else span.start
    label = siblings[-1] if siblings else span
    told = html[label.start : label.end]
    short = label.end - label.start <= room and _words(html, label)
    return label.start if short and not _CONTROL.search(told) else span.start


def _words(html: str, span: Span) -> str:
    """What an element says."""
    return _TAG.sub("", html[span.start : span.end]).strip()


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
