"""How things are done in the shop: the parts that plans are made of."""

from __future__ import annotations

from webagent.tasks.sites.page import Element, SitePage
from webagent.tasks.sites.plan import Lost, Part, choose, click, fill

FORM = ("first_name", "last_name", "line1", "line4", "postcode")


def search(page: SitePage, title: str) -> Part:
    """Open a product's page by searching for it."""
    note = f"Find the product {title}"
    page = yield fill(page.field("q"), title, "search field", note)
    page = yield click(page.link("Search"), "search button", note)
    return (yield click(page.link(title), f"product {title}", note))


def browse(page: SitePage, department: str, shelf: str) -> Part:
    """Open a shelf by the list of categories."""
    note = f"Open the category {department} > {shelf}"
    if page.link(shelf) is None:
        page = yield click(page.goes("^/catalogue/$"), "link to the shop", note)
    return (yield click(page.link(shelf), f"category {shelf}", note))


def add(page: SitePage, title: str) -> Part:
    """Put the product on whose page we are into the cart."""
    form = page.first(lambda one: one.attrs.get("id") == "add_to_basket_form")
    return (yield click(page.link("Add to cart", form), "cart button", f"Add {title} to the cart"))


def buy(page: SitePage, title: str) -> Part:
    page = yield from search(page, title)
    return (yield from add(page, title))


def cart(page: SitePage) -> Part:
    if page.link("Proceed to checkout") is not None:  # it is open
        return page
    return (yield click(page.link("View cart"), "cart link", "Open the cart"))


def line(page: SitePage, title: str) -> Element:
    """The row of a product in the cart or in a list."""
    found = page.link(title)
    row = (
        found.up(lambda one: any(x.tag == "input" or x.text == "Update" for x in one.all()))
        if (found)
        else None
    )
    if row is None:
        raise Lost(f"The page has no row of {title}.")
    return row


def set_quantity(page: SitePage, title: str, quantity: str) -> Part:
    """In the cart, buy so many pieces of a product."""
    note = f"Set the quantity of {title} to {quantity}"
    row = line(page, title)
    field = next((one for one in row.all() if one.tag == "input"), None)
    page = yield fill(field, quantity, "quantity field", note)
    return (yield click(page.link("Update", line(page, title)), "update button", note))


def remove(page: SitePage, title: str) -> Part:
    note = f"Remove {title} from the cart"
    return (yield click(page.link("Remove", line(page, title)), "remove link", note))


def account(page: SitePage, name: str) -> Part:
    """Open a page of the customer's account."""
    note = f"Open {name} in the account"
    page = yield click(page.link("Account"), "account link", note)
    return page if name == "Profile" else (yield click(page.link(name), f"link {name}", note))


def wish_list(page: SitePage, name: str) -> Part:
    page = yield from account(page, "Wish Lists")
    return (yield click(page.link(name), f"wish list {name}", f"Open the wish list {name}"))


def wish(page: SitePage, title: str, name: str) -> Part:
    """On a product's page, put it on the wish list of a name."""
    note = f"Add {title} to the wish list {name}"
    page = yield click(page.link("Add to wish list"), "wish list menu", note)
    found = page.first(lambda one: one.tag == "a" and f"'{name}'" in one.text)
    return (yield click(found, f"wish list {name}", note))


def save(page: SitePage, label: str = "Save", note: str = "Save the form") -> Part:
    return (yield click(page.link(label), f"button {label}", note))


def address(page: SitePage, values: dict[str, str], country: bool) -> Part:
    """Fill in an address form. `values` holds some of the names in FORM."""
    said = [values[name] for name in FORM if name in values] + ["United Kingdom"] * country
    note = f"Fill in the address: {', '.join(said)}"
    for name in FORM:
        if name in values:
            page = yield fill(page.field(name), values[name], f"field {name}", note)
    if country:
        page = yield choose(page.field("country"), "United Kingdom", "country list", note)
    return page


def checkout(page: SitePage) -> Part:
    """From any page with a cart to the first page of the checkout."""
    page = yield from cart(page)
    return (yield click(page.link("Proceed to checkout"), "checkout link", "Go to the checkout"))


def ship_to(page: SitePage, city: str) -> Part:
    """In the checkout, choose the address of a city from the address book."""
    place = page.first(lambda one: one.tag == "span" and one.text == city)
    box = (
        place.up(lambda one: page.link("Ship to this address", one) is not None) if place else None
    )
    button = page.link("Ship to this address", box)
    return (yield click(button, f"address in {city}", f"Ship to the address in {city}"))


def confirm(page: SitePage) -> Part:
    """From the page after the address to the placed order."""
    note = "Confirm the order"
    page = yield click(page.link("Continue"), "button Continue", note)
    return (yield click(page.link("Place order"), "button Place order", note))


def review(page: SitePage, title: str, stars: str, heading: str, body: str) -> Part:
    note = f'Write a review of {title}, {stars} stars, "{heading}": {body}'
    page = yield click(page.link("Write a review"), "review link", note)
    form = page.first(lambda one: one.attrs.get("id") == "add_review_form")
    signs = [one for one in form.all() if one.tag == "i"] if form else []
    page = yield fill(page.field("title"), heading, "title field", note)
    page = yield click(signs[int(stars) - 1] if len(signs) >= int(stars) else None, "stars", note)
    page = yield fill(page.field("body"), body, "text field", note)
    return (yield click(page.link("Save review"), "button Save review", note))


def log_in(page: SitePage, email: str, password: str) -> Part:
    note = f"Log in as {email} with the password {password}"
    page = yield click(page.link("Login or register"), "login link", note)
    page = yield fill(page.field("login-username"), email, "email field", note)
    page = yield fill(page.field("login-password"), password, "password field", note)
    return (yield click(page.field("login_submit"), "login button", note))


def cell(page: SitePage, heading: str) -> str:
    """The value beside a heading of a table."""
    row = page.first(
        lambda one: one.tag == "tr" and one.text.startswith(heading) and bool(one.content)
    )
    found = [one for one in row.all() if one.tag == "td"] if row else []
    if not found:
        raise Lost(f"The page has no {heading}.")
    return found[0].text


def price(pod: Element) -> float:
    """The price of a product in a list."""
    return float(next(one.text for one in pod.all() if "price_color" in one.classes).strip("£"))


def pods(page: SitePage) -> list[Element]:
    """The products that a page lists."""
    return page.every(lambda one: one.tag == "article" and "product_pod" in one.classes)


def title_of(pod: Element) -> str:
    return next(one.text for one in pod.all() if one.tag == "a" and one.text)
