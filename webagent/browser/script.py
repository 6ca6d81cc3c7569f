"""The scripts that a page runs before its own: observation, actions, virtual clock."""

from __future__ import annotations

from functools import cache
from pathlib import Path

WORLD = "webagent"  # the name of the isolated world that live pages have the script in


@cache
def page_script(live: bool) -> str:
    """The text of the page's half, with the virtual clock unless the page is live."""
    parts = [_text(name) for name in ("observe.js", "act.js", "page.js")]
    clock = "null" if live else _text("clock.js")
    return "\n".join(["(() => {", *parts, f"install(\n{clock}\n);", "})();"])


def marks_script() -> str:
    """What runs in a live page's own world, where it tells the page's half of listeners."""
    return _text("marks.js")


@cache
def dialogs_script() -> str:
    """What answers dialogs before they open, for backends that cannot answer open ones."""
    return _text("dialogs.js")


@cache
def _text(name: str) -> str:
    return (Path(__file__).parent / name).read_text("utf-8")
