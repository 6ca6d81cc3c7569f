"""How the held-out tasks are carried out, and what must come of them."""

from __future__ import annotations

import random

from webagent.tasks.sites.page import SitePage
from webagent.tasks.sites.plan import Lost, Part, Plan, click, fill
from webagent.tasks.sites.shop import moves
from webagent.tasks.sites.shop.content import (
    ANNA,
    BEN,
    STREETS,
    shop,
)
from webagent.tasks.sites.shop.draw import (
    ANNA_ROW,
    Draw,
    address_row,
    fields,
    home,
    in_cart,
    person,
    person_row,
    product,
    products,
    quantity_in_cart,
    shelf_of,
)
from webagent.tasks.sites.template import Goal, Values


def add_three(v: Values, page: SitePage) -> Plan:
    for name in ("one", "two", "three"):
        page = yield from moves.buy(page, v[name])


def two_quantities(v: Values, page: SitePage) -> Plan:
    page = yield from moves.buy(page, v["one"])
    page = yield from moves.buy(page, v["two"])
    page = yield from moves.cart(page)
    page = yield from moves.set_quantity(page, v["one"], v["first"])
    yield from moves.set_quantity(page, v["two"], v["second"])


def swap(v: Values, page: SitePage) -> Plan:
    page = yield from moves.cart(page)
    page = yield from moves.remove(page, v["old"])
    page = yield from to_shop(page)
    yield from moves.buy(page, v["new"])


def to_shop(page: SitePage) -> Part:
    return (yield click(page.goes("^/catalogue/$"), "link to the shop", "Go back to the shop"))


def swapped(v: Values) -> Goal:
    return Goal(
        added={"cart": [(BEN.email, v["new"], "1")]},
        removed={"cart": [(BEN.email, v["old"], quantity_in_cart(v["old"]))]},
    )


def empty(v: Values, page: SitePage) -> Plan:
    page = yield from moves.cart(page)
    while found := page.link("Remove"):
        page = yield click(found, "remove link", "Remove everything from the cart")


def emptied(v: Values) -> Goal:
    return Goal(removed={"cart": [(BEN.email, title, str(n)) for title, n in shop().basket]})


def dearest(v: Values, page: SitePage) -> Plan:
    page = yield from moves.browse(page, v["department"], v["shelf"])
    title = moves.title_of(max(moves.pods(page), key=moves.price))
    page = yield click(page.link(title), f"product {title}", "Open the most expensive product")
    yield from moves.wish(page, title, v["list"])


def draw_dearest(rng: random.Random) -> Values:
    taken = {title for _, _, titles in shop().wishes for title in titles}
    while True:
        values = {**shelf_of(rng), "list": rng.choice(shop().wishes)[1]}
        if dearest_of(values["shelf"]) not in taken:
            return values


def dearest_of(shelf: str) -> str:
    return max(shop().shelf(shelf), key=lambda one: one.price).title


def wished(rng: random.Random) -> Values:
    _, name, titles = rng.choice(shop().wishes)
    return {"list": name, "product": rng.choice(titles)}


def buy_wish(v: Values, page: SitePage) -> Plan:
    page = yield from moves.wish_list(page, v["list"])
    note = f"Open the product {v['product']}"
    page = yield click(page.link(v["product"]), f"product {v['product']}", note)
    yield from moves.add(page, v["product"])


def reorder(v: Values, page: SitePage) -> Plan:
    page = yield from moves.account(page, "Order History")
    page = yield click(
        page.link(v["number"]), f"order {v['number']}", f"Open the order {v['number']}"
    )
    yield click(page.link("Re-order all items"), "button to order again", "Order it all again")


def reordered(v: Values) -> Goal:
    order = next(one for one in shop().orders if one.number == v["number"])
    return in_cart(*((title, str(count)) for title, count in order.lines))


def dearest_order_number(v: Values, page: SitePage) -> Plan:
    page = yield from moves.account(page, "Order History")
    rows = page.every(lambda one: one.tag == "tr" and one.text.startswith(tuple("0123456789")))
    sums = [(float(cells(row)[2].strip("£")), cells(row)[0]) for row in rows]
    return max(sums)[1]


def cells(row: moves.Element) -> list[str]:
    return [one.text for one in row.all() if one.tag == "td"]


def dearest_order() -> str:
    return max(shop().orders, key=lambda one: one.total).number


def cart_to_home(v: Values, page: SitePage) -> Plan:
    page = yield from moves.buy(page, v["product"])
    page = yield from moves.cart(page)
    page = yield from moves.set_quantity(page, v["product"], v["quantity"])
    page = yield click(page.link("Proceed to checkout"), "checkout link", "Go to the checkout")
    page = yield from moves.ship_to(page, v["city"])
    yield from moves.confirm(page)


def guest(v: Values, page: SitePage) -> Plan:
    page = yield from moves.buy(page, v["product"])
    page = yield from moves.checkout(page)
    note = f"Check out as the guest {v['email']}"
    page = yield fill(page.field("username"), v["email"], "email field", note)
    page = yield click(page.link("Continue"), "button Continue", note)
    page = yield from moves.address(page, fields(v), country=False)
    page = yield from moves.save(page, "Continue", "Use this address")
    yield from moves.confirm(page)


def draw_guest(rng: random.Random) -> Values:
    email = f"guest{rng.randrange(100, 999)}@example.org"
    return {**products("product")(rng), **person(rng), "email": email}


def edit_address(v: Values, page: SitePage) -> Plan:
    note = f"Change the street of the address in {v['city']} to {v['line']}"
    page = yield from moves.account(page, "Address Book")
    row = page.around(v["city"], ("tr",))
    page = yield click(page.link("Edit", row), "link Edit", note)
    page = yield fill(page.field("line1"), v["line"], "field line1", note)
    yield from moves.save(page, note=note)


