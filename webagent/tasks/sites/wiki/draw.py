"""How the wiki's templates choose their values, and rows that several goals expect."""

from __future__ import annotations

import random

from webagent.tasks.sites.state import ANY, Row
from webagent.tasks.sites.template import Draw, Goal, Values, one_of
from webagent.tasks.sites.wiki.content import AREAS, MEMBER, PASSWORD, Page, slug, wiki

SENTENCES = (
    "A new path leads there since last summer.",
    "The town council discussed it twice this year.",
    "Children from the school painted a picture of it.",
    "It is closed on Mondays.",
    "The best time to see it is early in the morning.",
    "There is a photograph of it in the library.",
    "Some say that the name comes from an old song.",
)
NEW_TITLES = (
    *("Bell Tower", "Fish Ladder", "Kite Day", "Ice Cellar", "Snow Goose", "Tea House"),
    *("Sand Bank", "Chess Club", "Rope Ferry", "Potato Salad"),
)
WHY = ("new information", "spelling", "as told by a neighbour", "see the town records")
ALL = "1"


def text(name: str = "text") -> Draw:
    return one_of(name, *SENTENCES)


def leaf(name: str = "page") -> Draw:
    """Draw an entry without pages below it."""
    return lambda rng: {name: rng.choice(wiki().leaves()).title}


def leaves(*names: str) -> Draw:
    """Draw different ones."""

    def draw(rng: random.Random) -> Values:
        found = rng.sample(wiki().leaves(), len(names))
        return dict(zip(names, (one.title for one in found), strict=True))

    return draw


def with_area(rng: random.Random) -> Values:
    one = rng.choice(wiki().leaves())
    return {"page": one.title, "area": wiki().at(one.parent).title}


def old_revision(rng: random.Random) -> Values:
    """Draw an entry with several revisions, and one that is not the current one."""
    one = rng.choice([one for one in wiki().leaves() if len(one.revisions) > 1])
    return {"page": one.title, "number": str(rng.randrange(1, len(one.revisions)))}


def area_of(name: str = "area") -> Draw:
    return one_of(name, *AREAS)


def page_of(title: str) -> Page:
    return next(one for one in wiki().pages if one.title == title)


def plain(said: str) -> str:
    return " ".join(said.split())


def row(
    one: Page,
    *,
    path: str = "",
    title: str = "",
    said: str = "",
    deleted: str = "0",
    lock: str = "0",
) -> Row:
    return (path or one.path, title or one.title, plain(said or one.text), deleted, lock)


def edited(
    title: str, *, name: str = "", said: str = "", why: str = ANY, who: str = MEMBER
) -> Goal:
    """The goal that a page has a new title or text, by one edit."""
    one = page_of(title)
    return Goal(
        added={"pages": [row(one, title=name, said=said)], "edits": [(who, why, name or title)]},
        removed={"pages": [row(one)]},
    )


def extended(title: str, more: str, *, why: str = ANY, who: str = MEMBER) -> Goal:
    return edited(title, said=f"{page_of(title).text} {more}", why=why, who=who)


def created(title: str, parent: str, said: str, who: str = MEMBER) -> Goal:
    path = f"{parent}{slug(title)}/"
    return Goal(
        added={
            "pages": [(path, title, plain(said), "0", "0")],
            "edits": [(who, ANY, title)],
            "rights": [(title, who, ALL, ALL, ALL, ALL)],
        }
    )


def deleted(title: str) -> Goal:
    one = page_of(title)
    return Goal(
        added={"pages": [row(one, deleted="1")], "edits": [(ANY, ANY, title)]},
        removed={"pages": [row(one)]},
    )


def moved(title: str, path: str) -> Goal:
    one = page_of(title)
    return Goal(added={"pages": [row(one, path=path)]}, removed={"pages": [row(one)]})


def rights(title: str, owner: str = "", others: str = ALL) -> Row:
    """A page's permissions: owner, group may read and write, others may read and write."""
    first = page_of(title).revisions[0].author
    return (title, owner or first, ALL, ALL, ALL, others)


def member_row(name: str, email: str = "", key: str = PASSWORD) -> Row:
    return (name, email or f"{name}@example.org", key)
