"""The shop's templates for training."""

from __future__ import annotations

from webagent.tasks.sites.shop import train_plans as how
from webagent.tasks.sites.shop.content import ANNA, BEN, FIRST_NAMES, LAST_NAMES, shop
from webagent.tasks.sites.shop.draw import (
    held,
    in_cart,
    numbers,
    ordered,
    person,
    product,
    products,
)
from webagent.tasks.sites.template import Goal, Template, both, one_of


def templates() -> tuple[Template, ...]:
    """Twenty, of one or two skills each."""
    anna, ben = "anna", "ben"
    return (
        Template(
            "add-to-cart",
            "train",
            (
                "Put one {product} into my cart.",
                'I would like to buy the "{product}". Add it to the shopping cart.',
                "Add the {product} to the cart, one piece.",
            ),
            products("product"),
            lambda v: in_cart((v["product"], "1")),
            how.add,
            anna,
        ),
        Template(
            "add-several",
            "train",
            (
                "Put {quantity} pieces of {product} into my cart.",
                "I need {quantity} of the {product} in the shopping cart.",
            ),
            both(products("product"), numbers("quantity", 2, 6)),
            lambda v: in_cart((v["product"], v["quantity"])),
            how.add_several,
            anna,
        ),
        Template(
            "add-two",
            "train",
            (
                "Add {one} and {two} to the cart, one of each.",
                'Two things go into my cart: a "{one}" and a "{two}".',
            ),
            products("one", "two"),
            lambda v: in_cart((v["one"], "1"), (v["two"], "1")),
            how.add_two,
            anna,
            steps=20,
        ),
        Template(
            "browse-and-add",
            "train",
            (
                "In the category {department} > {shelf}, find the {product}. Add it to the cart.",
                "Go to {shelf} in the department {department} and put the {product} into my cart.",
            ),
            how.draw_browse,
            lambda v: in_cart((v["product"], "1")),
            how.browse,
            anna,
        ),
        Template(
            "add-cheapest",
            "train",
            (
                "Add the cheapest product of {department} > {shelf} to my cart.",
                "What costs least in the category {shelf} ({department})? Put it into the cart.",
            ),
            how.draw_cheapest,
            how.cheapest_goal,
            how.cheapest,
            anna,
        ),
        Template(
            "remove-from-cart",
            "train",
            (
                "Take the {product} out of my cart.",
                "I no longer want the {product}: remove it from the cart.",
            ),
            held("product"),
            how.removed,
            how.remove,
            ben,
        ),
        Template(
            "change-quantity",
            "train",
            (
                "Change the quantity of {product} in my cart to {quantity}.",
                "I want {quantity} of the {product} that is in my cart; correct the number.",
            ),
            both(held("product"), numbers("quantity", 4, 8)),
            how.changed,
            how.change,
            ben,
        ),
        Template(
            "save-for-later",
            "train",
            (
                "Save the {product} in my cart for later.",
                "Not now, but later: move the {product} from the cart to the saved items.",
            ),
            held("product"),
            how.saved,
            how.save_for_later,
            ben,
        ),
        Template(
            "use-coupon",
            "train",
            (
                "Apply the coupon {code} to my cart.",
                "I have got the promo code {code}. Use it for what is in my cart.",
            ),
            one_of("code", *shop().vouchers),
            lambda v: Goal(added={"coupons": [(BEN.email, v["code"])]}),
            how.coupon,
            ben,
        ),
        Template(
            "write-review",
            "train",
            (
                'Review the {product} with {stars} stars. Title: "{title}". Text: "{body}"',
                'Write a review of {product}: {stars} out of 5 stars, called "{title}", that '
                'says "{body}"',
            ),
            both(
                products("product", plenty=False),
                numbers("stars", 1, 5),
                one_of("title", *how.TITLES),
                one_of("body", *how.BODIES),
            ),
            how.reviewed,
            how.review,
            anna,
        ),
        Template(
            "add-to-wish-list",
            "train",
            (
                'Put the {product} on my wish list "{list}".',
                'Add {product} to the list called "{list}" in my wish lists.',
            ),
            how.draw_wish,
            lambda v: Goal(added={"wishes": [(ANNA.email, v["list"], v["product"], "1")]}),
            how.wish,
            anna,
        ),
        Template(
            "new-wish-list",
            "train",
            (
                'Create a new wish list with the name "{name}".',
                'I need another wish list. Call it "{name}" and keep it private.',
            ),
            one_of("name", "Wedding", "Holiday house", "For Lukas", "Office", "Next year"),
            lambda v: Goal(added={"wish lists": [(ANNA.email, v["name"], "Private")]}),
            how.new_list,
            anna,
        ),
        Template(
            "new-address",
            "train",
            (
                "Add an address to my address book: {first} {last}, {line}, {city} {postcode}, "
                "United Kingdom.",
                "Save a new address in my account. It is {first} {last}, {line}, {city} "
                "{postcode}, United Kingdom.",
            ),
            person,
            how.address_added,
            how.new_address,
            anna,
            steps=20,
        ),
        Template(
            "change-name",
            "train",
            (
                "Change the name in my profile to {first} {last}.",
                "My name is {first} {last} now. Update my account's profile.",
            ),
            both(one_of("first", *FIRST_NAMES), one_of("last", *LAST_NAMES)),
            how.renamed,
            how.rename,
            anna,
        ),
        Template(
            "price",
            "train",
            (
                "What does the {product} cost?",
                'Tell me the price of "{product}" in pounds.',
            ),
            products("product", plenty=False),
            lambda v: Goal(answers=(product(v["product"]).pounds,)),
            how.look_up("Price (incl. tax)"),
            anna,
        ),
        Template(
            "article-number",
            "train",
            (
                "Find out the UPC of the {product}.",
                'Which UPC does the product "{product}" have?',
            ),
            products("product", plenty=False),
            lambda v: Goal(answers=(product(v["product"]).upc,)),
            how.look_up("UPC"),
            "",
        ),
        Template(
            "order-total",
            "train",
            (
                "What was the total of my order {number}?",
                "How many pounds did I pay for order number {number}?",
            ),
            how.draw_order,
            how.total,
            how.order_total,
            anna,
        ),
        Template(
            "check-out",
            "train",
            (
                "Order one {product} to be sent to {first} {last}, {line}, {city} {postcode}.",
                "Buy the {product}. Ship it to this address: {first} {last}, {line}, {city} "
                "{postcode}.",
            ),
            how.draw_checkout,
            lambda v: ordered(ANNA.email, v, (v["product"], "1")),
            how.checkout,
            anna,
            steps=30,
            alone=True,
        ),
        Template(
            "check-out-home",
            "train",
            (
                "Order one {product} to my saved address in {city}.",
                "Buy a {product} and let it be delivered to the {city} address of my address book.",
            ),
            how.draw_saved_checkout,
            lambda v: ordered(ANNA.email, how.to_home(v["city"]), (v["product"], "1")),
            how.saved_checkout,
            anna,
            steps=22,
            alone=True,
        ),
        Template(
            "register",
            "train",
            (
                "Register in the shop with the email {email} and the password {password}",
                "Create an account for {email}. The password shall be {password}",
            ),
            how.draw_new,
            lambda v: Goal(added={"customers": [(v["email"], "", "", v["password"])]}),
            how.register,
            "",
        ),
    )
