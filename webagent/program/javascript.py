"""The JavaScript that Selenium's scripts commonly run, as our actions: scrolling and clicks.

Nothing is evaluated. Each statement of a script must be, as a whole, of a form that is known here;
otherwise the script is refused, and nothing of it is done. Approximate are these: the window is
scrolled by the element that lies in the fewest others, which may lie in a box that scrolls by
itself; nothing scrolls sideways; a page is as high as what is seen of it, a window as `WINDOW`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from webagent import actions
from webagent.program.element import Element
from webagent.program.replay import Replay, parsed
from webagent.tasks.live import WINDOW

LONGEST = 500  # characters of a script
FAR = 1_000_000  # pixels: beyond the end of any page
AT_END = "Nothing scrolled"  # so begins what a page says of a box that is at its end
REFUSED = (
    "execute_script can scroll or click an element, nothing else: window.scrollTo(0, 400) or "
    "scrollBy, also with document.body.scrollHeight; arguments[0].scrollTop = 400, "
    "arguments[0].scrollIntoView(), arguments[0].click(); return document.body.scrollHeight. "
    f"A script has at most {LONGEST} characters."
)

_ON = (
    r"(?:return)?"
    r"(?:(?:window|document\.(?:body|documentElement|scrollingElement)|arguments\[(?P<of>\d)\])\.)?"
)
_AMOUNT = r"(?P<amount>[^,;(){}]+)"
_PLAIN = r"['\"]?[\w.\[\]-]+['\"]?"
_OTHER = rf"['\"]?(?:left|behavior|block|inline)['\"]?:{_PLAIN}"
_OPTIONS = rf"\{{(?:{_OTHER},)*top:{_AMOUNT}(?:,{_OTHER})*,?\}}"
_SCROLLS = (
    re.compile(rf"{_ON}scroll(?P<how>To|By)?\({_PLAIN},{_AMOUNT}\)"),
    re.compile(rf"{_ON}scroll(?P<how>To|By)?\({_OPTIONS}\)"),
    re.compile(rf"{_ON}scrollTop(?P<how>\+)?={_AMOUNT}"),
)
_CLICK = re.compile(r"(?:return)?arguments\[(\d)\]\.click\(\)")
_INTO_VIEW = re.compile(
    r"(?:return)?arguments\[(\d)\]\.scrollIntoView(?:IfNeeded)?"
    rf"\((?:true|false|\{{(?:{_OTHER},)*(?:{_OTHER})?\}})?\)"
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
    plain = re.sub(r"\s+", "", script) if len(script) <= LONGEST else ""
    statements = [one for one in plain.split(";") if one]
    if not statements:
        raise RuntimeError(REFUSED)
    known = [(one, _known(replay, one, args)) for one in statements]
    for statement, act in known:
        value = act()
        if statement.startswith("return"):
            return value
    return None


def _known(replay: Replay, statement: str, args: Sequence[object]) -> Callable[[], object]:
    """What one statement does. Raises `RuntimeError` for one that is of no known form."""
    if found := _CLICK.fullmatch(statement):
        return partial(replay.act, actions.click(_element(args, found[1]).ref))
    if found := _INTO_VIEW.fullmatch(statement):
        _element(args, found[1])
        return lambda: None  # actions scroll to their element by themselves
    for pattern in _SCROLLS:
        if found := pattern.fullmatch(statement):
            return _scroll(replay, found, args)
    return _asked(replay, statement)


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


def _scroll(replay: Replay, found: re.Match[str], args: Sequence[object]) -> Callable[[], None]:
    box = _element(args, found["of"]) if found["of"] else None
    amount = _pixels(found["amount"], args)
    scroll = scroll_by if found["how"] in ("By", "+") else _scroll_to
    return partial(scroll, replay, amount, box)


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


def _element(args: Sequence[object], number: str) -> Element:
    named = _argument(args, number)
    if not isinstance(named, Element):
        raise RuntimeError(REFUSED)
    return named


def _asked(replay: Replay, statement: str) -> Callable[[], object]:
    """What a statement that only asks for something returns."""
    if statement == "returndocument.readyState":
        return lambda: "complete"  # pages are observed when they have come to rest
    size = _SIZE.fullmatch(statement.removeprefix("return"))
    if not size or not statement.startswith("return"):
        raise RuntimeError(REFUSED)
    return partial(_height, replay) if size[2] == "scrollHeight" else lambda: WINDOW[1]


def _height(replay: Replay) -> int:
    seen = replay.now.boxes.values()
    top, bottom = (one.y for one in seen), (one.y + one.height for one in seen)
    return round(max(bottom, default=0) - min(top, default=0))
