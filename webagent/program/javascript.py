"""The JavaScript that Selenium's scripts commonly run, as our actions: scrolling and clicks.

Nothing is evaluated, and what is not known here is refused. Approximate are these: the window is
scrolled by the element that lies in the fewest others, which may lie in a box that scrolls by
itself; nothing scrolls sideways; a page is as high as what is seen of it, a window as `WINDOW`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from webagent import actions
from webagent.program.element import Element
from webagent.program.replay import Replay, parsed
from webagent.tasks.live import WINDOW

LONGEST = 500  # characters that are read: the search takes their square in time
FAR = 1_000_000  # pixels: beyond the end of any page
AT_END = "Nothing scrolled"  # so begins what a page says of a box that is at its end
REFUSED = (
    "execute_script can scroll or click an element, nothing else: window.scrollTo(0, 400) or "
    "scrollBy, also with document.body.scrollHeight; arguments[0].scrollTop = 400, "
    "arguments[0].scrollIntoView(), arguments[0].click(); return document.body.scrollHeight."
)

_ON = (
    r"(?:^|[;{])(?:return)?"
    r"(?:(?:window|document\.(?:body|documentElement|scrollingElement)|arguments\[(?P<of>\d)\])\.)?"
)
_AMOUNT = r"(?P<amount>[^,;(){}]+)"
_SCROLLS = (
    re.compile(_ON + r"scroll(?P<how>To|By)?\([^,{(]+," + _AMOUNT + r"\)"),
    re.compile(_ON + r"scroll(?P<how>To|By)?\(\{(?:[^}]*,)?top:" + _AMOUNT + r"[,}]"),
    re.compile(_ON + r"scrollTop(?P<how>\+)?=" + _AMOUNT),
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_ARGUMENT = re.compile(r"arguments\[(\d)\]")
_SIZE = re.compile(r"(-?)(?:[\w.]+|arguments\[\d\])\.(scrollHeight|innerHeight)|(-?)innerHeight")


def run_script(replay: Replay, script: str, args: Sequence[object]) -> object:
    """Take the actions that a script stands for, and give what it returns.

    `scrollTo` is absolute: unless all that is seen lies below the window's top, it goes to the top
    first, which is one action more. To scroll on at an end is no error. Raises `RuntimeError` for
    any other script.
    """
    plain = re.sub(r"\s+", "", script[:LONGEST]).rstrip(";")
    element = next((one for one in args if isinstance(one, Element)), None)
    if "click" in plain and element:
        return replay.act(actions.click(element.ref))
    if "scrollIntoView" in plain and element:
        return None  # actions scroll to their element by themselves
    for pattern in _SCROLLS:
        if found := pattern.search(plain):
            return _scroll(replay, found, args)
    return _returned(replay, plain)


def scroll_by(replay: Replay, dy: int, box: Element | None = None) -> None:
    """Scroll the window, or the box around an element, by `dy` pixels."""
    try:
        if dy:
            replay.act(actions.scroll(box.ref if box else _outermost(replay), dy))
    except RuntimeError as error:
        if replay.stopped() or AT_END not in str(error):
            raise


def _scroll_to(replay: Replay, top: int, box: Element | None) -> None:
    seen = replay.now.boxes.values()
    at_top = not box and seen and min(one.y for one in seen) >= 0
    if not at_top and top < FAR:
        scroll_by(replay, -FAR, box)
    scroll_by(replay, max(0, top), box)


def _outermost(replay: Replay) -> int:
    """The element that lies in the fewest others; 0, which is none, on an empty page."""
    found = parsed(replay.now.html).xpath("//*[@ref]")
    depths = [(sum(1 for _ in one.iterancestors()), int(one.get("ref"))) for one in found]
    return min(depths, default=(0, 0), key=lambda one: one[0])[1]


def _scroll(replay: Replay, found: re.Match[str], args: Sequence[object]) -> None:
    named = _argument(args, found["of"]) if found["of"] else None
    box = named if isinstance(named, Element) else None
    if found["of"] and not box:
        raise RuntimeError(REFUSED)
    amount = _pixels(found["amount"], args)
    if found["how"] in ("By", "+"):
        scroll_by(replay, amount, box)
    else:
        _scroll_to(replay, amount, box)


def _pixels(text: str, args: Sequence[object]) -> int:
    """How far "400", "arguments[1]" or "document.body.scrollHeight" is."""
    named = _ARGUMENT.fullmatch(text)
    number = float(text) if _NUMBER.fullmatch(text) else None
    value = _argument(args, named[1]) if named else number
    if isinstance(value, int | float):
        return round(max(-FAR, min(FAR, value)))
    if size := _SIZE.fullmatch(text):
        pixels = FAR if size[2] == "scrollHeight" else WINDOW[1]
        return -pixels if size[1] or size[3] else pixels
    raise RuntimeError(REFUSED)


def _argument(args: Sequence[object], number: str) -> object:
    return args[int(number)] if int(number) < len(args) else None


def _returned(replay: Replay, plain: str) -> object:
    """What a script that only asks for something returns."""
    if plain == "returndocument.readyState":
        return "complete"  # pages are observed when they have come to rest
    size = _SIZE.fullmatch(plain.removeprefix("return"))
    if not size or not plain.startswith("return"):
        raise RuntimeError(REFUSED)
    if size[2] != "scrollHeight":
        return WINDOW[1]
    seen = replay.now.boxes.values()
    top, bottom = (one.y for one in seen), (one.y + one.height for one in seen)
    return round(max(bottom, default=0) - min(top, default=0))
