"""The prompts, one text file each."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template

FOLDER = Path(__file__).parent


def prompt(name: str, **values: str) -> str:
    """The text of the file `name`.txt with its `$names` filled in."""
    return _template(name).substitute(values).strip()


@cache
def _template(name: str) -> Template:
    return Template((FOLDER / f"{name}.txt").read_text("utf-8").strip())
