"""Who writes in the forum, and what. Everything is made from the lists below."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

BOARDS = {
    "Vegetables": "Beds, seeds, harvests",
    "Fruit trees": "From the first graft to the last apple",
    "Tools": "What to buy, how to sharpen it",
    "Woodwork": "Benches, boxes and bird houses",
    "Preserving": "Jars, cellars and drying racks",
    "Off topic": "Everything else",
}
SUBJECTS = {
    "Vegetables": ("tomatoes", "leeks", "pumpkins", "runner beans", "carrots", "garlic"),
    "Fruit trees": ("an old apple tree", "plums", "quinces", "espaliers", "cherries", "pear rust"),
    "Tools": ("a blunt spade", "pruning saws", "scythes", "hand planes", "chisels", "wheelbarrows"),
    "Woodwork": ("a garden bench", "dovetails", "cedar shingles", "a cold frame", "oak posts"),
    "Preserving": ("plum jam", "sauerkraut", "dried mushrooms", "pickled beets", "apple rings"),
    "Off topic": ("the spring meeting", "new members", "rainy weekends", "the seed swap"),
}
TITLES = (
    "What went wrong with {}?",
    "A beginner asks about {}",
    "My notes on {}",
    "Looking for advice: {}",
    "Two years of {}",
)
OPENINGS = (
    "I have tried everything I know about {} and still have questions.",
    "Last week I spent a whole day with {}, and this is what I learned.",
    "Does anybody here have experience with {}? I would like to start soon.",
    "A neighbour told me a trick for {} that I had never heard of.",
)
REPLIES = (
    "That matches what I saw in my own garden.",
    "I would wait two more weeks before doing anything.",
    "Have you tried it with less water?",
    "Thank you, this is very helpful.",
    "It depends on the soil, ours is heavy clay.",
    "My grandfather did it exactly like this.",
    "I disagree, but I have only done it once.",
    "Could you post the measurements too?",
    "We did this last autumn and it worked well.",
    "Start small, you can always add more later.",
    "The cheap version works just as well.",
    "Keep it out of the sun for the first days.",
)
TAILS = (
    "I will report back in a month.",
    "Good luck with it!",
    "Pictures would help a lot.",
    "Mind your fingers.",
    "The rest is patience.",
    "It took me three attempts.",
)
NAMES = (
    *("mira", "jonas", "petra", "silas", "greta", "tomas", "lena", "arne", "elif", "paolo"),
    *("ruth", "kenji", "wanda", "ivo", "sofia", "bruno"),
)
TOWNS = ("Aarhus", "Bergen", "Ghent", "Krakow", "Lucca", "Porto", "Tartu", "Utrecht")
PASSWORD = "compost-2025"
NEW_PASSWORDS = ("loud-robin-12", "seven-rakes-40", "mild-frost-93", "tall-clover-58")
MEMBER = "mira"  # most episodes begin as this member
MODERATOR = "jonas"  # some as this one


@dataclass(frozen=True, slots=True)
class Post:
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Topic:
    """`posts[0]` opens the topic; `poll` holds a question's choices."""

    title: str
    board: str
    posts: tuple[Post, ...]
    days: int
    closed: bool = False
    poll: tuple[str, ...] = ()

    @property
    def author(self) -> str:
        return self.posts[0].author


@dataclass(frozen=True, slots=True)
class Forum:
    """All that is in the forum when an episode begins."""

    topics: tuple[Topic, ...]
    likes: tuple[tuple[str, str, int], ...]  # member, title of the topic, number of the post
    followed: tuple[str, ...]  # of MEMBER
    letters: tuple[tuple[str, str, str], ...]  # from, title, text; all to MEMBER

    def by(self, author: str) -> list[Topic]:
        return [one for one in self.topics if one.author == author]


@cache
def forum() -> Forum:
    """The forum's content, the same on every machine."""
    draw = random.Random("forum")
    topics = [
        _topic(draw, board, TITLES[half::2], subject, number)
        for half in (0, 1)
        for number, (board, subject) in enumerate(
            ((board, subject) for board, subjects in SUBJECTS.items() for subject in subjects),
            30 * half,
        )
    ]
    draw.shuffle(topics)
    polls = (_poll(draw, n) for n in range(3))
    ordered = sorted([*topics, *polls], key=lambda one: -one.days)
    likes = {
        (draw.choice(NAMES[2:]), one.title, draw.randrange(len(one.posts))) for one in topics[::2]
    }
    foreign = [one.title for one in topics if one.author != MEMBER]
    return Forum(
        topics=tuple(ordered),
        likes=tuple(sorted(like for like in likes if _may_like(like, ordered))),
        followed=tuple(foreign[4:8]),
        letters=tuple(
            (name, f"Question about {thing}", f"Hello Mira, may I ask you about {thing}?")
            for name, thing in (("greta", "your seeds"), ("silas", "the lathe"), ("elif", "jars"))
        ),
    )


def _may_like(like: tuple[str, str, int], topics: list[Topic]) -> bool:
    member, title, number = like
    return next(one for one in topics if one.title == title).posts[number].author != member


def _topic(
    draw: random.Random, board: str, ways: Sequence[str], subject: str, number: int
) -> Topic:
    title = draw.choice(ways).format(subject)
    opening = Post(_author(draw, number), draw.choice(OPENINGS).format(subject))
    texts = draw.sample([f"{one} {two}" for one in REPLIES for two in TAILS], 7)
    posts = [Post(draw.choice(NAMES), texts[n]) for n in range(draw.randrange(2, 7))]
    closed = number % 17 == 5
    return Topic(title, board, (opening, *posts), 4 + number + draw.randrange(40), closed)


def _author(draw: random.Random, number: int) -> str:
    return MEMBER if number % 7 == 3 else draw.choice(NAMES[1:])


def _poll(draw: random.Random, number: int) -> Topic:
    title, choices = (
        ("Where should we meet in June?", ("At the lake", "In the old barn", "At the library")),
        ("Which tree shall we plant?", ("A walnut", "A lime tree", "A rowan", "A mulberry")),
        ("What should the next issue be about?", ("Soil", "Hedges", "Bees")),
    )[number]
    post = Post("wanda", "Please vote until the end of the month.")
    answer = Post(draw.choice(NAMES[3:]), "I have voted. I am curious how it ends.")
    return Topic(title, "Off topic", (post, answer), 2 + number, poll=choices)
