"""How the held-out tasks are carried out, and what must come of them."""

from __future__ import annotations

import random

from webagent.tasks.sites.forum import moves
from webagent.tasks.sites.forum.content import MEMBER, MODERATOR, Post, Topic, forum
from webagent.tasks.sites.forum.draw import (
    IGNORE_TITLE,
    comment,
    foreign,
    member_row,
    new_topic,
    open_topics,
    topic,
    topic_row,
)
from webagent.tasks.sites.forum.train_plans import (
    CLOSED,
    HOME,
    liked,
    reported,
)
from webagent.tasks.sites.page import SitePage
from webagent.tasks.sites.plan import Part, Plan, choose, click, fill
from webagent.tasks.sites.template import Goal, Values


def quote(v: Values, page: SitePage) -> Plan:
    note = f'Quote the post "{v["post"]}" by {v["author"]} and add: {v["text"]}'
    page = yield from moves.find(page, v["topic"])
    box = moves.post_by(page, v["author"], v["post"])
    page = yield from moves.press(page, box, "/quote/", "quote link", note)
    field = page.field("comment")
    begun = "".join(one for one in field.content if isinstance(one, str)) if field else ""
    yield from moves.write(page, f"{begun.rstrip()}\n\n{v['text']}", note)


def quoted(v: Values) -> Goal:
    said = f"> @{v['author']} said: > {v['post']} {v['text']}"
    return Goal(added={"posts": [comment(v["topic"], MEMBER, said)]}, ignore=("followed",))


