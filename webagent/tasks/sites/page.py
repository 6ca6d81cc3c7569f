"""An observed page as experts read it: its elements, found by text, name or address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from html import unescape

from webagent.html import VOID

_TOKEN = re.compile(r'<(/?)([a-zA-Z][\w:-]*)((?:\s[\w:-]+(?:="[^"]*")?)*)\s*>|([^<]+|<)')
_ATTRIBUTE = re.compile(r'([\w:-]+)(?:="([^"]*)")?')
PRESSED = ("a", "button", "input", "summary")


@dataclass(eq=False, slots=True, weakref_slot=True)
class Element:
    """A node of an observation."""

    tag: str
    attrs: dict[str, str]
    parent: Element | None = field(repr=False, default=None)
    content: list[Element | str] = field(repr=False, default_factory=list["Element | str"])

    @property
    def ref(self) -> int | None:
        return int(self.attrs["ref"]) if "ref" in self.attrs else None

    @property
    def name(self) -> str:
        return self.attrs.get("name", "")

    @property
    def href(self) -> str:
        return self.attrs.get("href", "")

    @property
    def classes(self) -> list[str]:
        return self.attrs.get("class", "").split()

    @property
    def text(self) -> str:
        """All text inside, or what a button is labelled, with single spaces."""
        if self.tag == "input" and self.attrs.get("type") in ("submit", "button"):
            return self.attrs.get("value", "")
        return " ".join("".join(self._pieces()).split())

    def all(self) -> Iterator[Element]:
        """The elements inside, in page order."""
        for one in self.content:
            if isinstance(one, Element):
                yield one
                yield from one.all()

    def up(self, test: Callable[[Element], bool]) -> Element | None:
        """The nearest ancestor that passes `test`."""
        node = self.parent
        while node is not None and not test(node):
            node = node.parent
        return node

    def _pieces(self) -> Iterator[str]:
        for one in self.content:
            if isinstance(one, str):
                yield one
            else:
                yield " "
                yield from one._pieces()


@dataclass(frozen=True, eq=False)
class SitePage:
    """All elements of an observation."""

    root: Element

    @cached_property
    def elements(self) -> list[Element]:
        return list(self.root.all())

    def first(self, test: Callable[[Element], bool]) -> Element | None:
        return next((one for one in self.elements if test(one)), None)

    def every(self, test: Callable[[Element], bool]) -> list[Element]:
        return [one for one in self.elements if test(one)]

    def link(self, text: str, inside: Element | None = None) -> Element | None:
        """The link or button that says exactly `text`."""
        among = inside.all() if inside else self.elements
        return next((one for one in among if one.tag in PRESSED and one.text == text), None)

    def goes(self, pattern: str, inside: Element | None = None) -> Element | None:
        """The first link whose address matches a regular expression."""
        among = inside.all() if inside else self.elements
        return next((one for one in among if one.href and re.search(pattern, one.href)), None)

    def field(self, name: str) -> Element | None:
        """The form field of a name that can be seen."""
        tags = ("input", "textarea", "select", "button")
        return self.first(lambda one: one.tag in tags and one.name == name and one.ref is not None)

    def says(self, text: str) -> bool:
        return text in self.root.text

    def around(self, text: str, tags: tuple[str, ...]) -> Element | None:
        """The innermost element of one of `tags` that holds `text`."""
        found = [one for one in self.elements if one.tag in tags and text in one.text]
        return min(found, key=lambda one: len(one.text), default=None)


@lru_cache(maxsize=512)
def read_page(html: str) -> SitePage:
    """Parse an observation's HTML; cached, because plans run again at each step."""
    root = Element("", {})
    node = root
    for closing, tag, attributes, text in _TOKEN.findall(re.sub("<!--.*?-->", "", html)):
        if text:
            node.content.append(unescape(text))
        elif closing:
            node = _closed(node, tag)
        else:
            child = Element(tag, _attributes(attributes), node)
            node.content.append(child)
            node = node if tag in VOID else child
    return SitePage(root)


def _attributes(source: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(source)}


def _closed(node: Element, tag: str) -> Element:
    """What is open after an end tag; one that fits nothing is passed over."""
    one = node
    while one.parent is not None:
        if one.tag == tag:
            return one.parent
        one = one.parent
    return node
