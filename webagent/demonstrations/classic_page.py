"""The page trees of classic MiniWoB demonstrations, and the HTML that a policy would see.

The tree is what `core.getDOMInfo` of the MiniWoB++ pages gives: visible elements alone, an
input's type appended to its tag, pieces of text as elements called "t" with negative refs.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field

from webagent.types import Box

CONTROLS = ("a", "button", "input", "select", "textarea", "summary", "option")
STRUCTURE = (
    *("table", "tr", "td", "th", "ul", "ol", "li", "dl", "dt", "dd", "form", "fieldset"),
    *("label", "select", "svg", "nav", "main", "header", "footer"),
)
DRAWN = (
    *("canvas", "img", "svg", "circle", "rect", "ellipse", "line", "path", "polygon"),
    *("polyline", "text"),
)
ICONS = ("span", "i", "div")  # small empty ones with a name show a picture of the style sheet
ICON_SIDE = 40  # px
SKIPPED = ("script", "style", "br", "wbr", "hr", "head", "meta", "link", "title")
TICKED = ("checkbox", "radio")
UNTYPED = (*TICKED, "button", "submit", "reset", "image", "file", "range", "color", "hidden")
NOISE = re.compile(
    r"ui-id-\d+|ui-(corner|widget|helper|front|state-(default|hover)|sortable-handle)\S*"
    r"|ui-\S+-hover",
    re.ASCII,
)
CLASSES = 4  # names kept of an element


class Node(BaseModel):
    """An element. Sizes are in CSS pixels."""

    model_config = ConfigDict(frozen=True, extra="ignore", ignored_types=(cached_property,))

    tag: str
    ref: int = 0
    left: float = 0
    top: float = 0
    width: float = 0
    height: float = 0
    id: str | None = ""
    classes: str | dict[str, object] | None = ""  # an object for SVG
    text: str | None = None
    value: bool | float | str | None = None
    focused: bool = False
    target: bool = Field(default=False, alias="recordingTarget")
    color: str = Field(default="", alias="bgColor")
    children: tuple[Node, ...] = ()

    @cached_property
    def name(self) -> str:
        return self.tag.partition("_")[0].lower()

    @cached_property
    def kind(self) -> str:
        """The type of an input."""
        return self.tag.partition("_")[2].lower() if self.name == "input" else ""

    @property
    def writable(self) -> bool:
        """Whether it is a field that text is typed into."""
        return self.name == "textarea" or (self.name == "input" and self.kind not in UNTYPED)

    @property
    def box(self) -> Box:
        return Box(self.left, self.top, self.width, self.height)

    def nodes(self) -> Iterator[Node]:
        """The element and all in it but text, in page order."""
        if self.name != "t":
            yield self
            for child in self.children:
                yield from child.nodes()

    def covers(self, x: float, y: float) -> bool:
        within = self.left <= x < self.left + self.width
        return within and self.top <= y < self.top + self.height


def render(page: Node, wanted: Collection[int] = ()) -> tuple[str, dict[int, Box]]:
    """The HTML of a page as observations have it, and the boxes of elements with a ref.

    Elements `wanted` get their ref even where nothing shows that they can be acted on.
    """
    boxes: dict[int, Box] = {}
    return _render(page, wanted, boxes), boxes


def _render(node: Node, wanted: Collection[int], boxes: dict[int, Box]) -> str:
    if node.name == "t":
        return html.escape(_collapsed(node.text), quote=False)
    if node.name in SKIPPED or (node.width <= 1 and node.height <= 1):
        return ""
    prose = bool(_collapsed(node.text)) or any(child.name == "t" for child in node.children)
    leaf = not node.children
    acts = node.ref in wanted or prose or node.name in CONTROLS or (leaf and _drawn(node))
    if leaf and not acts and node.name not in ("td", "th"):
        return ""
    if acts:
        boxes[node.ref] = node.box
    attributes = _attributes(node, leaf and not prose)
    inner, before = _content(node), ""
    for child in node.children:
        part = _render(child, wanted, boxes)
        apart = prose and inner and part and before != "input"
        inner += f" {part}" if apart else part
        before = child.name
    if not (acts or attributes or node.name in STRUCTURE):
        return inner
    ref = f' ref="{node.ref}"' if acts else ""
    end = "" if node.name in ("input", "img") else f"</{node.name}>"
    return f"<{node.name}{ref}{attributes}>{inner}{end}"


def _content(node: Node) -> str:
    if node.name == "textarea":
        return html.escape(str(node.value or ""), quote=False)
    return html.escape(_collapsed(node.text), quote=False)


def _attributes(node: Node, bare: bool) -> str:
    """In the order of observations. A bare element shows its colour."""
    classes = node.classes.split() if isinstance(node.classes, str) else []
    kept = [name for name in classes if not NOISE.fullmatch(name)][:CLASSES]
    ticked = node.kind in TICKED
    pairs = (
        ("id", None if NOISE.fullmatch(node.id or "") else node.id),
        ("class", " ".join(kept)),
        ("type", node.kind),
        ("value", node.value if node.name == "input" and not ticked else ""),
    )
    flags = [" checked"] * (ticked and node.value is True) + [" focused"] * (
        node.focused and node.name != "body"
    )
    colour = bare and node.name not in (*CONTROLS, *DRAWN) and _coloured(node)
    style = f' style="background-color: {html.escape(node.color)}"' if colour else ""
    written = (f' {name}="{html.escape(str(value))}"' for name, value in pairs if value)
    return "".join([*written, *flags, style])


def _drawn(node: Node) -> bool:
    """Whether an element without content can be seen."""
    small = node.width <= ICON_SIDE and node.height <= ICON_SIDE
    icon = node.name in ICONS and small and bool(node.classes or node.id)
    return node.name in DRAWN or icon or _coloured(node)


def _coloured(node: Node) -> bool:
    return node.color.replace(" ", "") not in ("", "transparent", "rgba(0,0,0,0)")


def _collapsed(text: str | None) -> str:
    return " ".join((text or "").split())
