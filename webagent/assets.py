"""Where the data files are, in an installed wheel and in a checkout."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from webagent.errors import TaskError


@cache
def asset(name: str) -> Path:
    """The file or folder `name` (such as "benchmarks/compwob") that ships with the package."""
    package = Path(__file__).parent
    for base in (package / "_data", package.parent):
        if (base / name).exists():
            return base / name
    raise FileNotFoundError(f"{name} is missing from this installation; install webagent again.")


def shipped_models() -> dict[str, Path]:
    """The folders of the trained models that ship with the package, by name."""
    package = Path(__file__).parent
    data = package / "_data"
    base = data if data.is_dir() else package.parent  # what else lies beside a wheel is foreign
    return {file.parent.name: file.parent for file in sorted(base.glob("models/*/config.json"))}


@cache
def miniwob_html() -> Path:
    """The folder of pages inside the `miniwob` wheel, found without importing it."""
    spec = find_spec("miniwob")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        if (Path(location) / "html" / "core" / "core.js").exists():
            return Path(location) / "html"
    raise TaskError("The MiniWoB++ pages are missing. Install them with `pip install miniwob`.")
