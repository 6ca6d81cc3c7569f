"""How things are done in the wiki: the parts that plans are made of."""

from __future__ import annotations

from webagent.tasks.sites.page import Element, SitePage
from webagent.tasks.sites.plan import Lost, Part, click, fill

BOXES = {"locked": "lock it", "other_write": "no writing by others"}


def find(page: SitePage, title: str) -> Part:
    """Open a page by searching for its title in the whole wiki."""
    note = f"Find the page {title}"
    field = page.field("q")
    if field is not None and "whole" not in field.attrs.get("placeholder", "whole"):
        page = yield click(page.link("Home"), "link Home", note)
    page = yield fill(page.field("q"), title, "search field", note)
    form = page.field("q")
    area = form.up(lambda one: one.tag == "form") if form else None
    button = next((one for one in area.all() if one.tag == "button"), None) if area else None
    page = yield click(button, "search button", note)
    return (yield click(result(page, title), f"page {title}", note))


def result(page: SitePage, title: str) -> Element | None:
    """The search result whose title is exactly this."""
    for one in page.elements:
        below = [x for x in one.content if isinstance(x, Element) and x.tag == "small"]
        if one.tag == "a" and below and one.text == f"{title} {below[0].text}":
            return one
    return None


def area(page: SitePage, name: str) -> Part:
    """Open one of the areas that the main page lists."""
    note = f"Open the area {name}"
    page = yield click(page.link("Home"), "link Home", note)
    return (yield click(page.link(name), f"area {name}", note))


def entry(page: SitePage, group: str, title: str) -> Part:
    """Open a page through its area."""
    page = yield from area(page, group)
    return (yield click(page.link(title), f"page {title}", f"Open the page {title}"))


def tab(page: SitePage, name: str) -> Part:
    """Open View, Edit, Changes or Settings of the page that is shown."""
    return (yield click(page.link(name), f"tab {name}", f"Open the tab {name}"))


def edit(page: SitePage, *, title: str = "", text: str = "", add: str = "", why: str = "") -> Part:
    """Edit the page that is shown. `add` goes behind what is there; "" keeps a field."""
    said = {"title": title, "text": text, "add at the end": add, "summary": why}
    note = f"Edit the page, {', '.join(f'{name}: {one}' for name, one in said.items() if one)}"
    page = yield from tab(page, "Edit")
    if title:
        page = yield fill(page.field("title"), title, "title field", note)
    if text or add:
        whole = text or f"{content(page).rstrip()}\n\n{add}"
        page = yield fill(page.field("content"), whole, "text field", note)
    if why:
        page = yield fill(page.field("summary"), why, "summary field", note)
    return (yield click(page.field("save"), "button Save changes", note))


def content(page: SitePage) -> str:
    """What the text field of the editor holds."""
    field = page.field("content")
    if field is None:
        raise Lost("The page has no text field.")
    return "".join(one for one in field.content if isinstance(one, str))


def create(page: SitePage, title: str, slug: str, text: str) -> Part:
    """Create a page under the one that is shown."""
    note = f"Create the page {title} with the text: {text}"
    if page.goes("/_create/$") is None:
        menu = page.first(lambda one: one.attrs.get("title", "").startswith("Sub-articles for"))
        page = yield click(menu, "menu of sub-articles", note)
    if page.goes("/_create/$") is None:
        page = yield click(page.goes("/_dir/$"), "link to the list of pages", note)
    page = yield click(page.goes("/_create/$"), "link to a new page", note)
    page = yield fill(page.field("title"), title, "title field", note)
    page = yield fill(page.field("slug"), slug, "slug field", note)
    page = yield fill(page.field("content"), text, "text field", note)
    return (yield click(page.field("save_changes"), "button Create article", note))


def delete(page: SitePage) -> Part:
    """Delete the page that is shown."""
    note = "Delete the page"
    page = yield from tab(page, "Edit")
    page = yield click(page.link("Delete article"), "link Delete article", note)
    page = yield click(page.field("confirm"), "box to confirm", note)
    return (yield click(page.field("save_changes"), "button Delete article", note))


