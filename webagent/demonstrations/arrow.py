"""The Arrow libraries, imported when they are needed: they are an optional dependency."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from webagent.errors import RunError, installing


def pyarrow() -> Any:
    """The module `pyarrow`. Raises `RunError` that says how to install it."""
    return _module("pyarrow")


def parquet() -> Any:
    """The module `pyarrow.parquet`. Raises `RunError` that says how to install it."""
    return _module("pyarrow.parquet")


# Arrow has no types to check against, so it is `Any` here and in the few places that use it.
def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise RunError(
            f"Demonstrations are Parquet files, which need pyarrow: {installing('models')}."
        ) from error