def reply_and_like(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    page = yield from moves.like(page, v["author"], v["post"])
    page = yield from moves.confirm(page, "Confirm the like")
    page = yield from reopen(page, v["topic"])
    yield from moves.reply(page, v["text"])


def reopen(page: SitePage, title: str) -> Part:
    """Go to a topic, unless it is on the page already."""
    heading = page.first(lambda one: one.tag == "h1")
    if heading is None or not heading.text.startswith(title):
        page = yield from moves.find(page, title)
    return page


def replied_and_liked(v: Values) -> Goal:
    return Goal(
        added={
            "likes": [(MEMBER, v["topic"], v["author"], v["post"])],
            "posts": [comment(v["topic"], MEMBER, v["text"])],
        },
        ignore=("followed",),
    )


def two_replies(v: Values, page: SitePage) -> Plan:
    for name in ("one", "two"):
        page = yield from moves.find(page, v[name])
        page = yield from moves.reply(page, v["text"])


def two_topics(rng: random.Random) -> Values:
    one, two = rng.sample(open_topics(), 2)
    return {"one": one.title, "two": two.title}


def start_and_follow_up(v: Values, page: SitePage) -> Plan:
    page = yield from moves.publish(page, v["title"], v["board"], v["text"])
    yield from moves.reply(page, v["more"])


def followed_up(v: Values) -> Goal:
    said = [comment(v["title"], MEMBER, v["text"]), comment(v["title"], MEMBER, v["more"])]
    return Goal(
        added={"topics": [new_topic(v["title"], v["board"])], "posts": said},
        ignore=("followed",),
    )


def answer_letter(v: Values, page: SitePage) -> Plan:
    page = yield from moves.menu(page, "Private topics")
    page = yield click(page.link(v["letter"]), "private topic", f"Open {v['letter']}")
    yield from moves.reply(page, v["text"])


def draw_letter(rng: random.Random) -> Values:
    sender, title, _ = rng.choice(forum().letters)
    return {"sender": sender, "letter": title}


def two_letters(v: Values, page: SitePage) -> Plan:
    yield from moves.letter(page, f"{v['one']}, {v['two']}", v["title"], v["text"])


def newest(v: Values, page: SitePage) -> Plan:
    page = yield from moves.board(page, v["board"])
    link = page.goes(r"^/topic/\d+/")
    return link.text if link else ""


def newest_title(v: Values) -> Goal:
    """The topic of a board in which somebody wrote last stands first."""
    found = [one for one in forum().topics if one.board == v["board"]]
    return Goal(answers=(min(found, key=lambda one: one.days * 24 - hours(len(one.posts))).title,))


def hours(posts: int) -> int:
    """When the last of so many posts was written, in hours after the first (see the seed)."""
    last = posts - 1
    return 2 * last + last * last


def password(v: Values, page: SitePage) -> Plan:
    note = f"Change the password from {v['old']} to {v['new']}"
    page = yield from moves.preferences(page)
    page = yield click(page.link("Change password"), "link Change password", note)
    page = yield fill(page.field("old_password"), v["old"], "old password", note)
    for name in ("new_password1", "new_password2"):
        page = yield fill(page.field(name), v["new"], "new password", note)
    yield click(page.link("Change my password"), "button Change my password", note)


def password_changed(v: Values) -> Goal:
    return Goal(
        added={"members": [member_row(MEMBER, place=HOME, key=v["new"])]},
        removed={"members": [member_row(MEMBER, place=HOME)]},
    )


def moderated(label: str):
    def plan(v: Values, page: SitePage) -> Plan:
        page = yield from moves.find(page, v["topic"])
        yield from moves.moderate(page, label)

    return plan


def closed(rng: random.Random) -> Values:
    return {"topic": rng.choice([one.title for one in forum().topics if one.closed])}


def deleted(v: Values) -> Goal:
    row = topic_row(topic(v["topic"]))
    return Goal(added={"topics": [(*row[:-1], "1")]}, removed={"topics": [row]})


def rename_and_move(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    yield from moves.retitle(page, v["title"], v["board"])


def renamed_and_moved(v: Values) -> Goal:
    one = topic(v["topic"])
    return Goal(
        added={"topics": [topic_row(one, title=v["title"], board=v["board"])]},
        removed={"topics": [topic_row(one)]},
        ignore=IGNORE_TITLE,
    )


def edit_other(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    yield from moves.edit(page, v["author"], v["post"], v["text"])


def vote_and_reply(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    page = yield from moves.vote(page, v["choice"])
    page = yield from reopen(page, v["topic"])
    yield from moves.reply(page, v["text"])


def voted_and_replied(v: Values) -> Goal:
    return Goal(
        added={
            "votes": [(MEMBER, v["choice"])],
            "posts": [comment(v["topic"], MEMBER, v["text"])],
        },
        ignore=("followed",),
    )


def notify(v: Values, page: SitePage) -> Plan:
    note = f"Set the email notifications to {v['when']}"
    page = yield from moves.preferences(page)
    page = yield choose(page.field("notify_when"), v["when"], "notification list", note)
    yield click(page.link("Save"), "button Save", note)


NOTIFY = {"Never": 1, "Immediately": 2, "Weekly": 4}
MENTIONS_AND_REPLIES = 8 + 16  # which MEMBER has chosen


def notified(v: Values) -> Goal:
    new = NOTIFY[v["when"]] + MENTIONS_AND_REPLIES
    old = NOTIFY["Never"] + MENTIONS_AND_REPLIES
    return Goal(
        added={"settings": [(MEMBER, str(new))]}, removed={"settings": [(MEMBER, str(old))]}
    )


def log_in_and_reply(v: Values, page: SitePage) -> Plan:
    page = yield from moves.log_in(page, v["name"], v["password"])
    page = yield from moves.find(page, v["topic"])
    yield from moves.reply(page, v["text"])


def logged_in_and_replied(v: Values) -> Goal:
    return Goal(
        added={
            "logins": [(v["name"],)],
            "posts": [comment(v["topic"], v["name"], v["text"])],
        },
        ignore=("followed",),
    )


def report_and_follow(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    page = yield from moves.report(page, v["author"], v["post"], v["reason"], v["body"])
    page = yield from reopen(page, v["topic"])
    yield from moves.follow(page)


def reported_and_followed(v: Values) -> Goal:
    return Goal(
        added={**reported(v).added, "followed": [(MEMBER, v["topic"])]},
    )


def unfollowed_post(one: Topic, post: Post) -> bool:
    return one.title not in forum().followed and foreign(one, post)


def close_and_say_why(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    page = yield from moves.reply(page, v["text"])
    page = yield from reopen(page, v["topic"])
    yield from moves.moderate(page, "Close topic")


def closed_with_reason(v: Values) -> Goal:
    one = topic(v["topic"])
    said = comment(v["topic"], MODERATOR, v["text"])
    mark = (v["topic"], MODERATOR, "action", "0", CLOSED)
    return Goal(
        added={"topics": [topic_row(one, closed="1")], "posts": [said, mark]},
        removed={"topics": [topic_row(one)]},
        ignore=("followed",),
    )


def like_most_liked(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    best = max(moves.posts(page), key=likes)
    yield from moves.press(page, best, "/like/", "like link", "Like the post with most likes")


def likes(post: moves.Element) -> int:
    words = [one.text for one in post.all() if "(" in one.text and one.tag in ("a", "li")]
    return int(words[-1].split("(")[1].split(")")[0]) if words else 0


def draw_liked(rng: random.Random) -> Values:
    among = [
        title
        for _, title, number in forum().likes
        if topic(title).posts[number].author != MEMBER and not topic(title).closed
    ]
    return {"topic": rng.choice(among)}


def liked_most(v: Values) -> Goal:
    number = next(number for _, title, number in forum().likes if title == v["topic"])
    post = topic(v["topic"]).posts[number]
    return liked({"topic": v["topic"], "author": post.author, "post": post.text})


def extend_post(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["topic"])
    page = yield from moves.edit(page, MEMBER, v["post"], f"{v['post']} {v['text']}")
