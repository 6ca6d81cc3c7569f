"""Pages of single tasks, laid beside each other as one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from webagent.actions import Action

FOCUSED = " focused"
REF = re.compile(r'(<[a-z][\w:-]* ref=")(\d+)"')
CALLED = re.compile(r'( (?:id|for|name)=")([^"]+)')
LABELLING = re.compile(r"<label\b[^>]*>[^<>]*[^\W_](?=</label>)")  # a label that is all text
_AREA = re.compile(r'<div id="wrap">(?:<div([^>]*?) id="area"([^>]*)>)?')
_BEHIND_FLAGS = re.compile(r" (?:placeholder|title|alt|role|aria-label|for|href|src|style)=|$")
_RADIO = re.compile(r'(<input[^>]* type="radio"[^>]*?) checked')
_FOCUSABLE = frozenset(("a", "button", "input", "select", "textarea"))


@dataclass(frozen=True, slots=True)
class Area:
    """A page: the attributes of its task area, what is in it, and what floats over it."""

    attributes: str
    content: str
    over: str

    @property
    def has_focus(self) -> bool:
        return FOCUSED in self.content + self.over

    def without_focus(self) -> Area:
        return replace(
            self, content=self.content.replace(FOCUSED, ""), over=self.over.replace(FOCUSED, "")
        )


def split(html: str) -> Area:
    """A MiniWoB page in what is in its task area, and what was appended to its body."""
    begin = _AREA.match(html)
    if not begin:
        return Area("", html, "")
    depth = 0
    for found in re.finditer(r"<(/?)div\b", html):
        depth += -1 if found[1] else 1
        if depth == 0:
            closers = begin[0].count("<div") * len("</div>")
            end = found.start() + len("</div>")
            attributes = (begin[1] or "") + (begin[2] or "")
            return Area(attributes, html[begin.end() : end - closers], html[end:])
    return Area("", html, "")


def lay(areas: Sequence[Area]) -> str:
    """One page of several. The task area has the ref of the first that has one: a page whose
    words stand in it directly.
    """
    refs = [found[0] for area in areas if (found := re.search(r' ref="\d+"', area.attributes))]
    contents: list[str] = []
    for area in areas:
        classes = re.search(r' class="[^"]*"', area.attributes)
        contents.append(f"<div{classes[0]}>{area.content}</div>" if classes else area.content)
    floating = "".join(area.over for area in areas)
    area = f'<div{refs[0] if refs else ""} id="area">{"".join(contents)}</div>'
    return f'<div id="wrap">{area}</div>{floating}'


def left(html: str, action: Action) -> str:
    """The page that a last action leaves, as far as a click tells: what was clicked has the
    focus, a box is ticked, a dialog is closed and a menu gone.
    """
    clicked = re.search(rf'<([a-z][\w:-]*) ref="{action.ref}"([^>]*)>', html)
    if action.name != "click" or not clicked:
        return html
    over = split(html).over
    if clicked.start() >= len(html) - len(over) and (
        "titlebar-close" in clicked[2] or over.startswith("<ul")
    ):
        return html.removesuffix(over)
    tag, attributes = clicked[1], clicked[2].replace(FOCUSED, "")
    if ' type="radio"' in attributes:
        html = _RADIO.sub(r"\1", html)
        attributes = _flagged(attributes.replace(" checked", ""), " checked")
    elif ' type="checkbox"' in attributes:
        ticked = " checked" in attributes
        attributes = attributes.replace(" checked", "")
        attributes = attributes if ticked else _flagged(attributes, " checked")
    if tag in _FOCUSABLE:
        attributes = _flagged(attributes, FOCUSED)
    begin = f'<{tag} ref="{action.ref}"'
    return re.sub(
        rf"{begin}[^>]*>", lambda _: f"{begin}{attributes}>", html.replace(FOCUSED, ""), count=1
    )


def _flagged(attributes: str, flag: str) -> str:
    """The attributes with a flag where simplified pages have it."""
    behind = _BEHIND_FLAGS.search(attributes)
    place = behind.start() if behind else len(attributes)
    return attributes[:place] + flag + attributes[place:]
