"""The observed HTML as a tree that experts can ask questions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from html import unescape

VOID = frozenset({"input", "img"})

_TOKEN = re.compile(
    r"""<!--.*?-->
      | </(?P<close>[\w-]+)>
      | <(?P<open>[a-zA-Z][\w-]*)(?P<attrs>(?:\s+[\w:-]+(?:="[^"]*")?)*)\s*/?>
      | (?P<text>[^<]+|<)""",
    re.VERBOSE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r'([\w:-]+)(?:="([^"]*)")?')


@dataclass(eq=False)
class Element:
    """A node of an observation.."""

    tag: str
    attrs: dict[str, str]
    parent: Element | None = field(repr=False, default=None)
    content: list[Element | str] = field(repr=False, default_factory=list["Element | str"])
    position: int = 0

    @property
    def ref(self) -> int | None:
        """What an action names; None for an element that can't be acted on."""
        return int(self.attrs["ref"]) if "ref" in self.attrs else None

    @property
    def id(self) -> str:
        return self.attrs.get("id", "")

    @property
    def value(self) -> str:
        return self.attrs.get("value", "")

    @property
    def type(self) -> str:
        return self.attrs.get("type", "")

    @property
    def checked(self) -> bool:
        return "checked" in self.attrs

    @cached_property
    def classes(self) -> frozenset[str]:
        return frozenset(self.attrs.get("class", "").split())

    @cached_property
    def text(self) -> str:
        """All text inside, with single spaces."""
        return " ".join("".join(self._pieces()).split())

    @property
    def children(self) -> list[Element]:
        return [one for one in self.content if isinstance(one, Element)]

    def descendants(self) -> Iterator[Element]:
        for child in self.children:
            yield child
            yield from child.descendants()

    def lineage(self) -> Iterator[Element]:
        """The element itself, then its ancestors outwards."""
        node: Element | None = self
        while node is not None:
            yield node
            node = node.parent

    def inside(self, test: Callable[[Element], bool]) -> bool:
        return any(test(node) for node in self.lineage())

    def _pieces(self) -> Iterator[str]:
        for one in self.content:
            if isinstance(one, str):
                yield one
            else:
                yield from one._pieces()


@dataclass(frozen=True, eq=False)
class Page:
    """All elements of an observation, in page order."""

    elements: tuple[Element, ...]

    @cached_property
    def _by_ref(self) -> dict[int, Element]:
        return {one.ref: one for one in self.elements if one.ref is not None}

    def at(self, ref: int | None) -> Element | None:
        return None if ref is None else self._by_ref.get(ref)

    def where(self, test: Callable[[Element], bool]) -> list[Element]:
        return [one for one in self.elements if test(one)]

    def first(self, test: Callable[[Element], bool]) -> Element | None:
        return next((one for one in self.elements if test(one)), None)


@lru_cache(maxsize=512)
def read(html: str) -> Page:
    """Parse the HTML of an observation.

    It is what `webagent` writes: well formed, attributes in double quotes. Cached, because
    an expert looks at every page of the history again at each step.
    """
    root = Element("", {})
    node, elements = root, list[Element]()
    for token in _TOKEN.finditer(html):
        if name := token["open"]:
            child = Element(name, _attributes(token["attrs"]), node, position=len(elements))
            node.content.append(child)
            elements.append(child)
            node = node if name in VOID else child
        elif name := token["close"]:
            node = _closed(node, name)
        elif token["text"]:
            node.content.append(unescape(token["text"]))
    return Page(tuple(elements))


def within(area: Element | None, elements: Iterable[Element]) -> list[Element]:
    """Those of `elements` that lie in `area`."""
    return [one for one in elements if one.inside(lambda node: node is area)]


def _attributes(source: str) -> dict[str, str]:
    found = _ATTRIBUTE.findall(source)
    return {name: unescape(value) if "&" in value else value for name, value in found}


def _closed(node: Element, name: str) -> Element:
    """The element that is open after `</name>`; an end tag that fits nothing is passed over."""
    for one in node.lineage():
        if one.tag == name and one.parent is not None:
            return one.parent
    return node
