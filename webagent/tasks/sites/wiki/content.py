"""The pages of the wiki and their history. Everything is made from the lists below."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

AREAS = {
    "Places": (
        *("Town Hall", "Old Mill", "River Park", "North Gate", "Market Square", "Water Tower"),
        *("Chapel Hill", "Railway Station", "Boat House", "Stone Bridge", "Library", "Brickworks"),
    ),
    "People": (
        *("Ada Brandt", "Carl Moreau", "Elsa Winter", "Henrik Sand", "Jane Pell", "Lewis Gray"),
        *("Maria Stone", "Otto Falk", "Rosa Hart", "Simon Beck", "Tilda Frost", "Walter Lind"),
    ),
    "Events": (
        *("Spring Fair", "Great Flood", "Boat Race", "Lantern Night", "Harvest Supper"),
        *("Book Week", "Winter Market", "Bridge Run", "Founders Day", "Night of Music"),
    ),
    "Nature": (
        *("Heron", "Otter", "Wild Garlic", "Beech Wood", "Kingfisher", "Water Meadow"),
        *("Red Fox", "Stag Beetle", "Old Yew", "Reed Bed", "Barn Owl", "Orchid Slope"),
    ),
    "Transport": (
        *("Bus Line 4", "Ferry", "Cycle Path", "Harbour Tram", "Night Bus", "Car Sharing"),
        *("Foot Bridge", "Taxi Rank", "Coach Stop", "River Boat"),
    ),
    "Food": (
        *("Plum Cake", "Barley Soup", "Smoked Trout", "Honey Bread", "Pear Cider", "Leek Pie"),
        *("Chestnut Jam", "Rye Loaf", "Goat Cheese", "Apple Butter"),
    ),
}
CHAPTERS = {
    "Town Hall": ("Council Room", "Clock Tower"),
    "River Park": ("Playground", "Rose Garden"),
    "Library": ("Reading Room", "Map Collection"),
    "Boat Race": ("Rules", "Winners"),
    "Heron": ("Nesting Sites",),
    "Plum Cake": ("Recipe",),
}
FACTS = (
    "{} is one of the best known entries of this wiki.",
    "The first mention of {} is found in the town records of {year}.",
    "Every visitor of the town hears about {} sooner or later.",
    "{} has changed a good deal since {year}.",
)
DETAILS = (
    "A plaque with the year {year} stands near the entrance.",
    "The school visits once a year, usually in May.",
    "A group of {count} volunteers looks after it.",
    "Opinions about the true story differ.",
    "The archive keeps {count} photographs of it.",
    "It was repaired in {year} with money from the lottery.",
    "The mayor called it the heart of the town.",
    "On market days more than {count} people come by.",
)
SUMMARIES = ("first version", "more details", "corrected the year", "better wording", "new source")
EDITORS = ("edith", "marten", "paula", "quentin", "rahel", "stefan")
MEMBER = "edith"  # most episodes begin as this member
ADMIN = "marten"  # the one who may lock pages and change owners
PASSWORD = "almanac-2025"
NEW_PASSWORDS = ("brown-otter-21", "calm-ferry-66", "eleven-bells-9", "long-bridge-70")


@dataclass(frozen=True, slots=True)
class Revision:
    text: str
    author: str
    summary: str
    days: int


@dataclass(frozen=True, slots=True)
class Page:
    """`path` holds the slugs down to the page, such as "places/town-hall/"."""

    path: str
    title: str
    revisions: tuple[Revision, ...]

    @property
    def text(self) -> str:
        return self.revisions[-1].text

    @property
    def parent(self) -> str:
        return self.path[:-1].rpartition("/")[0] + "/" if "/" in self.path[:-1] else ""


@dataclass(frozen=True, slots=True)
class Wiki:
    """All pages when an episode begins, parents first; the first is the main page."""

    pages: tuple[Page, ...]

    def at(self, path: str) -> Page:
        return next(one for one in self.pages if one.path == path)

    def under(self, path: str) -> list[Page]:
        return [one for one in self.pages if one.parent == path and one.path]

    def entries(self) -> list[Page]:
        """The pages about one thing each, right under an area."""
        return [one for one in self.pages if one.path.count("/") == 2]

    def leaves(self) -> list[Page]:
        """Entries that have no pages under them."""
        parents = {one.parent for one in self.pages}
        return [one for one in self.entries() if one.path not in parents]


def slug(title: str) -> str:
    """The slug of a title, as the page itself would make it."""
    return "-".join(title.lower().split())


@cache
def wiki() -> Wiki:
    """The wiki's content, the same on every machine."""
    draw = random.Random("wiki")
    pages = [Page("", "Almanac of Elmford", (_root(),))]
    for area, titles in AREAS.items():
        pages.append(Page(f"{slug(area)}/", area, (_area(area, titles),)))
        for title in titles:
            path = f"{slug(area)}/{slug(title)}/"
            pages.append(Page(path, title, _history(draw, title)))
            for chapter in CHAPTERS.get(title, ()):
                below = f"{path}{slug(chapter)}/"
                pages.append(Page(below, chapter, _history(draw, f"{title}: {chapter}")))
    return Wiki(tuple(pages))


def _root() -> Revision:
    links = "\n".join(f"- [{area}](/{slug(area)}/)" for area in AREAS)
    text = f"Welcome to the almanac of Elmford, a small town on a river.\n\n{links}\n"
    return Revision(text, ADMIN, "first version", 700)


def _area(area: str, titles: tuple[str, ...]) -> Revision:
    links = "\n".join(f"- [{title}](/{slug(area)}/{slug(title)}/)" for title in titles)
    return Revision(f"All entries about {area.lower()}:\n\n{links}\n", ADMIN, "first version", 690)


def _history(draw: random.Random, title: str) -> tuple[Revision, ...]:
    text, revisions = "", list[Revision]()
    days = draw.randrange(300, 600)
    details = draw.sample(DETAILS, 4)
    for number in range(draw.randrange(1, 5)):
        fact = draw.choice(FACTS) if not number else details[number - 1]
        year, count = draw.randrange(1720, 1990), draw.randrange(6, 90)
        sentence = fact.format(title, year=year, count=count)
        text = f"{text}\n\n{sentence}" if text else sentence
        summary = SUMMARIES[0] if not number else draw.choice(SUMMARIES[1:])
        revisions.append(Revision(text, draw.choice(EDITORS), summary, days))
        days -= draw.randrange(10, 60)
    return tuple(revisions)
