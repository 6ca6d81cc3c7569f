"""Text that a page can hold and no file or request can."""

from __future__ import annotations


def writable(text: str) -> str:
    """The text with "?" in place of halves of surrogate pairs, which UTF-8 has no bytes for."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
