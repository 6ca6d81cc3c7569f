"""Experts for single pages: those that no composition is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TypeAlias

from miniwob_tasks.experts import pages
from webagent.types import Context, Decision

Expert: TypeAlias = Callable[[Context], Decision]
"""The next action on a page. It keeps no state: the context is all it knows."""


@dataclass(frozen=True, slots=True)
class PageExpert:
    """The expert of one page as a policy."""

    decide: Expert
    screenshots: bool = False

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        return [self.decide(context) for context in contexts]


@cache
def page_experts() -> Mapping[str, Expert]:
    """Page name -> expert, from `PAGES` of each module in the folder `pages`."""
    found: dict[str, Expert] = {}
    for module in iter_modules(pages.__path__, f"{pages.__name__}."):
        found.update(import_module(module.name).PAGES)
    return MappingProxyType(found)
