"""Two templates in a row as one: more instructions to train on than there are templates.

A chain of two training templates is a training template too, unless a held-out template asks for
these two. A chain's expert begins with its first part again after a foreign action: it proves and
shows the way, but can't correct the episodes of others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random

from webagent.tasks.sites.page import SitePage
from webagent.tasks.sites.plan import Part, Plan
from webagent.tasks.sites.template import Goal, Template, Values, together

THEN = "-then-"  # stands between the names
WAYS = ("{} Then: {}", "First: {} After that: {}")
TRIES = 20  # to draw values for both that are not in each other's way


def chains(templates: Sequence[Template]) -> Iterator[Template]:
    """All chains of two of a site's training templates that may be learnt from."""
    kept = {frozenset(pair) for one in templates for pair in one.chains}
    training = [one for one in templates if one.split == "train"]
    for first in training:
        for second in training:
            if _fits(first, second) and frozenset((first.name, second.name)) not in kept:
                yield chain(first, second)


def chain(first: Template, second: Template) -> Template:
    """One template of two: the values of both, what comes of both, and both plans."""

    def draw(rng: Random) -> Values:
        one, two = first.draw(rng), second.draw(rng)
        for _ in range(TRIES):
            if not (set(one.values()) & set(two.values()) or _collide(first, one, second, two)):
                break
            one, two = first.draw(rng), second.draw(rng)
        parts = (("first", one), ("second", two))
        return {f"{place}_{name}": value for place, of in parts for name, value in of.items()}

    def goal(values: Values) -> Goal:
        return together(first.goal(_part(values, "first")), second.goal(_part(values, "second")))

    def plan(values: Values, page: SitePage) -> Plan:
        page = yield from _followed(first.plan(_part(values, "first"), page), page)
        return (yield from second.plan(_part(values, "second"), page))

    return Template(
        f"{first.name}{THEN}{second.name}",
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
    """Whether one can come after the other: for the same member, each of them judged."""
    if first.name == second.name or first.member != second.member or not first.member:
        return False
    one, two = first.goal(first.values(0)), second.goal(second.values(0))
    if first.alone or second.alone or one.answers:  # an answer ends the episode
        return False
    if any(set(x.ignore) & {*y.added, *y.removed} for x, y in ((one, two), (two, one))):
        return False
    values = chain(first, second).values(0)
    return not _collide(first, _part(values, "first"), second, _part(values, "second"))


def _collide(first: Template, one: Values, second: Template, two: Values) -> bool:
    """Whether both want to change the same row."""
    gone = first.goal(one).removed, second.goal(two).removed
    return any(set(rows) & set(gone[1].get(view, ())) for view, rows in gone[0].items())


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
