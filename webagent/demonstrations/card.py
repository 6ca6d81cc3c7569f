"""The data card of a folder of demonstrations, for people and for the Hugging Face hub."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from webagent.demonstrations.manifest import Manifest
from webagent.demonstrations.record import COLUMNS, MEANINGS

CARD = "README.md"


def render_card(manifest: Manifest) -> str:
    """The card as Markdown, with the metadata that `datasets` reads."""
    return _template().render(
        manifest=manifest,
        command=manifest.command,
        date=str(manifest.config.about.get("date", "unknown"))[:10],
        tasks=sorted({*manifest.successes, *manifest.failures, *manifest.short}),
        columns={name: MEANINGS[name] for name in COLUMNS},
        splits=[
            (split, counts)
            for split, counts in (("success", manifest.successes), ("failure", manifest.failures))
            if counts
        ],
        size=size(manifest.bytes),
    )


def size(count: int) -> str:
    """A number of bytes in words: "1.2 MB"."""
    for unit, power in (("GB", 3), ("MB", 2), ("kB", 1)):
        if count >= 1000**power:
            return f"{count / 1000**power:.1f} {unit}"
    return f"{count} bytes"


@cache
def _template() -> Template:
    # Markdown, not HTML: what is foreign goes into code spans, where nothing is markup.
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["code"] = lambda text: str(text).replace("`", "'").replace("\n", " ")
    return environment.get_template("card.md.jinja")
