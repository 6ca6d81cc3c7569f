"""How the tasks for training are carried out, and what must come of them."""

from __future__ import annotations

import random

from webagent.tasks.sites.page import SitePage
from webagent.tasks.sites.plan import Plan, click, fill
from webagent.tasks.sites.shop import moves
from webagent.tasks.sites.shop.content import ANNA, BEN, FIRST_NAMES, LAST_NAMES, PASSWORD, shop
from webagent.tasks.sites.shop.draw import (
    ANNA_ROW,
    fields,
    home,
    in_cart,
    person,
    person_row,
    products,
    quantity_in_cart,
    shelf_of,
)
from webagent.tasks.sites.template import Goal, Values


def add(v: Values, page: SitePage) -> Plan:
    yield from moves.buy(page, v["product"])


def add_several(v: Values, page: SitePage) -> Plan:
    page = yield from moves.buy(page, v["product"])
    page = yield from moves.cart(page)
    yield from moves.set_quantity(page, v["product"], v["quantity"])


def add_two(v: Values, page: SitePage) -> Plan:
    page = yield from moves.buy(page, v["one"])
    yield from moves.buy(page, v["two"])


def draw_browse(rng: random.Random) -> Values:
    one = rng.choice(shop().on_sale())
    return {"department": one.department, "shelf": one.shelf, "product": one.title}


def browse(v: Values, page: SitePage) -> Plan:
    page = yield from moves.browse(page, v["department"], v["shelf"])
    note = f"Open the product {v['product']}"
    page = yield click(page.link(v["product"]), f"product {v['product']}", note)
    yield from moves.add(page, v["product"])


def remove(v: Values, page: SitePage) -> Plan:
    page = yield from moves.cart(page)
    yield from moves.remove(page, v["product"])


def removed(v: Values) -> Goal:
    row = (BEN.email, v["product"], quantity_in_cart(v["product"]))
    return Goal(removed={"cart": [row]})


def change(v: Values, page: SitePage) -> Plan:
    page = yield from moves.cart(page)
    yield from moves.set_quantity(page, v["product"], v["quantity"])


def changed(v: Values) -> Goal:
    row = (BEN.email, v["product"])
    return Goal(
        added={"cart": [(*row, v["quantity"])]},
        removed={"cart": [(*row, quantity_in_cart(v["product"]))]},
    )


def save_for_later(v: Values, page: SitePage) -> Plan:
    page = yield from moves.cart(page)
    row = moves.line(page, v["product"])
    note = f"Save {v['product']} for later"
    yield click(page.link("Save for later", row), "link Save for later", note)


def saved(v: Values) -> Goal:
    row = (BEN.email, v["product"], quantity_in_cart(v["product"]))
    return Goal(added={"saved": [row]}, removed={"cart": [row]})


TITLES = ("A good buy", "Not what I hoped for", "Pretty and useful", "Holds up well", "Fine")
BODIES = (
    "It does its work and looks nice on the shelf.",
    "I would have liked it a little larger.",
    "Everybody who sees it asks where I bought it.",
    "The finish is rough at one corner, otherwise fine.",
)


def review(v: Values, page: SitePage) -> Plan:
    page = yield from moves.search(page, v["product"])
    yield from moves.review(page, v["product"], v["stars"], v["title"], v["body"])


def reviewed(v: Values) -> Goal:
    return Goal(added={"reviews": [(v["product"], ANNA.email, v["stars"], v["title"], v["body"])]})


def draw_wish(rng: random.Random) -> Values:
    taken = {title for _, _, titles in shop().wishes for title in titles}
    free = [one.title for one in shop().on_sale() if one.title not in taken]
    return {"product": rng.choice(free), "list": rng.choice(shop().wishes)[1]}


def wish(v: Values, page: SitePage) -> Plan:
    page = yield from moves.search(page, v["product"])
    yield from moves.wish(page, v["product"], v["list"])


def new_list(v: Values, page: SitePage) -> Plan:
    page = yield from moves.account(page, "Wish Lists")
    note = f"Create the wish list {v['name']}"
    page = yield click(page.link("Create a new wish list"), "link to a new list", note)
    page = yield fill(page.field("name"), v["name"], "name field", note)
    yield from moves.save(page, note=note)


def new_address(v: Values, page: SitePage) -> Plan:
    page = yield from moves.account(page, "Address Book")
    page = yield click(page.link("Add a new address"), "link to a new address", "Add an address")
    page = yield from moves.address(page, fields(v), country=True)
    yield from moves.save(page, note="Save the address")


