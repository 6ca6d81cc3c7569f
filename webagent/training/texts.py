"""What a tokenizer is trained on: the texts of demonstrations beside those of pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from webagent.demonstrations.read import open_demonstrations
from webagent.examples import model_input


def demonstrated(folder: Path) -> Iterator[str]:
    """The model text and the target of every step of a folder of demonstrations."""
    for context, decision in open_demonstrations(folder).examples():
        given = model_input(context)
        target = given.target(decision.action)
        yield given.text if target is None else given.text + target


def mixed(texts: Iterable[str], pages: Iterable[str], most: float) -> Iterator[str]:
    """All texts, and as many characters of pages, at most `most`; without texts, `most`."""
    length = 0
    for text in texts:
        length += len(text)
        yield text
    left = min(most, length or most)
    for page in pages:
        if left <= 0:
            return
        left -= len(page)
        yield page
