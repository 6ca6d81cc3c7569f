"""A policy on pages that were changed on their way to it, to see what it relies on.

The changes are those of `webagent.perturbations`. The page itself, its picture and what actions do
stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from random import Random

from webagent.errors import PolicyError
from webagent.perturbations import CHANGES, Stock, changed
from webagent.policies.protocol import Policy, sees
from webagent.types import Context, Decision, Json

STOCK = Stock(
    words=(
        "account", "archive", "banner", "basket", "contact", "deals", "details", "footer",
        "gallery", "header", "help", "imprint", "latest", "member", "menu", "news", "offers",
        "panel", "partner", "privacy", "profile", "recent", "register", "search", "section",
        "sidebar", "sitemap", "stores", "support", "terms", "toolbar", "visit",
    ),
    elements=(
        '<h3{ref}>{0} {1}</h3>',
        '<p{ref}>{0} {1} {2}.</p>',
        '<a{ref} href="#{0}">{1}</a>',
        '<span{ref} class="{0}">{1} {2}</span>',
        '<button{ref} id="{0}">{1}</button>',
        '<input{ref} type="text" id="{0}" placeholder="{1} {2}">',
        '<div{ref} class="{0}-{1}">{2}</div>',
    ),
)  # fmt: skip


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
        return changed(context, partial(self._change, episode=episode, stock=STOCK))
