"""How the held-out tasks are carried out, and what must come of them."""

from __future__ import annotations

import random
import re

from webagent.tasks.sites.page import SitePage
from webagent.tasks.sites.plan import Plan, click, fill
from webagent.tasks.sites.template import Goal, Values, together
from webagent.tasks.sites.wiki import moves
from webagent.tasks.sites.wiki.content import (
    MEMBER,
    slug,
    wiki,
)
from webagent.tasks.sites.wiki.draw import (
    NEW_TITLES,
    created,
    edited,
    extended,
    leaves,
    member_row,
    page_of,
)
from webagent.tasks.sites.wiki.train_plans import reverted


def create_below(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    yield from moves.create(page, v["title"], slug(v["title"]), v["text"])


def create_two(v: Values, page: SitePage) -> Plan:
    page = yield from moves.area(page, v["area"])
    page = yield from moves.create(page, v["one"], slug(v["one"]), v["text"])
    page = yield from moves.area(page, v["area"])
    yield from moves.create(page, v["two"], slug(v["two"]), v["text"])


def draw_two(rng: random.Random) -> Values:
    one, two = rng.sample(NEW_TITLES, 2)
    return {"one": one, "two": two}


def created_two(v: Values) -> Goal:
    parent = f"{slug(v['area'])}/"
    return together(*(created(v[name], parent, v["text"]) for name in ("one", "two")))


def to_top(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    yield from moves.move(page, top=True)


def append_two(v: Values, page: SitePage) -> Plan:
    for name in ("one", "two"):
        page = yield from moves.find(page, v[name])
        page = yield from moves.edit(page, add=v["text"])


def prepend(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    page = yield from moves.tab(page, "Edit")
    whole = f"{v['text']}\n\n{moves.content(page)}"
    note = f"Put in front of the text: {v['text']}"
    page = yield fill(page.field("content"), whole, "text field", note)
    yield click(page.field("save"), "button Save changes", note)


def prepended(v: Values) -> Goal:
    return edited(v["page"], said=f"{v['text']} {page_of(v['page']).text}")


def correct(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    page = yield from moves.tab(page, "Edit")
    note = f"Replace {v['old']} by {v['new']}"
    whole = moves.content(page).replace(v["old"], v["new"])
    page = yield fill(page.field("content"), whole, "text field", note)
    yield click(page.field("save"), "button Save changes", note)


def draw_year(rng: random.Random) -> Values:
    years = [(one.title, x) for one in wiki().leaves() for x in re.findall(r"\b1\d{3}\b", one.text)]
    title, old = rng.choice(years)
    return {"page": title, "old": old, "new": str(int(old) - rng.randrange(1, 9))}


def corrected(v: Values) -> Goal:
    return edited(v["page"], said=page_of(v["page"]).text.replace(v["old"], v["new"]))


def title_and_text(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    yield from moves.edit(page, title=v["title"], text=v["text"], why=v["why"])


def delete_two(v: Values, page: SitePage) -> Plan:
    for name in ("one", "two"):
        page = yield from moves.find(page, v[name])
        page = yield from moves.delete(page)


def password(v: Values, page: SitePage) -> Plan:
    note = f"Change the password to {v['new']}"
    page = yield from moves.account(page)
    for name in ("password1", "password2"):
        page = yield fill(page.field(name), v["new"], "password field", note)
    yield click(page.field("save_changes"), "button Update", note)


def password_changed(v: Values) -> Goal:
    return Goal(
        added={"members": [member_row(MEMBER, key=v["new"])]},
        removed={"members": [member_row(MEMBER)]},
    )


def owner_and_lock(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    yield from moves.settings(page, owner=v["owner"], press=("locked",))


def summary(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    page = yield from moves.tab(page, "Changes")
    heading = moves.revision(page, v["number"])
    return next((one.text for one in heading.all() if one.tag == "small"), "")


def log_in_and_append(v: Values, page: SitePage) -> Plan:
    page = yield from moves.log_in(page, v["name"], v["password"])
    page = yield from moves.find(page, v["page"])
    yield from moves.edit(page, add=v["text"])


def logged_in_and_appended(v: Values) -> Goal:
    goal = extended(v["page"], v["text"], who=v["name"])
    return together(goal, Goal(added={"logins": [(v["name"],)]}))


def results(v: Values, page: SitePage) -> Plan:
    note = f"Search for {v['word']}"
    page = yield fill(page.field("q"), v["word"], "search field", note)
    form = page.field("q")
    area = form.up(lambda one: one.tag == "form") if form else None
    button = next((one for one in area.all() if one.tag == "button"), None) if area else None
    page = yield click(button, "search button", note)
    found = re.search(r"returned (\d+) result", page.root.text)
    return found[1] if found else ""


def hits(v: Values) -> Goal:
    word = v["word"].lower()
    found = [one for one in wiki().pages if word in f"{one.title} {one.text}".lower()]
    return Goal(answers=(str(len(found)),))


def more_revisions(v: Values, page: SitePage) -> Plan:
    counts = list[tuple[int, str]]()
    for name in ("one", "two"):
        page = yield from moves.find(page, v[name])
        page = yield from moves.tab(page, "Changes")
        counts.append((len(moves.revisions(page)), v[name]))
    return max(counts)[1]


def draw_unequal(rng: random.Random) -> Values:
    while True:
        values = leaves("one", "two")(rng)
        if depth(values["one"]) != depth(values["two"]):
            return values


def depth(title: str) -> int:
    return len(page_of(title).revisions)


def copy(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["one"])
    page = yield from moves.tab(page, "Edit")
    said = moves.content(page)
    page = yield from moves.find(page, v["two"])
    yield from moves.edit(page, add=said)


def follow_two(v: Values, page: SitePage) -> Plan:
    for name in ("one", "two"):
        page = yield from moves.find(page, v[name])
        page = yield from moves.follow(page)


def revert_and_follow(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    page = yield from moves.revert(page, v["number"])
    page = yield from moves.find(page, v["page"])
    yield from moves.follow(page)


def reverted_and_followed(v: Values) -> Goal:
    followed = Goal(added={"followed": [(MEMBER, page_of(v["page"]).path)]})
    return together(reverted(v), followed)


def protect_two(v: Values, page: SitePage) -> Plan:
    for name in ("one", "two"):
        page = yield from moves.find(page, v[name])
        page = yield from moves.settings(page, press=("other_write",))


def first_version(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    yield from moves.revert(page, "1")


def create_and_follow(v: Values, page: SitePage) -> Plan:
    page = yield from moves.area(page, v["area"])
    page = yield from moves.create(page, v["title"], slug(v["title"]), v["text"])
    yield from moves.follow(page)


def created_and_followed(v: Values) -> Goal:
    parent = f"{slug(v['area'])}/"
    followed = Goal(added={"followed": [(MEMBER, f"{parent}{slug(v['title'])}/")]})
    return together(created(v["title"], parent, v["text"]), followed)
