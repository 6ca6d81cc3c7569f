"""Two templates in a row as one: more instructions to train on than there are templates.

A chain of two training templates is a training template too, unless a held-out template asks for
these two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random

from webagent.tasks.sites.page import SitePage
from webagent.tasks.sites.plan import Part, Plan
from webagent.tasks.sites.template import Goal, Template, Values, together

PLUS = "+"  # stands between the names
WAYS = ("{} Then: {}", "First: {} After that: {}", "{} {}")


def chains(templates: Sequence[Template]) -> Iterator[Template]:
    """All chains of two of a site's training templates that may be learnt from."""
    kept = {frozenset(one.chains) for one in templates if one.chains}
    training = [one for one in templates if one.split == "train"]
    for first in training:
        for second in training:
            if _fits(first, second) and frozenset((first.name, second.name)) not in kept:
                yield chain(first, second)


def chain(first: Template, second: Template) -> Template:
    """One template of two: the values of both, what comes of both, and both plans."""

    def draw(rng: Random) -> Values:
        parts = (("first", first.draw(rng)), ("second", second.draw(rng)))
        return {f"{place}_{name}": value for place, of in parts for name, value in of.items()}

    def goal(values: Values) -> Goal:
        return together(first.goal(_part(values, "first")), second.goal(_part(values, "second")))

    def plan(values: Values, page: SitePage) -> Plan:
        page = yield from _followed(first.plan(_part(values, "first"), page), page)
        return (yield from second.plan(_part(values, "second"), page))

    return Template(
        f"{first.name}{PLUS}{second.name}",
        "train",
        tuple(
            way.format(_renamed(one, "first"), _renamed(two, "second"))
            for way in WAYS
            for one in first.wordings
            for two in second.wordings
        ),
        draw,
        goal,
        plan,
        first.member,
        first.steps + second.steps,
        first.path,
    )


def _fits(first: Template, second: Template) -> bool:
    """Whether one can come after the other: for the same member, in one state of the site."""
    if first.name == second.name or first.member != second.member or not first.member:
        return False
    one, two = first.goal(first.values(0)), second.goal(second.values(0))
    if one.answers:  # an answer ends the episode
        return False
    return not any(set(rows) & set(two.removed.get(view, ())) for view, rows in one.removed.items())


def _renamed(wording: str, place: str) -> str:
    return re.sub(r"\{(\w+)\}", rf"{{{place}_\1}}", wording)


def _part(values: Values, place: str) -> Mapping[str, str]:
    start = f"{place}_"
    return {
        name.removeprefix(start): value for name, value in values.items() if name.startswith(start)
    }


def _followed(plan: Plan, page: SitePage) -> Part:
    """Carry out a plan; returns the page on which it ends."""
    try:
        move = next(plan)
        while True:
            page = yield move
            move = plan.send(page)
    except StopIteration:
        return page
