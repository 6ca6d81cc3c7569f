"""Subtrees cut from real pages, written as a policy sees a page.

As in HTML-T5 (arXiv 2307.12856, section 3.1), subtrees around labels with `for` are cut;
documentation has few of those, so the rest of a page is cut into subtrees of like size.
What is kept of an element follows `webagent/browser/observe.js`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import lxml.etree as etree
from lxml import html as lxml_html

from webagent.examples import NUMBERS

_SKIP = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "head",
        "meta",
        "link",
        "title",
        "br",
        "wbr",
        "hr",
        "base",
        "col",
        "colgroup",
        "svg",
        "math",
        "object",
        "embed",
        "audio",
        "video",
        "iframe",
        "frameset",
        "param",
        "area",
        "map",
    ]
)
_STRUCTURE = frozenset(
    [
        "table",
        "tr",
        "td",
        "th",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "form",
        "fieldset",
        "label",
        "select",
        "nav",
        "main",
        "header",
        "footer",
    ]
)
_CONTROLS = frozenset(["a", "button", "input", "select", "textarea", "summary", "option"])
_VOID = frozenset(("input", "img"))
_PLAIN = ("placeholder", "title", "alt", "role", "aria-label", "for")
_BOXES = ("checkbox", "radio")
_CLASSES = 4  # of an element
_VALUE = 200  # characters of an attribute; what is longer is no name
_COLOUR = re.compile(r"(?:^|;)\s*((?:background-)?color)\s*:\s*([^;]+)")
_SPACE = re.compile(r"\s+")
_SAFE = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "⟨": "(", "⟩": ")"})


@dataclass(slots=True)
class Node:
    """An element that is kept. `size` counts the characters of its text form."""

    tag: str
    attributes: str
    numbered: bool
    children: list[Child]
    size: int = 0
    labels: bool = field(default=False)  # it is or holds a label with `for`

    def __post_init__(self) -> None:
        inner = sum(len(one) if isinstance(one, str) else one.size for one in self.children)
        self.size = inner + len(self.attributes) + 2 * len(self.tag) + 5


Child: TypeAlias = "Node | str"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How long a subtree's text may be, in characters; about 4.5 make a token."""

    least: int = 200
    most: int = 3_000


def subtrees(html: bytes | str, sizes: Sizes | None = None) -> Iterator[str]:
    """The subtrees of a page: those around labels, then all of the page piece by piece.

    Elements are numbered `⟨0⟩`, `⟨1⟩`, … in each. Nothing comes from what is no HTML.
    """
    sizes = sizes or Sizes()
    root = simplify(html)
    if root is None:
        return
    for node in _around_labels(root, sizes):
        yield write([node])
    for node in _pieces(root, sizes):
        if node.size >= sizes.least:
            yield write([node])


def simplify(html: bytes | str) -> Node | None:
    """A page as policies see it, with all of it shown; None if there is nothing."""
    text = html if isinstance(html, str) else html.decode(_encoding(html), "replace")
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root: Any = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    body = root.find("body")
    if body is None:
        return None
    kept = _children(body)
    return Node("body", "", False, kept, labels=_any_label(kept)) if kept else None


def write(nodes: Sequence[Child]) -> str:
    """The text of nodes, their elements numbered in page order."""
    out: list[str] = []
    count = 0

    def visit(node: Child) -> None:
        nonlocal count
        if isinstance(node, str):
            out.append(node)
            return
        number = ""
        if node.numbered and count < NUMBERS:
            number = f"⟨{count}⟩"
            count += 1
        out.append(f"<{node.tag}{number}{node.attributes}>")
        for child in node.children:
            visit(child)
        if node.tag not in _VOID:
            out.append(f"</{node.tag}>")

    for node in nodes:
        visit(node)
    return "".join(out)


def _encoding(data: bytes) -> str:
    """What the page says of itself, if there is such an encoding; else UTF-8."""
    found = re.search(rb"charset=[\"']?([\w-]+)", data[:2048])
    try:
        return codecs.lookup(found[1].decode()).name if found else "utf-8-sig"
    except LookupError:
        return "utf-8-sig"


