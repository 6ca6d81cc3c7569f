"""How the tasks for training are carried out, and what must come of them."""

from __future__ import annotations

import random
import re

from webagent.tasks.sites.page import SitePage
from webagent.tasks.sites.plan import Plan, click, fill
from webagent.tasks.sites.template import Goal, Values
from webagent.tasks.sites.wiki import moves
from webagent.tasks.sites.wiki.content import (
    EDITORS,
    PASSWORD,
    Page,
    slug,
    wiki,
)
from webagent.tasks.sites.wiki.draw import (
    moved,
    page_of,
    rights,
    row,
)


def create(v: Values, page: SitePage) -> Plan:
    page = yield from moves.area(page, v["area"])
    yield from moves.create(page, v["title"], slug(v["title"]), v["text"])


def append(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    yield from moves.edit(page, add=v["text"])


def append_in_area(v: Values, page: SitePage) -> Plan:
    page = yield from moves.entry(page, v["area"], v["page"])
    yield from moves.edit(page, add=v["text"])


def replace(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    yield from moves.edit(page, text=v["text"])


def rename(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    yield from moves.edit(page, title=v["title"])


def with_summary(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    yield from moves.edit(page, add=v["text"], why=v["why"])


def delete(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    yield from moves.delete(page)


def move(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    yield from moves.move(page, v["slug"])


def draw_slug(rng: random.Random) -> Values:
    one = rng.choice(wiki().leaves())
    return {"page": one.title, "slug": f"{slug(one.title)}-{rng.choice(('new', 'old', '2'))}"}


def slug_changed(v: Values) -> Goal:
    return moved(v["page"], f"{page_of(v['page']).parent}{v['slug']}/")


def revert(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    yield from moves.revert(page, v["number"])


def reverted(v: Values) -> Goal:
    one = page_of(v["page"])
    said = one.revisions[int(v["number"]) - 1].text
    return Goal(
        added={"pages": [row(one, said=said)]}, removed={"pages": [row(one)]}, ignore=("edits",)
    )


def last_editor(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    page = yield from moves.tab(page, "Changes")
    found = re.search(r"\(#\d+\) by (\w+)", moves.revisions(page)[0])
    return found[1] if found else ""


def count_revisions(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    page = yield from moves.tab(page, "Changes")
    return str(len(moves.revisions(page)))


def first_editor(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    page = yield from moves.tab(page, "Changes")
    found = re.search(r"by (\w+)", moves.revisions(page)[-1])
    return found[1] if found else ""


def year(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    found = re.search(r"town records of (\d{4})", page.root.text)
    return found[1] if found else ""


def recorded(one: Page) -> str:
    found = re.search(r"town records of (\d{4})", one.text)
    return found[1] if found else ""


def draw_year(rng: random.Random) -> Values:
    return {"page": rng.choice([one.title for one in wiki().leaves() if recorded(one)])}


def count_articles(v: Values, page: SitePage) -> Plan:
    page = yield from moves.area(page, v["area"])
    menu = page.first(lambda one: one.attrs.get("title", "").startswith("Sub-articles for"))
    page = yield click(menu, "menu of sub-articles", "Open the list of pages")
    page = yield click(page.goes("/_dir/$"), "link to the list", "Open the list of pages")
    found = re.search(r"There (?:are|is) (\d+) article", page.root.text)
    return found[1] if found else ""


def follow(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    yield from moves.follow(page)


def lock(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    yield from moves.settings(page, press=("locked",))


def locked(title: str) -> Goal:
    one = page_of(title)
    return Goal(
        added={"pages": [row(one, lock="1")]}, removed={"pages": [row(one)]}, ignore=("edits",)
    )


def give(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    yield from moves.settings(page, owner=v["owner"])


def draw_owner(rng: random.Random) -> Values:
    one = rng.choice(wiki().leaves())
    others = [name for name in EDITORS if name != one.revisions[0].author]
    return {"page": one.title, "owner": rng.choice(others)}


def given(v: Values) -> Goal:
    return Goal(
        added={"rights": [rights(v["page"], v["owner"])]},
        removed={"rights": [rights(v["page"])]},
        ignore=("edits",),
    )


def protect(v: Values, page: SitePage) -> Plan:
    page = yield from moves.find(page, v["page"])
    yield from moves.settings(page, press=("other_write",))


def protected(title: str) -> Goal:
    return Goal(
        added={"rights": [rights(title, others="0")]},
        removed={"rights": [rights(title)]},
        ignore=("edits",),
    )


def sign_up(v: Values, page: SitePage) -> Plan:
    note = f"Sign up as {v['name']}, email {v['email']}, password {v['password']}"
    page = yield click(page.link("Sign up"), "link Sign up", note)
    page = yield fill(page.field("username"), v["name"], "name field", note)
    page = yield fill(page.field("email"), v["email"], "email field", note)
    for name in ("password1", "password2"):
        page = yield fill(page.field(name), v["password"], "password field", note)
    yield click(page.field("save_changes"), "button Sign me up", note)


def draw_new(rng: random.Random) -> Values:
    name = f"{rng.choice(('adele', 'boris', 'carla', 'dirk', 'esther'))}{rng.randrange(10, 99)}"
    return {"name": name, "email": f"{name}@example.org", "password": PASSWORD}


def log_in(v: Values, page: SitePage) -> Plan:
    yield from moves.log_in(page, v["name"], v["password"])


def email(v: Values, page: SitePage) -> Plan:
    note = f"Change the email address to {v['email']}"
    page = yield from moves.account(page)
    page = yield fill(page.field("email"), v["email"], "email field", note)
    yield click(page.field("save_changes"), "button Update", note)
