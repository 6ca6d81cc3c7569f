"""How the forum's templates choose their values, and rows that several goals expect."""

from __future__ import annotations

import random
from collections.abc import Callable

from webagent.tasks.sites.forum.content import BOARDS, MEMBER, PASSWORD, Post, Topic, forum
from webagent.tasks.sites.state import ANY, Row
from webagent.tasks.sites.template import Draw, Goal, Values, one_of

TEXTS = (
    "I have the same question and would like to hear more.",
    "Thanks to everybody for the ideas so far.",
    "We tried this in spring and it failed, sadly.",
    "There is a good book about it in the library.",
    "Please send me the measurements when you have them.",
    "My neighbour swears by horse manure for this.",
    "I can bring some to the next meeting.",
)
NEW_TITLES = (
    "Moles under the lawn",
    "A roof for the wood pile",
    "Which gloves do you wear?",
    "Seeds to give away",
    "Rust on old shears",
    "The best day for sowing",
    "A crack in the rain barrel",
)


def text(name: str = "text") -> Draw:
    return one_of(name, *TEXTS)


def opened(name: str = "topic") -> Draw:
    """Draw a topic that takes replies and has no poll."""
    return lambda rng: {name: rng.choice(open_topics()).title}


def open_topics() -> list[Topic]:
    return [one for one in forum().topics if not (one.closed or one.poll)]


def post_of(test: Callable[[Topic, Post], bool]) -> Draw:
    """Draw a post that its author and text tell from the others: topic, author, post."""

    def draw(rng: random.Random) -> Values:
        topic, post = rng.choice(
            [(topic, one) for topic in open_topics() for one in topic.posts if test(topic, one)]
        )
        return {"topic": topic.title, "author": post.author, "post": post.text}

    return draw


def foreign(topic: Topic, post: Post) -> bool:
    """Whether MEMBER may like a post: it is another's, and MEMBER likes none yet."""
    return post.author != MEMBER


def own(topic: Topic, post: Post) -> bool:
    return post.author == MEMBER


def topic(title: str) -> Topic:
    return next(one for one in forum().topics if one.title == title)


def comment(title: str, author: str, said: str, removed: str = "0") -> Row:
    return (title, author, said, removed, "0")


def commented(title: str, said: str, author: str = MEMBER) -> Goal:
    return Goal(added={"posts": [comment(title, author, said)]}, ignore=("followed",))


def topic_row(
    one: Topic, *, title: str = "", board: str = "", closed: str = "", pins: str = "00"
) -> Row:
    shut = closed or str(int(one.closed))
    return (title or one.title, board or one.board, one.author, shut, pins[0], pins[1], "0")


def new_topic(title: str, board: str, author: str = MEMBER) -> Row:
    return (title, board, author, "0", "0", "0", "0")


def changed(one: Topic, row: Row, action: str = "") -> Goal:
    """The goal that a topic's row has changed; a moderator's action leaves a mark in it."""
    marks = {"posts": [(row[0], ANY, "action", "0", action)]} if action else {}
    return Goal(added={"topics": [row], **marks}, removed={"topics": [topic_row(one)]})


def retitled(one: Topic, row: Row, action: str = "") -> Goal:
    """The same for a new title, under which all posts of the topic then stand."""
    return Goal(added={"topics": [row]}, removed={"topics": [topic_row(one)]}, ignore=IGNORE_TITLE)


IGNORE_TITLE = ("posts", "likes", "followed", "votes")
BOARD_NAMES = tuple(BOARDS)


def member_row(name: str, first: str = "", last: str = "", place: str = "", key: str = PASSWORD):
    return (name, f"{name}@example.org", first, last, place, key)