def _children(element: Any) -> list[Child]:
    """What is kept below an element; wrappers that say nothing give way to their content."""
    prose = _has_text(element)
    found: list[Child] = []
    _add_text(found, element.text, prose)
    for child in element:
        if isinstance(child.tag, str):
            _add_element(found, child)
        _add_text(found, child.tail, prose)
    return found


def _add_text(found: list[Child], text: str | None, prose: bool) -> None:
    if not text:
        return
    collapsed = _SPACE.sub(" ", text)
    if collapsed != " " or prose:
        found.append(collapsed.translate(_SAFE))


def _add_element(found: list[Child], element: Any) -> None:
    tag: str = element.tag.lower()
    if tag in _SKIP or _hidden(element):
        return
    children: list[Child] = _children(element)
    if tag == "option" and len(children) > 1:
        children = list[Child](one for one in children if isinstance(one, str))
    acts = tag == "img" or tag in _CONTROLS - {"option"} or _has_text(element)
    acts = (
        (acts and tag != "option") or element.get("tabindex") == "0" or "onclick" in element.attrib
    )
    if not (children or acts or tag in ("td", "th")):
        return
    attributes = _attributes(element, tag)
    if not (acts or attributes or tag in _STRUCTURE or tag == "option"):
        found.extend(children)
        return
    labels = (tag == "label" and "for" in element.attrib) or _any_label(children)
    found.append(Node(tag, attributes, acts, children, labels=labels))


def _any_label(children: Sequence[Child]) -> bool:
    return any(isinstance(one, Node) and one.labels for one in children)


def _has_text(element: Any) -> bool:
    if element.text and not element.text.isspace():
        return True
    return any(child.tail and not child.tail.isspace() for child in element)


def _hidden(element: Any) -> bool:
    if "hidden" in element.attrib or element.get("type") == "hidden":
        return True
    return "display:none" in (element.get("style") or "").replace(" ", "")


def _attributes(element: Any, tag: str) -> str:
    kept: list[str] = []

    def keep(name: str, value: str | None) -> None:
        if value and len(value) <= _VALUE:
            text = _SPACE.sub(" ", value).translate(_SAFE).replace('"', "&quot;")
            kept.append(f' {name}="{text}"')

    keep("id", element.get("id"))
    keep("class", " ".join((element.get("class") or "").split()[:_CLASSES]))
    if tag in _CONTROLS:
        box = tag == "input" and element.get("type") in _BOXES
        if tag == "input":
            keep("type", element.get("type") or "text")
        keep("name", element.get("name"))
        if tag == "input" and not box:
            keep("value", element.get("value"))
        flags = ("checked", "selected", "disabled", "readonly")
        kept += [f" {flag}" for flag in flags if flag in element.attrib]
    for name in _PLAIN:
        keep(name, element.get(name))
    href = element.get("href") or ""
    if href != "#" and not href.startswith("javascript:"):
        keep("href", href)
    source = element.get("src") or ""
    if tag == "img" and not source.startswith("data:"):
        keep("src", source.rsplit("/", 1)[-1][:60])
    colours = _COLOUR.findall(element.get("style") or "")
    keep("style", "; ".join(f"{name}: {value.strip()}" for name, value in colours))
    return "".join(kept)


def _around_labels(node: Node, sizes: Sizes) -> Iterator[Node]:
    """The largest subtrees within `sizes` that hold a label with `for`."""
    if not node.labels:
        return
    if node.size <= sizes.most:
        yield node
        return
    for child in node.children:
        if isinstance(child, Node):
            yield from _around_labels(child, sizes)


def _pieces(node: Node, sizes: Sizes) -> Iterator[Node]:
    """The node if it is short enough, else runs of its children in a copy of its tag."""
    if node.size <= sizes.most:
        yield node
        return
    run: list[Child] = []
    size = 0
    for child in node.children:
        length = len(child) if isinstance(child, str) else child.size
        if size + length > sizes.most and run:
            yield Node(node.tag, node.attributes, node.numbered, run)
            run, size = [], 0
        if isinstance(child, Node) and length > sizes.most:
            yield from _pieces(child, sizes)
        else:
            run.append(child[: sizes.most] if isinstance(child, str) else child)
            size += length
    if run:
        yield Node(node.tag, node.attributes, node.numbered, run)
