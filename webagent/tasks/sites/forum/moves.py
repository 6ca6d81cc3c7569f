"""How things are done in the forum: the parts that plans are made of."""

from __future__ import annotations

import re

from webagent.tasks.sites.page import Element, SitePage
from webagent.tasks.sites.plan import Lost, Part, choose, click, fill


def find(page: SitePage, title: str) -> Part:
    """Open a topic by searching for it."""
    note = f"Find the topic {title}"
    page = yield click(page.goes("^/search/$"), "link to the search", note)
    page = yield fill(page.field("q"), re.sub(r"[^\w ]", "", title), "search field", note)
    page = yield click(page.link("Search"), "search button", note)
    return (yield click(page.link(title), f"topic {title}", note))


def board(page: SitePage, name: str) -> Part:
    """Open a board through any of its topics on the first page."""
    note = f"Open the board {name}"
    if page.link(name) is None:
        page = yield click(page.goes("^/$"), "link to the first page", note)
    while page.link(name) is None:
        page = yield click(page.link("Next") or page.goes(r"\?page="), "next page", note)
    page = yield click(page.link(name), f"board {name}", note)
    if posts(page):  # the whole row of a topic, its board included, leads to the topic
        page = yield click(page.link(name), f"board {name}", note)
    return page


def post_by(page: SitePage, author: str, text: str = "") -> Element:
    """The box of a post, by its author and a part of its text."""
    for one in page.elements:
        if re.fullmatch(r"c\d+", one.attrs.get("id", "")):
            name = next((x.text for x in one.all() if x.tag == "a" and "/user/" in x.href), "")
            if name == author and text in one.text:
                return one
    raise Lost(f"The page shows no post of {author} with {text!r}.")


def press(page: SitePage, box: Element | None, pattern: str, what: str, note: str) -> Part:
    """Follow the link of a box whose address matches."""
    return (yield click(page.goes(pattern, box), what, note))


def confirm(page: SitePage, note: str) -> Part:
    """Press the button of a page that asks once more: of some links a script does that."""
    if found := page.field("post") or page.link("Apply"):
        page = yield click(found, "button to confirm", note)
    return page


def write(page: SitePage, text: str, note: str) -> Part:
    """Fill in the comment field of the page and publish."""
    page = yield fill(page.field("comment"), text, "comment field", note)
    return (yield click(page.link("Publish"), "button Publish", note))


def reply(page: SitePage, text: str) -> Part:
    return (yield from write(page, text, f"Reply: {text}"))


def like(page: SitePage, author: str, text: str = "") -> Part:
    note = f'Like the post "{text}" by {author}' if text else f"Like the post by {author}"
    return (yield from press(page, post_by(page, author, text), "/like/", "like link", note))


def edit(page: SitePage, author: str, old: str, new: str) -> Part:
    note = f'Change the post "{old}" by {author} to: {new}'
    box = post_by(page, author, old)
    page = yield from press(page, box, "/comment/.*/update/", "edit link", note)
    return (yield from write(page, new, note))


def follow(page: SitePage) -> Part:
    return (yield click(page.link("Notify Me"), "button Notify Me", "Follow the topic"))


def report(page: SitePage, author: str, text: str, reason: str, body: str) -> Part:
    note = f'Report the post "{text}" by {author} as {reason}: {body}'
    page = yield from press(page, post_by(page, author, text), "/flag/", "report link", note)
    page = yield choose(page.field("reason"), reason, "reason list", note)
    page = yield fill(page.field("body"), body, "text field", note)
    return (yield click(page.link("Report"), "button Report", note))


def vote(page: SitePage, choice: str) -> Part:
    note = f"Vote for {choice}"
    label = page.first(lambda one: one.tag == "label" and one.text == choice)
    page = yield click(label, f"choice {choice}", note)
    return (yield click(page.link("Vote"), "button Vote", note))


def publish(page: SitePage, title: str, name: str, text: str) -> Part:
    """Start a topic on a board."""
    note = f'Start the topic "{title}" on the board {name}: {text}'
    if page.link("Create Topic") is None:
        page = yield click(page.goes("^/$"), "link to the first page", note)
    page = yield click(page.link("Create Topic"), "link Create Topic", note)
    page = yield fill(page.field("title"), title, "title field", note)
    page = yield choose(page.field("category"), name, "board list", note)
    return (yield from write(page, text, note))


def menu(page: SitePage, name: str) -> Part:
    note = f"Open {name} in the menu"
    page = yield click(page.goes("^/user/menu/$"), "menu link", note)
    return (yield click(page.link(name), f"link {name}", note))


def preferences(page: SitePage) -> Part:
    page = yield from menu(page, "Profile")
    return (yield click(page.link("Preferences"), "link Preferences", "Open the preferences"))


def letter(page: SitePage, to: str, title: str, text: str) -> Part:
    note = f'Write a private message "{title}" to {to}: {text}'
    page = yield from menu(page, "Private topics")
    page = yield click(page.link("Create private topic"), "link Create private topic", note)
    page = yield fill(page.field("title"), title, "title field", note)
    page = yield fill(page.field("users"), to, "field of invited users", note)
    return (yield from write(page, text, note))


def moderate(page: SitePage, label: str) -> Part:
    """Choose from a topic's menu for moderators and confirm."""
    page = yield click(page.link("Moderate"), "menu Moderate", label)
    page = yield click(page.link(label), f"link {label}", label)
    return (yield from confirm(page, label))


def retitle(page: SitePage, title: str, name: str = "") -> Part:
    """Change a topic's title and, as a moderator, its board ("" keeps what is there)."""
    said = [f'the title "{title}"'] * bool(title) + [f"the board {name}"] * bool(name)
    note = f"Give the topic {' and '.join(said)}"
    page = yield click(page.goes("/topic/update/"), "edit link", note)
    if title:
        page = yield fill(page.field("title"), title, "title field", note)
    if name:
        page = yield choose(page.field("category"), name, "board list", note)
    return (yield click(page.link("Update"), "button Update", note))


def log_in(page: SitePage, name: str, password: str) -> Part:
    note = f"Log in as {name} with the password {password}"
    page = yield click(page.link("Log in"), "login link", note)
    page = yield fill(page.field("username"), name, "name field", note)
    page = yield fill(page.field("password"), password, "password field", note)
    return (yield click(page.link("Login"), "button Login", note))


def posts(page: SitePage) -> list[Element]:
    return page.every(lambda one: bool(re.fullmatch(r"c\d+", one.attrs.get("id", ""))))


def author(post: Element) -> str:
    return next(one.text for one in post.all() if one.tag == "a" and "/user/" in one.href)
