"""What the shop sells, and who buys there. Everything is made from the lists below."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

DEPARTMENTS = {
    "Kitchen": {"Mugs": "Mug", "Pans": "Frying Pan", "Bowls": "Bowl", "Knives": "Kitchen Knife"},
    "Garden": {"Planters": "Planter", "Watering Cans": "Watering Can", "Bird Boxes": "Bird Box"},
    "Living Room": {"Lamps": "Table Lamp", "Cushions": "Cushion", "Clocks": "Wall Clock"},
}
SERIES = (
    *("Alder", "Birch", "Cedar", "Dune", "Ember", "Fjord", "Grove", "Harbour", "Island"),
    *("Juniper", "Kestrel", "Linden", "Meadow", "Nordic", "Orchard"),
)
MATERIALS = ("Stoneware", "Copper", "Oak", "Linen", "Slate", "Enamel", "Bamboo", "Glass")
COLOURS = ("Blue", "Green", "Ochre", "Ivory", "Charcoal", "Crimson", "Teal", "Sand")
USES = (
    "made for every day",
    "a gift that lasts",
    "easy to clean and hard to break",
    "made in small batches by hand",
    "a quiet piece for a busy house",
)
REVIEW_TITLES = (
    *("Better than expected", "Does what it says", "A little small", "My second one"),
    *("Lovely colour", "Arrived late", "Sturdy and simple", "Would buy again"),
)
REVIEW_BODIES = (
    "I have used it for a month now and it still looks new.",
    "The colour differs a bit from the picture, but I like it.",
    "Bought as a present. They were delighted with it.",
    "It is smaller than I thought, so check the size first.",
    "Well made. The edges are smooth and nothing wobbles.",
)
PASSWORD = "harbour-2025"
NEW_PASSWORDS = ("quiet-lamp-77", "green-kettle-31", "seven-swans-84", "paper-boat-56")
CITIES = (("Leeds", "LS1 4AP"), ("Bath", "BA1 1SU"), ("York", "YO1 7HH"), ("Oxford", "OX1 3DP"))
STREETS = ("Mill Lane", "Station Road", "Park View", "Orchard Street", "Castle Hill", "Quay Road")
FIRST_NAMES = ("Nora", "Felix", "Ida", "Oscar", "Mina", "Theo", "Clara", "Hugo", "Vera", "Emil")
LAST_NAMES = ("Marsh", "Holt", "Berg", "Lindqvist", "Okafor", "Rossi", "Novak", "Hale", "Sato")


@dataclass(frozen=True, slots=True)
class Product:
    """A thing on sale; `price` is in pence, `stock` in pieces."""

    title: str
    department: str
    shelf: str
    upc: str
    price: int
    stock: int
    colour: str
    description: str

    @property
    def pounds(self) -> str:
        return f"{self.price // 100}.{self.price % 100:02d}"


@dataclass(frozen=True, slots=True)
class Customer:
    email: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Review:
    product: str
    email: str
    score: int
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Address:
    email: str
    first: str
    last: str
    line: str
    city: str
    postcode: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the past, placed `days` before the day on which episodes begin."""

    number: str
    email: str
    lines: tuple[tuple[str, int], ...]
    days: int
    total: int


@dataclass(frozen=True, slots=True)
class Shop:
    """All that is in the shop when an episode begins."""

    products: tuple[Product, ...]
    customers: tuple[Customer, ...]
    reviews: tuple[Review, ...]
    addresses: tuple[Address, ...]
    orders: tuple[Order, ...]
    basket: tuple[tuple[str, int], ...]  # of BEN
    wishes: tuple[tuple[str, str, tuple[str, ...]], ...]  # email, name of the list, products
    vouchers: tuple[str, ...]

    def on_sale(self) -> list[Product]:
        return [one for one in self.products if one.stock]

    def shelf(self, name: str) -> list[Product]:
        return [one for one in self.products if one.shelf == name]


ANNA = Customer("anna@example.org", "Anna", "Keller")  # an empty basket, orders, addresses
BEN = Customer("ben@example.org", "Ben", "Adler")  # a full basket


@cache
def shop() -> Shop:
    """The shop's content, the same on every machine."""
    draw = random.Random("shop")
    products = tuple(_products(draw))
    customers = (ANNA, BEN, *_customers(draw))
    sale = [one for one in products if one.stock > 12]
    picked = [one.title for one in draw.sample(sale, 16)]
    return Shop(
        products=products,
        customers=customers,
        reviews=tuple(_reviews(draw, products, customers)),
        addresses=tuple(_addresses(draw)),
        orders=tuple(_orders(draw, sale)),
        basket=tuple((title, 1 + n % 3) for n, title in enumerate(picked[:4])),
        wishes=(
            (ANNA.email, "Birthday ideas", tuple(picked[4:8])),
            (ANNA.email, "New flat", tuple(picked[8:11])),
        ),
        vouchers=("SPRING10", "WELCOME10", "HARBOUR10"),
    )


def _products(draw: random.Random) -> list[Product]:
    found: list[Product] = []
    for department, shelves in DEPARTMENTS.items():
        for shelf, noun in shelves.items():
            prices = draw.sample(range(6, 90), len(SERIES))
            for series, pounds in zip(SERIES, prices, strict=True):
                material, colour = draw.choice(MATERIALS), draw.choice(COLOURS)
                title = f"{series} {material} {noun}"
                text = f"{title} in {colour.lower()}, {draw.choice(USES)}."
                upc = f"HS-{len(found) + 1:03d}-{draw.randrange(1000, 9999)}"
                stock = 0 if draw.random() < 0.08 else draw.randrange(8, 60)
                price = pounds * 100 + draw.choice((0, 25, 50, 95))
                found.append(Product(title, department, shelf, upc, price, stock, colour, text))
    return found


def _customers(draw: random.Random) -> list[Customer]:
    names = zip(FIRST_NAMES, draw.choices(LAST_NAMES, k=len(FIRST_NAMES)), strict=True)
    return [Customer(f"{first.lower()}@example.org", first, last) for first, last in names]


def _reviews(
    draw: random.Random, products: tuple[Product, ...], customers: tuple[Customer, ...]
) -> list[Review]:
    return [
        Review(
            product.title,
            customer.email,
            draw.randrange(2, 6),
            draw.choice(REVIEW_TITLES),
            draw.choice(REVIEW_BODIES),
        )
        for product in draw.sample(products, 60)
        for customer in draw.sample(customers[2:], draw.randrange(1, 4))
    ]


def _addresses(draw: random.Random) -> list[Address]:
    return [
        Address(ANNA.email, first, ANNA.last, f"{draw.randrange(1, 99)} {street}", city, postcode)
        for first, street, (city, postcode) in zip(
            ("Anna", "Lukas", "Marie"), draw.sample(STREETS, 3), CITIES[:3], strict=True
        )
    ]


def _orders(draw: random.Random, sale: list[Product]) -> list[Order]:
    orders: list[Order] = []
    for number in range(8):
        things = draw.sample(sale, draw.randrange(1, 4))
        lines = tuple((one.title, draw.randrange(1, 3)) for one in things)
        prices = {one.title: one.price for one in things}
        total = sum(prices[title] * count for title, count in lines)
        days = 20 + 31 * number + draw.randrange(10)
        orders.append(Order(f"{100200 + 37 * number}", ANNA.email, lines, days, total))
    return orders
