"""Pages changed in ways that leave their task as it is, to see or to train what a policy relies on.

As in WebGUM (arXiv 2305.11854), which reports how much HTML that was perturbed costs: elements
added above or below the page, or attributes that are called something else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

from webagent.types import Context, Step

FREE = 1_000_000  # refs of what is added begin here; no page gets so far
_NAMES = re.compile(r' (id|class|name|for)="([^"]*)"')
_FIRST = re.compile(r"<[a-z][^>]*>")


@dataclass(frozen=True, slots=True)
class Stock:
    """What pages are changed with: `count` elements, in which {0} to {2} are words and {ref} is a
    ref, and names that are made of a word, {0}, and a number, {1}.
    """

    words: Sequence[str]
    elements: Sequence[str]
    name: str = "{0}-{1}"
    count: int = 6


class Change(Protocol):
    """Changes a page; `episode` is a number that is the same all episode long."""

    def __call__(self, page: str, episode: int, stock: Stock) -> str: ...


def on_top(page: str, episode: int, stock: Stock) -> str:
    """The page with elements before all others, inside its outermost one."""
    first = _FIRST.match(page)
    place = first.end() if first else 0
    return page[:place] + _elements(episode, stock) + page[place:]


def at_bottom(page: str, episode: int, stock: Stock) -> str:
    """The page with elements behind all others."""
    end = page.rfind("</")
    place = end if end >= 0 and page.endswith(">") else len(page)
    return page[:place] + _elements(episode, stock) + page[place:]


def renamed(page: str, episode: int, stock: Stock) -> str:
    """The page with other ids, classes and names: what was equal stays equal."""

    def other(found: re.Match[str]) -> str:
        words = [_word(word, episode, stock) for word in found[2].split()]
        return f' {found[1]}="{" ".join(words)}"'

    return _NAMES.sub(other, page)


def changed(context: Context, change: Callable[[str], str]) -> Context:
    """The context with its page and those before changed alike; all else stays."""

    def step(one: Step) -> Step:
        page = change(one.observation.html)
        return replace(one, observation=replace(one.observation, html=page))

    return replace(
        context,
        observation=replace(context.observation, html=change(context.observation.html)),
        history=tuple(step(one) for one in context.history),
    )


def _word(word: str, episode: int, stock: Stock) -> str:
    draws = Random(f"{word}/{episode}")
    return stock.name.format(draws.choice(stock.words), draws.randrange(10**6))


def _elements(episode: int, stock: Stock) -> str:
    draws = Random(episode)
    return "".join(
        draws.choice(stock.elements).format(
            *draws.sample(stock.words, 3), ref=f' ref="{FREE + number}"'
        )
        for number in range(stock.count)
    )


CHANGES: Mapping[str, Change] = {"top": on_top, "bottom": at_bottom, "attributes": renamed}
