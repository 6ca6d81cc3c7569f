"""The shop's templates that no training may use: other skills, and longer chains of known ones."""

from __future__ import annotations

from webagent.tasks.sites.shop import heldout_plans as how
from webagent.tasks.sites.shop.content import (
    ANNA,
    NEW_PASSWORDS,
    PASSWORD,
    shop,
)
from webagent.tasks.sites.shop.draw import (
    address_row,
    held,
    home,
    in_cart,
    numbers,
    ordered,
    products,
)
from webagent.tasks.sites.shop.train_plans import to_home
from webagent.tasks.sites.template import Goal, Template, both, one_of


def templates() -> tuple[Template, ...]:
    """Twenty-two."""
    anna, ben = "anna", "ben"
    cities = [one.city for one in shop().addresses]
    return (
        Template(
            "add-three",
            "heldout",
            (
                "Put these three things into my cart, one of each: {one}, {two}, {three}.",
                "I want to buy a {one}, a {two} and a {three}. Add all of them to the cart.",
            ),
            products("one", "two", "three"),
            lambda v: in_cart((v["one"], "1"), (v["two"], "1"), (v["three"], "1")),
            how.add_three,
            anna,
            steps=25,
            chains=(
                ("add-two", "add-to-cart"),
                ("add-two", "add-several"),
                ("add-two", "browse-and-add"),
                ("add-two", "add-cheapest"),
            ),
        ),
        Template(
            "two-quantities",
            "heldout",
            ("Fill my cart with {first} pieces of {one} and {second} pieces of {two}.",),
            both(products("one", "two"), numbers("first", 2, 4), numbers("second", 5, 7)),
            lambda v: in_cart((v["one"], v["first"]), (v["two"], v["second"])),
            how.two_quantities,
            anna,
            steps=25,
            chains=(
                ("add-several", "add-to-cart"),
                ("add-several", "browse-and-add"),
                ("add-several", "add-cheapest"),
            ),
        ),
        Template(
            "swap",
            "heldout",
            (
                "Replace the {old} in my cart by one {new}.",
                "In my cart there is a {old}. Throw it out and add one {new} instead.",
            ),
            both(held("old"), products("new")),
            how.swapped,
            how.swap,
            ben,
            steps=20,
        ),
        Template(
            "empty-cart",
            "heldout",
            ("Empty my cart.", "Remove everything that is in my shopping cart."),
            lambda rng: {},
            how.emptied,
            how.empty,
            ben,
        ),
        Template(
            "wish-dearest",
            "heldout",
            ('Put the most expensive product of {department} > {shelf} on my wish list "{list}".',),
            how.draw_dearest,
            lambda v: Goal(
                added={"wishes": [(ANNA.email, v["list"], how.dearest_of(v["shelf"]), "1")]}
            ),
            how.dearest,
            anna,
        ),
        Template(
            "buy-wish",
            "heldout",
            (
                'From my wish list "{list}", put the {product} into the cart.',
                'The {product} on the wish list "{list}" shall be bought: add one to the cart.',
            ),
            how.wished,
            lambda v: in_cart((v["product"], "1")),
            how.buy_wish,
            anna,
        ),
        Template(
            "order-again",
            "heldout",
            (
                "Put everything from my order {number} into the cart again.",
                "Re-order all items of order {number}; leave them in the cart.",
            ),
            lambda rng: {"number": rng.choice(shop().orders).number},
            how.reordered,
            how.reorder,
            anna,
        ),
        Template(
            "dearest-order",
            "heldout",
            (
                "Which of my orders had the highest total? Give its number.",
                "Tell me the number of the most expensive order that I ever placed.",
            ),
            lambda rng: {},
            lambda v: Goal(answers=(how.dearest_order(),)),
            how.dearest_order_number,
            anna,
        ),
        Template(
            "check-out-several",
            "heldout",
            (
                "Order {quantity} pieces of {product} to my address in {city}.",
                "Buy {quantity} of the {product}, to be sent to the address in {city} that is in "
                "my address book.",
            ),
            both(products("product"), numbers("quantity", 2, 5), one_of("city", *cities)),
            lambda v: ordered(ANNA.email, to_home(v["city"]), (v["product"], v["quantity"])),
            how.cart_to_home,
            anna,
            steps=25,
        ),
        Template(
            "check-out-guest",
            "heldout",
            (
                "Without an account, order one {product} as a guest. My email is {email} and the "
                "address is {first} {last}, {line}, {city} {postcode}.",
            ),
            how.draw_guest,
            lambda v: ordered(v["email"], v, (v["product"], "1")),
            how.guest,
            "",
            steps=32,
        ),
        Template(
            "edit-address",
            "heldout",
            (
                "In my address book, change the first line of the address in {city} to {line}.",
                "We moved within {city}: the street of that saved address is now {line}.",
            ),
            how.draw_move,
            how.address_changed,
            how.edit_address,
            anna,
        ),
        Template(
            "delete-address",
            "heldout",
            (
                "Delete the address in {city} from my address book.",
                "I don't need the saved {city} address any more. Remove it.",
            ),
            one_of("city", *cities),
            lambda v: Goal(removed={"addresses": [address_row(home(v["city"]))]}),
            how.delete_address,
            anna,
        ),
        Template(
            "default-address",
            "heldout",
            (
                "Make the address in {city} my default shipping address.",
                "From now on ship to {city} by default: set that address of mine as the default "
                "shipping address.",
            ),
            one_of("city", *cities),
            how.default_set,
            how.default_address,
            anna,
        ),
        Template(
            "delete-wish-list",
            "heldout",
            ('Delete my wish list "{list}".', 'Get rid of the whole wish list called "{list}".'),
            one_of("list", *(name for _, name, _ in shop().wishes)),
            how.list_deleted,
            how.delete_list,
            anna,
        ),
        Template(
            "change-password",
            "heldout",
            (
                "Change my password from {old} to {new}",
                "My password is {old} at the moment. Set a new one: {new}",
            ),
            both(one_of("old", PASSWORD), one_of("new", *NEW_PASSWORDS)),
            how.password_changed,
            how.password,
            anna,
        ),
        Template(
            "count-reviews",
            "heldout",
            (
                "How many customer reviews does the {product} have?",
                "Count the reviews of {product}.",
            ),
            how.reviewed("product"),
            how.review_count,
            how.count_reviews,
            anna,
        ),
        Template(
            "cheaper-of-two",
            "heldout",
            (
                "Which is cheaper, the {one} or the {two}?",
                'Compare the prices of "{one}" and "{two}". Answer with the name of the cheaper '
                "one.",
            ),
            how.draw_cheaper,
            how.cheaper_goal,
            how.cheaper,
            anna,
        ),
        Template(
            "vote-review",
            "heldout",
            (
                "Say that the review of {product} by {author} is helpful.",
                "{author} wrote a review of the {product}. Mark it as helpful.",
            ),
            how.draw_vote,
            lambda v: Goal(added={"votes": [(ANNA.email, v["product"], v["author"], "1")]}),
            how.vote,
            anna,
        ),
        Template(
            "stock-alert",
            "heldout",
            (
                "The {product} is sold out. Ask the shop to notify me when it is back in stock.",
                "Set up an alert that tells me when the {product} can be bought again.",
            ),
            how.sold_out,
            lambda v: Goal(added={"alerts": [(ANNA.email, v["product"], "Active")]}),
            how.alert,
            anna,
        ),
        Template(
            "log-in-and-add",
            "heldout",
            (
                "Log in as {email} with the password {password}, then put one {product} into the "
                "cart.",
            ),
            both(one_of("email", ANNA.email), one_of("password", PASSWORD), products("product")),
            lambda v: in_cart((v["product"], "1")),
            how.log_in_and_add,
            "",
        ),
        Template(
            "review-wish",
            "heldout",
            (
                'Open the {product} from my wish list "{list}" and rate it with {stars} stars. '
                'The review is called "{title}" and says "{body}"',
            ),
            both(
                how.wished,
                numbers("stars", 1, 5),
                one_of("title", "As hoped", "So so", "Charming"),
                one_of("body", "I saw it at a friend's house.", "Mine came without a box."),
            ),
            lambda v: Goal(
                added={"reviews": [(v["product"], ANNA.email, v["stars"], v["title"], v["body"])]}
            ),
            how.review_wish,
            anna,
            steps=18,
        ),
    )
