"""Posts of a social network, with buttons below each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from miniwob_tasks.experts.form import button, find, first, part
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Element, Page, read
from webagent.types import Context, Decision

if TYPE_CHECKING:
    from miniwob_tasks.experts.single import Expert

BUTTONS = ("Reply", "Retweet", "Like", "Share")
ON = "active"  # the class of a button that was pressed


def one_post(context: Context) -> Decision:
    """Press one button of any post of a user; some are in a menu."""
    asked = find(r'For the user (\S+), click on the "(.+)" button', context.instruction)
    user, label = asked.groups()
    post = next(iter(_posts(read(context.observation.html), user)), None)
    if label in BUTTONS:
        return first(press(part(post, label.lower())))
    items = post.descendants() if post else iter(())
    item = next((one for one in items if one.tag == "li" and one.text.startswith(label)), None)
    return first(press(item), press(part(post, "more")))


def posts(context: Context) -> Decision:
    """Press a button of all posts of a user, or of a number of them, then submit."""
    asked = find(
        r'Click the "(\w+)" button on (all|\d+) posts? by (\S+) and then', context.instruction
    )
    label, amount, user = asked.groups()
    page = read(context.observation.html)
    own = [one for post in _posts(page, user) if (one := part(post, label.lower()))]
    wrong = [one for one in page.elements if ON in one.classes and one not in own]
    need = len(own) if amount == "all" else int(amount)
    amiss = [*wrong, *_amiss(own, need)]
    return first(*map(press, amiss), press(button(page, "Submit")))


def _amiss(buttons: Sequence[Element], need: int) -> Sequence[Element]:
    """The buttons to press so that `need` of them are on."""
    on = [one for one in buttons if ON in one.classes]
    off = [one for one in buttons if ON not in one.classes]
    return on[need:] or off[: need - len(on)]


def _posts(page: Page, user: str) -> list[Element]:
    posts = page.where(lambda one: "media" in one.classes)
    return [one for one in posts if (name := part(one, "username")) and name.text == user]


PAGES: Mapping[str, Expert] = MappingProxyType(
    {"social-media": one_post, "social-media-all": posts, "social-media-some": posts}
)
