"""How the shop's templates choose their values, and rows that several goals expect."""

from __future__ import annotations

import random

from webagent.tasks.sites.shop.content import (
    ANNA,
    BEN,
    CITIES,
    FIRST_NAMES,
    LAST_NAMES,
    PASSWORD,
    STREETS,
    Address,
    Product,
    shop,
)
from webagent.tasks.sites.template import Draw, Goal, Values

PARTS_OF_ORDER = 5  # columns of an order before its lines


def products(*names: str, plenty: bool = True) -> Draw:
    """Draw different products that are on sale, a title for each name."""
    held = {title for title, _ in shop().basket}

    def draw(rng: random.Random) -> Values:
        among = [one for one in shop().on_sale() if one.title not in held or not plenty]
        return dict(zip(names, (one.title for one in rng.sample(among, len(names))), strict=True))

    return draw


def held(*names: str) -> Draw:
    """Draw different products of BEN's cart."""

    def draw(rng: random.Random) -> Values:
        titles = rng.sample([title for title, _ in shop().basket], len(names))
        return dict(zip(names, titles, strict=True))

    return draw


def numbers(name: str, first: int, last: int) -> Draw:
    return lambda rng: {name: str(rng.randint(first, last))}


def person(rng: random.Random) -> Values:
    """A new address: first, last, line, city, postcode."""
    city, postcode = rng.choice(CITIES)
    line = f"{rng.randrange(2, 98)} {rng.choice(STREETS)}"
    names = {"first": rng.choice(FIRST_NAMES), "last": rng.choice(LAST_NAMES)}
    return {**names, "line": line, "city": city, "postcode": postcode}


def fields(values: Values) -> dict[str, str]:
    """An address form's fields for the values of `person`."""
    names = {"first_name": "first", "last_name": "last", "line1": "line", "line4": "city"}
    wanted = {field: values[name] for field, name in names.items() if name in values}
    return wanted | ({"postcode": values["postcode"]} if "postcode" in values else {})


def product(title: str) -> Product:
    return next(one for one in shop().products if one.title == title)


def shelf_of(rng: random.Random) -> Values:
    one = rng.choice(shop().on_sale())
    return {"department": one.department, "shelf": one.shelf}


def home(city: str) -> Address:
    return next(one for one in shop().addresses if one.city == city)


def address_row(one: Address, shipping: str = "0", billing: str = "0") -> tuple[str, ...]:
    first = (one.email, one.first, one.last, one.line, one.city, one.postcode)
    return (*first, shipping, billing)


def in_cart(*lines: tuple[str, str], email: str = ANNA.email) -> Goal:
    """The goal that products and quantities are in a cart that was empty."""
    return Goal(added={"cart": [(email, title, quantity) for title, quantity in lines]})


def ordered(email: str, to: Values, *lines: tuple[str, str]) -> Goal:
    """The goal that products were ordered and sent to an address."""
    content = ", ".join(f"{title} x{quantity}" for title, quantity in sorted(lines))
    place = (f"{to['first']} {to['last']}", to["line"], to["city"], to["postcode"])
    return Goal(added={"orders": [(email, *place, content)]}, ignore=("addresses",))


def quantity_in_cart(title: str) -> str:
    return str(dict(shop().basket)[title])


def person_row(
    email: str, first: str, last: str, password: str = PASSWORD
) -> tuple[str, str, str, str]:
    return (email, first, last, password)


ANNA_ROW = person_row(ANNA.email, ANNA.first, ANNA.last)
BEN_EMAIL = BEN.email