def draw_move(rng: random.Random) -> Values:
    line = f"{rng.randrange(100, 199)} {rng.choice(STREETS)}"
    return {"city": rng.choice(shop().addresses).city, "line": line}


def address_changed(v: Values) -> Goal:
    old = address_row(home(v["city"]))
    return Goal(
        added={"addresses": [(*old[:3], v["line"], *old[4:])]}, removed={"addresses": [old]}
    )


def row_menu(page: SitePage, text: str, label: str, note: str) -> Part:
    """Open the small menu at the end of a table's row and choose from it."""
    row = page.around(text, ("tr",))
    buttons = [one for one in row.all() if one.tag == "button"] if row else []
    page = yield click(buttons[-1] if buttons else None, "menu of the row", note)
    row = page.around(text, ("tr",))
    found = [one for one in row.all() if one.tag in ("a", "button")] if row else []
    return (yield click(next((x for x in found if x.text == label), None), label, note))


def delete_address(v: Values, page: SitePage) -> Plan:
    note = f"Delete the address in {v['city']}"
    page = yield from moves.account(page, "Address Book")
    page = yield from row_menu(page, v["city"], "Delete", note)
    yield click(page.link("Delete"), "button Delete", note)


def default_address(v: Values, page: SitePage) -> Plan:
    note = f"Make the address in {v['city']} the default for shipping"
    page = yield from moves.account(page, "Address Book")
    yield from row_menu(page, v["city"], "Set as default shipping address", note)


def default_set(v: Values) -> Goal:
    one = home(v["city"])
    return Goal(
        added={"addresses": [address_row(one, shipping="1")]},
        removed={"addresses": [address_row(one)]},
    )


def delete_list(v: Values, page: SitePage) -> Plan:
    note = f"Delete the wish list {v['list']}"
    page = yield from moves.account(page, "Wish Lists")
    page = yield from row_menu(page, v["list"], "Delete", note)
    yield click(page.link("Delete"), "button Delete", note)


def list_deleted(v: Values) -> Goal:
    titles = next(titles for _, name, titles in shop().wishes if name == v["list"])
    return Goal(
        removed={
            "wish lists": [(ANNA.email, v["list"], "Private")],
            "wishes": [(ANNA.email, v["list"], title, "1") for title in titles],
        }
    )


def password(v: Values, page: SitePage) -> Plan:
    note = f"Change the password from {v['old']} to {v['new']}"
    page = yield from moves.account(page, "Profile")
    page = yield click(page.link("Change password"), "link Change password", note)
    page = yield fill(page.field("old_password"), v["old"], "old password", note)
    for name in ("new_password1", "new_password2"):
        page = yield fill(page.field(name), v["new"], "new password", note)
    yield from moves.save(page, note=note)


def password_changed(v: Values) -> Goal:
    row = person_row(ANNA.email, ANNA.first, ANNA.last, v["new"])
    return Goal(added={"customers": [row]}, removed={"customers": [ANNA_ROW]})


def count_reviews(v: Values, page: SitePage) -> Plan:
    page = yield from moves.search(page, v["product"])
    return moves.cell(page, "Number of reviews")


def review_count(v: Values) -> Goal:
    count = sum(one.product == v["product"] for one in shop().reviews)
    return Goal(answers=(str(count),))


def reviewed(name: str) -> Draw:
    return lambda rng: {name: rng.choice(sorted({one.product for one in shop().reviews}))}


def cheaper(v: Values, page: SitePage) -> Plan:
    costs = list[tuple[float, str]]()
    for name in ("one", "two"):
        page = yield from moves.search(page, v[name])
        costs.append((float(moves.cell(page, "Price (incl. tax)").strip("£")), v[name]))
    return min(costs)[1]


def draw_cheaper(rng: random.Random) -> Values:
    while True:
        values = products("one", "two")(rng)
        if product(values["one"]).price != product(values["two"]).price:
            return values


def cheaper_goal(v: Values) -> Goal:
    return Goal(answers=(min(v["one"], v["two"], key=lambda one: product(one).price),))


def vote(v: Values, page: SitePage) -> Plan:
    note = f"Mark the review by {v['author']} as helpful"
    page = yield from moves.search(page, v["product"])
    found = [one for one in page.every(lambda one: one.tag == "article") if by(one, v["author"])]
    yield click(page.link("Yes", found[-1]) if found else None, "button Yes", note)


def by(article: moves.Element, author: str) -> bool:
    return any(one.tag == "strong" and one.text == author for one in article.all())


def draw_vote(rng: random.Random) -> Values:
    one = rng.choice(shop().reviews)
    author = next(who for who in shop().customers if who.email == one.email)
    return {"product": one.product, "author": f"{author.first} {author.last}"}


def alert(v: Values, page: SitePage) -> Plan:
    page = yield from moves.search(page, v["product"])
    note = f"Ask for an alert when {v['product']} is in stock"
    yield click(page.link("Notify me"), "button Notify me", note)


def sold_out(rng: random.Random) -> Values:
    return {"product": rng.choice([one.title for one in shop().products if not one.stock])}


def log_in_and_add(v: Values, page: SitePage) -> Plan:
    page = yield from moves.log_in(page, v["email"], v["password"])
    if page.field("q") is None:
        raise Lost("The login did not lead to a page with a search field.")
    yield from moves.buy(page, v["product"])


def review_wish(v: Values, page: SitePage) -> Plan:
    page = yield from moves.wish_list(page, v["list"])
    note = f"Open the product {v['product']}"
    page = yield click(page.link(v["product"]), f"product {v['product']}", note)
    yield from moves.review(page, v["product"], v["stars"], v["title"], v["body"])