def address_added(v: Values) -> Goal:
    row = (ANNA.email, v["first"], v["last"], v["line"], v["city"], v["postcode"], "0", "0")
    return Goal(added={"addresses": [row]})


def rename(v: Values, page: SitePage) -> Plan:
    note = f"Change the name to {v['first']} {v['last']}"
    page = yield from moves.account(page, "Profile")
    page = yield click(page.link("Edit profile"), "link Edit profile", note)
    page = yield fill(page.field("first_name"), v["first"], "first name field", note)
    page = yield fill(page.field("last_name"), v["last"], "last name field", note)
    yield from moves.save(page, note=note)


def renamed(v: Values) -> Goal:
    return Goal(
        added={"customers": [person_row(ANNA.email, v["first"], v["last"])]},
        removed={"customers": [ANNA_ROW]},
    )


def look_up(heading: str, what: str = "product"):
    """A plan that answers with what a product's page says beside a heading."""

    def plan(v: Values, page: SitePage) -> Plan:
        page = yield from moves.search(page, v[what])
        return moves.cell(page, heading)

    return plan


def draw_order(rng: random.Random) -> Values:
    return {"number": rng.choice(shop().orders).number}


def total(v: Values) -> Goal:
    order = next(one for one in shop().orders if one.number == v["number"])
    return Goal(answers=(f"{order.total // 100}.{order.total % 100:02d}",))


def order_total(v: Values, page: SitePage) -> Plan:
    page = yield from moves.account(page, "Order History")
    row = page.around(v["number"], ("tr",))
    cells = [one.text for one in row.all() if one.tag == "td"] if row else []
    return cells[2]


def draw_checkout(rng: random.Random) -> Values:
    return {**products("product")(rng), **person(rng)}


def checkout(v: Values, page: SitePage) -> Plan:
    page = yield from moves.buy(page, v["product"])
    page = yield from moves.checkout(page)
    page = yield from moves.address(page, fields(v), country=False)
    page = yield from moves.save(page, "Continue", "Use this address")
    yield from moves.confirm(page)


def draw_saved_checkout(rng: random.Random) -> Values:
    return {**products("product")(rng), "city": rng.choice(shop().addresses).city}


def saved_checkout(v: Values, page: SitePage) -> Plan:
    page = yield from moves.buy(page, v["product"])
    page = yield from moves.checkout(page)
    page = yield from moves.ship_to(page, v["city"])
    yield from moves.confirm(page)


def to_home(city: str) -> Values:
    one = home(city)
    return {f: getattr(one, f) for f in ("first", "last", "line", "city", "postcode")}


def register(v: Values, page: SitePage) -> Plan:
    note = f"Register as {v['email']} with the password {v['password']}"
    page = yield click(page.link("Login or register"), "login link", note)
    page = yield fill(page.field("registration-email"), v["email"], "email field", note)
    for name in ("registration-password1", "registration-password2"):
        page = yield fill(page.field(name), v["password"], "password field", note)
    yield click(page.field("registration_submit"), "register button", note)


def draw_new(rng: random.Random) -> Values:
    name = f"{rng.choice(FIRST_NAMES)}.{rng.choice(LAST_NAMES)}{rng.randrange(10, 99)}".lower()
    return {"email": f"{name}@example.org", "password": PASSWORD}


def coupon(v: Values, page: SitePage) -> Plan:
    note = f"Use the coupon {v['code']}"
    page = yield from moves.cart(page)
    page = yield click(page.link("I have a coupon code..."), "coupon link", note)
    page = yield fill(page.field("code"), v["code"], "coupon field", note)
    yield click(page.link("Add coupon"), "button Add coupon", note)


def cheapest(v: Values, page: SitePage) -> Plan:
    page = yield from moves.browse(page, v["department"], v["shelf"])
    best = min(moves.pods(page), key=moves.price)
    title = moves.title_of(best)
    page = yield click(page.link(title), f"product {title}", "Open the cheapest product")
    yield from moves.add(page, title)


def draw_cheapest(rng: random.Random) -> Values:
    while True:
        values = shelf_of(rng)
        if min(shop().shelf(values["shelf"]), key=lambda one: one.price).stock:
            return values


def cheapest_goal(v: Values) -> Goal:
    best = min(shop().shelf(v["shelf"]), key=lambda one: one.price)
    return in_cart((best.title, "1"))
