"""Demonstrations on pages that were changed as those of an evaluation may be.

The ways are the same (`webagent.perturbations`); words, elements and names are others, so that
`webagent.policies.perturbed` shows a model pages that are new to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache, partial
from random import Random

from webagent.perturbations import CHANGES, Stock, changed
from webagent.training.questions import Demonstration

STOCK = Stock(
    words=(
        "advice", "agenda", "blog", "board", "brands", "careers", "channel", "chapter", "coupon",
        "courses", "credits", "events", "feedback", "forum", "gifts", "guide", "index", "journal",
        "languages", "library", "notices", "outlet", "podcast", "press", "reviews", "rewards",
        "shipping", "status", "subscribe", "topics", "trends", "weather",
    ),
    elements=(
        '<h4{ref}>{0}</h4>',
        '<li{ref}>{0} {1}</li>',
        '<label{ref} for="{2}">{0} {1}</label>',
        '<a{ref} class="{1}" href="/{0}">{0} {2}</a>',
        '<button{ref} class="{2}" title="{0}">{1} {0}</button>',
        '<input{ref} id="{1}" type="checkbox">',
        '<textarea{ref} name="{0}" placeholder="{2}"></textarea>',
        '<td{ref}>{2}, {1}</td>',
    ),
    name="{1}_{0}",
)  # fmt: skip
MOST = 10  # elements that are added to a page


def perturbed(
    demonstrations: Iterable[Demonstration], share: float, seed: int
) -> Iterator[Demonstration]:
    """The demonstrations, a `share` of them with pages changed in one of the ways, the same from
    first to last. Refs, decisions and pictures stay.
    """
    rng = Random(seed)
    for one in demonstrations:
        if rng.random() >= share:
            yield one
            continue
        stock = replace(STOCK, count=rng.randint(1, MOST))
        how = rng.choice(list(CHANGES.values()))
        change = cache(partial(how, episode=rng.getrandbits(32), stock=stock))
        yield [(changed(context, change), decision) for context, decision in one]
