"""Small sites: a contact book, a menu to order from, a stock ticker, a terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from miniwob_tasks.experts.form import button, find, first, named, part
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Element, Page, read
from webagent import actions
from webagent.actions import Action
from webagent.types import Context, Decision

if TYPE_CHECKING:
    from miniwob_tasks.experts.single import Expert


def phone_book(context: Context) -> Decision:
    """Turn the pages to a person and click one of the details."""
    asked = find(r"Find (.+) in the contact book and click on their (\w+)", context.instruction)
    page = read(context.observation.html)
    name = page.first(lambda one: "name" in one.classes)
    if name and name.text == asked[1]:
        return first(press(page.first(lambda one: asked[2] in one.classes)))
    return first(press(page.first(lambda one: one.tag == "a" and one.text == ">")))


def order_food(context: Context) -> Decision:
    """Order one of each named dish, or a number of dishes of a kind."""
    page = read(context.observation.html)
    dishes = page.where(lambda one: "food-item" in one.classes)
    if asked := re.search(r"Order (\d+) items that are (.+)", context.instruction):
        fitting = [dish for dish in dishes if asked[2].strip() in _kinds(dish)]
        wanted = {id(fitting[0]): int(asked[1])}
    else:
        names = find(r"Order one of each item: (.+)", context.instruction)[1].split(",")
        wanted = {id(dish): 1 for dish in dishes if _name(dish) in map(str.strip, names)}
    steps = (_change(dish, wanted.get(id(dish), 0)) for dish in dishes)
    return first(*steps, press(button(page, "Order!")))


def stock_market(context: Context) -> Decision:
    """Buy when the price is low enough; else let time pass."""
    limit = float(find(r"less than \$([\d.]+\d)", context.instruction)[1])
    page = read(context.observation.html)
    shown = named(page, "stock-price")
    price = re.fullmatch(r"\$([\d.]+)", shown.text) if shown else None
    buy = named(page, "buy")
    if buy is None or buy.ref is None or (shown and shown.text and not price):
        return first()
    return first(press(buy) if price and float(price[1]) <= limit else actions.hover(buy.ref))


def terminal(context: Context) -> Decision:
    """List the files, then remove one that fits; each key is a step."""
    page = read(context.observation.html)
    command = "ls"
    if files := _files(page):
        ending = re.search(r"extension (\.\S+)", context.instruction)
        fits = [one for one in files if (one.endswith(ending[1]) if ending else "." not in one)]
        command = f"rm {fits[0]}"
    target = named(page, "terminal-target")
    if target is None or "focused" not in target.attrs:
        return first(press(named(page, "terminal")))
    return first(_key(_typed(page), command))


def _name(dish: Element) -> str:
    found = part(dish, "item-name")
    return found.text if found else ""


def _kinds(dish: Element) -> Sequence[str]:
    return [one.attrs.get("alt", "") for one in dish.descendants() if one.tag == "img"]


def _change(dish: Element, wanted: int) -> Action | None:
    """One more or one less of a dish."""
    shown = part(dish, "quantity")
    ordered = int(shown.text) if shown and shown.text else 0
    if ordered == wanted:
        return None
    return press(part(dish, "add" if ordered < wanted else "remove"))


def _files(page: Page) -> list[str]:
    """What the last ls gave."""
    lines = page.where(lambda one: bool(one.classes & {"command", "output"}))
    texts = [one.text for one in lines if one.id != "active-input"]
    listed = [after for before, after in pairwise(texts) if before == "ls"]
    return listed[-1].split() if listed else []


def _typed(page: Page) -> str:
    line = named(page, "active-input")
    return "".join(one for one in line.content if isinstance(one, str)) if line else ""


def _key(typed: str, command: str) -> Action:
    if not command.startswith(typed):
        return actions.press("Backspace")
    return actions.press(command[len(typed)] if typed != command else "Enter")


PAGES: Mapping[str, Expert] = MappingProxyType(
    {
        "order-food": order_food,
        "phone-book": phone_book,
        "stock-market": stock_market,
        "terminal": terminal,
    }
)
