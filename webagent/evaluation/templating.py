"""The HTML templates beside this module, with everything foreign escaped."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from webagent.evaluation.config import span
from webagent.types import Ending

HERE = Path(__file__).parent
ENDING_STYLE = {ending.value: f"e{number}" for number, ending in enumerate(Ending, start=1)}


def render(template: str, **values: object) -> str:
    """A page of `templates/`, in the style of reports; it can run no script."""
    return _environment().get_template(template).render(**values)


@cache
def style() -> str:
    """The style sheet of reports with what these pages add to it."""
    sheets = (HERE / "report.css", HERE / "templates" / "pages.css")
    return "\n".join(sheet.read_text("utf-8") for sheet in sheets)


def environment_of(folder: Path) -> Environment:
    """The templates of a folder; a name that a template misspells is an error."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _environment() -> Environment:
    environment = environment_of(HERE / "templates")
    filters: dict[str, Callable[..., object]] = {
        "percent": percent,
        "points": points,
        "scale": _scale,
        "span": span,
        "ending_style": ENDING_STYLE.get,
    }
    environment.filters.update(filters)
    environment.globals["style"] = Markup(style())  # pyright: ignore[reportArgumentType]
    return environment


def percent(share: float) -> str:
    """A share as a percentage with one decimal; 100 only if nothing is missing."""
    text = f"{100 * share:.1f}"
    if text == "100.0":
        return "100" if share == 1 else "99.9"
    return "0" if share == 0 else text


def points(difference: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    text = f"{100 * difference:+.1f}"
    return "0" if text in ("+0.0", "-0.0") else text.replace("-", "\N{MINUS SIGN}")


def _scale(difference: float) -> str:
    """Where a difference from -1 to 1 lies on a track, as a CSS percentage."""
    return f"{50 + 50 * min(max(difference, -1.0), 1.0):.2f}%"