def move(page: SitePage, slug: str = "", *, top: bool = False) -> Part:
    """Give the page that is shown another slug, or put it under the main page (`top`)."""
    note = f"Change the slug to {slug}" if slug else "Move the page to the top"
    page = yield from tab(page, "Edit")
    page = yield click(page.link("Move article"), "link Move article", note)
    if slug:
        page = yield fill(page.field("slug"), slug, "slug field", note)
    if top:
        opened = page.first(lambda one: one.attrs.get("id") == "dest_selector")
        page = yield click(_first_link(opened), "destination", note)
        opened = page.first(lambda one: one.attrs.get("role") == "menu")
        page = yield click(_first_link(opened), "main page in the list", note)
    return (yield click(page.field("move"), "button Move article", note))


def _first_link(area: Element | None) -> Element | None:
    return next((one for one in area.all() if one.tag == "a"), None) if area else None


def revert(page: SitePage, number: str) -> Part:
    """Make an earlier revision of the page that is shown the current one."""
    note = f"Go back to revision {number}"
    page = yield from tab(page, "Changes")
    row = revision(page, number)
    box = row.up(lambda one: any(x.name == "revision_id" for x in one.all()))
    radio = next((x for x in box.all() if x.name == "revision_id"), None) if box else None
    page = yield click(radio, f"choice of revision {number}", note)
    page = yield click(page.link("Switch to selected version"), "button to switch", note)
    if found := page.link("Switch to this version"):
        page = yield click(found, "button to confirm", note)
    return page


def revision(page: SitePage, number: str) -> Element:
    """The heading of a revision in the history."""
    found = page.first(lambda one: one.tag == "a" and f"(#{number})" in one.text)
    if found is None:
        raise Lost(f"The history shows no revision {number}.")
    return found


def revisions(page: SitePage) -> list[str]:
    """The headings of the history, the newest first."""
    return [one.text for one in page.elements if one.tag == "a" and "(#" in one.text]


def follow(page: SitePage) -> Part:
    """Be notified of edits of the page that is shown."""
    note = "Follow the page"
    page = yield from tab(page, "Settings")
    page = yield click(page.field("edit"), "box of edits", note)
    field = page.field("edit")
    form = field.up(lambda one: one.tag == "form") if field else None
    return (yield click(page.link("Save changes", form), "button Save changes", note))


def settings(page: SitePage, *, owner: str = "", press: tuple[str, ...] = ()) -> Part:
    """As an administrator, change the owner or press boxes of the permissions form."""
    said = [f"the owner {owner}"] * bool(owner) + [BOXES[name] for name in press]
    note = f"Change the permissions: {', '.join(said)}"
    page = yield from tab(page, "Settings")
    if owner:
        page = yield fill(page.field("owner_username"), owner, "owner field", note)
    for name in press:
        page = yield click(page.field(name), f"box {name}", note)
    field = page.field("owner_username")
    form = field.up(lambda one: one.tag == "form") if field else None
    return (yield click(page.link("Save changes", form), "button Save changes", note))


def log_in(page: SitePage, name: str, password: str) -> Part:
    note = f"Log in as {name} with the password {password}"
    page = yield click(page.goes("/_accounts/login/"), "login link", note)
    page = yield fill(page.field("username"), name, "name field", note)
    page = yield fill(page.field("password"), password, "password field", note)
    return (yield click(page.field("save_changes"), "login button", note))


def account(page: SitePage) -> Part:
    """Open the member's own settings."""
    note = "Open the account settings"
    if page.goes("/_accounts/settings/") is None:
        menu = page.first(lambda one: one.tag == "a" and not one.href and one.ref is not None)
        page = yield click(menu, "account menu", note)
    return (yield click(page.goes("/_accounts/settings/"), "account settings", note))
