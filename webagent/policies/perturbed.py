"""A policy on pages that were changed on their way to it, to see what it relies on.

As in WebGUM (arXiv 2305.11854), which reports how much HTML that was perturbed costs: elements
added above or below the page, or attributes that are called something else. The page itself, its
picture and what actions do stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random

from webagent.errors import PolicyError
from webagent.policies.protocol import Policy, sees
from webagent.types import Context, Decision, Json, Step

WORDS = (
    "account", "archive", "banner", "basket", "contact", "deals", "details", "footer", "gallery",
    "header", "help", "imprint", "latest", "member", "menu", "news", "offers", "panel", "partner",
    "privacy", "profile", "recent", "register", "search", "section", "sidebar", "sitemap", "stores",
    "support", "terms", "toolbar", "visit",
)  # fmt: skip
ADDED = (
    '<h3{ref}>{0} {1}</h3>',
    '<p{ref}>{0} {1} {2}.</p>',
    '<a{ref} href="#{0}">{1}</a>',
    '<span{ref} class="{0}">{1} {2}</span>',
    '<button{ref} id="{0}">{1}</button>',
    '<input{ref} type="text" id="{0}" placeholder="{1} {2}">',
    '<div{ref} class="{0}-{1}">{2}</div>',
)  # fmt: skip
COUNT = 6  # elements that are added
FREE = 1_000_000  # their refs begin here; no page gets so far
_NAMES = re.compile(r' (id|class|name|for)="([^"]*)"')
_FIRST = re.compile(r"<[a-z][^>]*>")

Change = Callable[[str, int], str]  # of a page, by a number that is the same all episode long


class Perturbed:
    """Plays `policy` on pages changed by `how`, a key of `CHANGES`.

    What is added looks like part of the page, with refs that no element has: to act on it is an
    error that costs a step. An episode's pages are all changed in the same way. Raises
    `PolicyError` on another `how`.
    """

    def __init__(
        self, policy: Policy, how: str, card: Mapping[str, Json | None] | None = None
    ) -> None:
        if how not in CHANGES:
            raise PolicyError(
                f"Pages can't be perturbed by {how!r}. There are {', '.join(CHANGES)}."
            )
        self._policy = policy
        self._change = CHANGES[how]
        self.card = card or {}
        self.model: object = getattr(policy, "model", None)

    def screenshots(self, task: str) -> bool:
        """Whether the policy wants pictures of a task."""
        return sees(self._policy, task)

    def act(self, contexts: Sequence[Context]) -> Sequence[Decision]:
        """The policy's decisions on the changed pages."""
        return self._policy.act([self._changed(context) for context in contexts])

    def _changed(self, context: Context) -> Context:
        episode = Random(f"{context.task}/{context.instruction}").getrandbits(32)

        def step(one: Step) -> Step:
            page = self._change(one.observation.html, episode)
            return replace(one, observation=replace(one.observation, html=page))

        page = self._change(context.observation.html, episode)
        return replace(
            context,
            observation=replace(context.observation, html=page),
            history=tuple(step(one) for one in context.history),
        )


def on_top(page: str, episode: int) -> str:
    """The page with elements before all others, inside its outermost one."""
    first = _FIRST.match(page)
    place = first.end() if first else 0
    return page[:place] + _elements(episode) + page[place:]


def at_bottom(page: str, episode: int) -> str:
    """The page with elements behind all others."""
    end = page.rfind("</")
    place = end if end >= 0 and page.endswith(">") else len(page)
    return page[:place] + _elements(episode) + page[place:]


def renamed(page: str, episode: int) -> str:
    """The page with other ids, classes and names: what was equal stays equal."""

    def other(found: re.Match[str]) -> str:
        words = [_word(word, episode) for word in found[2].split()]
        return f' {found[1]}="{" ".join(words)}"'

    return _NAMES.sub(other, page)


def _word(word: str, episode: int) -> str:
    draws = Random(f"{word}/{episode}")
    return f"{draws.choice(WORDS)}-{draws.randrange(10**6)}"


def _elements(episode: int) -> str:
    draws = Random(episode)
    return "".join(
        draws.choice(ADDED).format(*draws.sample(WORDS, 3), ref=f' ref="{FREE + number}"')
        for number in range(COUNT)
    )


CHANGES: Mapping[str, Change] = {"top": on_top, "bottom": at_bottom, "attributes": renamed}
