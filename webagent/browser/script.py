"""The script that every page runs before its own: observation, actions, virtual clock."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def page_script(live: bool) -> str:
    """The text of the page's half, with the virtual clock unless the page is live."""
    folder = Path(__file__).parent
    names = ["observe.js", "act.js", "page.js"]
    parts = [(folder / name).read_text("utf-8") for name in names]
    clock = "null" if live else (folder / "clock.js").read_text("utf-8")
    return "\n".join(["(() => {", *parts, f"install(\n{clock}\n);", "})();"])
