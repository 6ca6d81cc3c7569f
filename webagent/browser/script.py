"""The script that every page runs before its own: observation, actions, virtual clock."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def page_script(live: bool) -> str:
    """The text of `page.js`, with the virtual clock of `clock.js` unless the page is live."""
    folder = Path(__file__).parent
    page = (folder / "page.js").read_text("utf-8")
    clock = "null" if live else (folder / "clock.js").read_text("utf-8")
    return f"(() => {{\n{page}\ninstall(\n{clock}\n);\n}})();"
