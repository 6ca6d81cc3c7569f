"""book-flight and buy-ticket: the best of several offers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from miniwob_tasks.experts.form import button, fill, find, first, named
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Element, Page, read
from miniwob_tasks.experts.pages.dates import pick_date
from miniwob_tasks.experts.single import Expert
from webagent.actions import Action
from webagent.types import Context, Decision

FLIGHT = (
    r"Book the (?P<best>\w+) one-way flight from: (?P<start>.+?) to: (?P<end>.+?) on (?P<day>\S+)\."
)
TICKET = r"Buy the ticket with the (?P<best>.+)\."


def book_flight(context: Context) -> Decision:
    found = find(FLIGHT, context.instruction)
    page = read(context.observation.html)
    if offers := _offers(page):
        return first(_take(found["best"], offers))
    return first(
        _airport(page, "flight-from", found["start"]),
        _airport(page, "flight-to", found["end"]),
        pick_date(page, found["day"]),
        press(button(page, "Search")),
    )


def buy_ticket(context: Context) -> Decision:
    best = find(TICKET, context.instruction)["best"]
    return first(_take(best, _offers(read(context.observation.html))))


def _airport(page: Page, name: str, wanted: str) -> Action | None:
    """Fill in a city or an airport's code, and take what the menu under the field offers."""
    field = named(page, name)
    if field is None or _is_airport(field.value, wanted):
        return None
    offered = page.where(lambda one: "ui-menu-item" in one.classes)
    fitting = [one for one in offered if _is_airport(one.text, wanted)]
    return press(_inmost(fitting[0])) if fitting else fill(field, wanted)


def _is_airport(text: str, wanted: str) -> bool:
    """Whether an entry such as "Albany, NY (ALB)" is the city or has the code `wanted`."""
    return text.startswith(f"{wanted} (") or text.endswith(f"({wanted})")


def _inmost(element: Element) -> Element:
    return next((one for one in element.descendants() if one.ref is not None), element)


def _offers(page: Page) -> list[Element]:
    return page.where(lambda one: "flight" in one.classes)


def _take(best: str, offers: list[Element]) -> Action | None:
    """Book the offer that is "cheapest", "shortest duration", "longest duration" and so on."""
    measure = _minutes if "shortest" in best or "longest" in best else _price
    choice = max if "longest" in best or "most expensive" in best else min
    offer = choice(offers, key=measure)
    return press(next((one for one in offer.descendants() if one.tag == "button"), None))


def _minutes(offer: Element) -> int:
    found = re.search(r"(\d+)h (\d+)m", offer.text)
    return int(found[1]) * 60 + int(found[2]) if found else 0


def _price(offer: Element) -> int:
    found = re.search(r"\$(\d+)", offer.text)
    return int(found[1]) if found else 0


PAGES: Mapping[str, Expert] = {
    "book-flight": book_flight,
    "book-flight-nodelay": book_flight,
    "buy-ticket": buy_ticket,
}
