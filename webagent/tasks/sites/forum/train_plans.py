"""How the tasks for training are carried out, and what must come of them."""

from __future__ import annotations

import random

from webagent.tasks.sites.forum import moves
from webagent.tasks.sites.forum.content import MEMBER, PASSWORD, TOWNS, forum
from webagent.tasks.sites.forum.draw import (
    BOARD_NAMES,
    changed,
    comment,
    new_topic,
    open_topics,
    retitled,
    topic,
    topic_row,
)
from webagent.tasks.sites.page import SitePage
from webagent.tasks.sites.plan import Plan, click, fill
from webagent.tasks.sites.template import Goal, Values

HOME = TOWNS[0]  # where MEMBER lives
PINNED = "4"  # what kind of mark a moderator's action leaves in a topic
CLOSED = "2"


def reply(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    yield from moves.reply(page, v["text"])


def publish(v: Values, page: SitePage) -> Plan:
    yield from moves.publish(page, v["title"], v["board"], v["text"])


def published(v: Values, author: str = MEMBER) -> Goal:
    return Goal(
        added={
            "topics": [new_topic(v["title"], v["board"], author)],
            "posts": [comment(v["title"], author, v["text"])],
        },
        ignore=("followed",),
    )


def like(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    yield from moves.like(page, v["author"], v["post"])


def liked(v: Values) -> Goal:
    return Goal(added={"likes": [(MEMBER, v["topic"], v["author"], v["post"])]})


def edit(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    yield from moves.edit(page, MEMBER, v["post"], v["text"])


def edited(v: Values, author: str = MEMBER) -> Goal:
    return Goal(
        added={"posts": [comment(v["topic"], author, v["text"])]},
        removed={"posts": [comment(v["topic"], author, v["post"])]},
        ignore=("likes",),
    )


def follow(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    yield from moves.follow(page)


def draw_follow(rng: random.Random) -> Values:
    taken = {*forum().followed}
    return {"topic": rng.choice([x.title for x in open_topics() if x.title not in taken])}


def report(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    yield from moves.report(page, v["author"], v["post"], v["reason"], v["body"])


def reported(v: Values) -> Goal:
    reason = {"Spam": "0", "Other": "1"}[v["reason"]]
    row = (MEMBER, v["topic"], v["author"], v["post"], reason, v["body"])
    return Goal(added={"reports": [row]})


def vote(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    yield from moves.vote(page, v["choice"])


def draw_vote(rng: random.Random) -> Values:
    one = rng.choice([one for one in forum().topics if one.poll])
    return {"topic": one.title, "choice": rng.choice(one.poll)}


def letter(v: Values, page: SitePage) -> Plan:
    yield from moves.letter(page, v["to"], v["title"], v["text"])


def letter_sent(title: str, said: str, *to: str) -> Goal:
    return Goal(
        added={
            "topics": [(title, "Private", MEMBER, "0", "0", "0", "0")],
            "posts": [comment(title, MEMBER, said)],
            "letters": [(title, name) for name in (MEMBER, *to)],
        },
        ignore=("followed",),
    )


def location(v: Values, page: SitePage) -> Plan:
    page = yield from moves.preferences(page)
    note = f"Change the location to {v['town']}"
    page = yield fill(page.field("location"), v["town"], "location field", note)
    yield click(page.link("Save"), "button Save", note)


def name(v: Values, page: SitePage) -> Plan:
    page = yield from moves.preferences(page)
    note = f"Change the name to {v['first']} {v['last']}"
    page = yield fill(page.field("first_name"), v["first"], "first name field", note)
    page = yield fill(page.field("last_name"), v["last"], "last name field", note)
    yield click(page.link("Save"), "button Save", note)


def log_in(v: Values, page: SitePage) -> Plan:
    yield from moves.log_in(page, v["name"], v["password"])


def register(v: Values, page: SitePage) -> Plan:
    note = f"Register as {v['name']}, email {v['email']}, password {v['password']}"
    page = yield click(page.link("Log in"), "login link", note)
    page = yield click(page.link("Create an account"), "link Create an account", note)
    page = yield fill(page.field("username"), v["name"], "name field", note)
    for name in ("email", "email2"):
        page = yield fill(page.field(name), v["email"], "email field", note)
    page = yield fill(page.field("password"), v["password"], "password field", note)
    yield click(page.link("Register"), "button Register", note)


def draw_new(rng: random.Random) -> Values:
    name = f"{rng.choice(('falk', 'ines', 'pavel', 'tessa', 'ulla'))}{rng.randrange(10, 99)}"
    return {"name": name, "email": f"{name}@example.org", "password": PASSWORD}


def starter(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    return moves.author(moves.posts(page)[0])


def count(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    return str(len(moves.posts(page)))


def last(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    return moves.author(moves.posts(page)[-1])


def moderate(label: str):
    def plan(v: Values, page: SitePage) -> Plan:
        page = yield from moves.find(page, v["topic"])
        yield from moves.moderate(page, label)

    return plan


def move(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    yield from moves.retitle(page, "", v["board"])


def draw_move(rng: random.Random) -> Values:
    one = rng.choice(open_topics())
    return {
        "topic": one.title,
        "board": rng.choice([name for name in BOARD_NAMES if name != one.board]),
    }


def moved(v: Values) -> Goal:
    one = topic(v["topic"])
    return changed(one, topic_row(one, board=v["board"]), "1")


def rename(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    yield from moves.retitle(page, v["title"])


def own_topic(rng: random.Random) -> Values:
    return {"topic": rng.choice([x.title for x in open_topics() if x.author == MEMBER])}


def renamed(v: Values) -> Goal:
    one = topic(v["topic"])
    return retitled(one, topic_row(one, title=v["title"]))


def delete_post(v: Values, page: SitePage) -> Plan:
    note = f'Delete the post "{v["post"]}" by {v["author"]}'
    page = yield from moves.find(page, v["topic"])
    box = moves.post_by(page, v["author"], v["post"])
    page = yield from moves.press(page, box, "/delete/", "delete link", note)
    yield from moves.confirm(page, note)


def post_deleted(v: Values) -> Goal:
    row = (v["topic"], v["author"], v["post"])
    return Goal(added={"posts": [comment(*row, removed="1")]}, removed={"posts": [comment(*row)]})
