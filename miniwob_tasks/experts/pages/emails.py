"""The inbox: reply to, forward, delete or star the mail of somebody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, reduce
from types import MappingProxyType
from typing import TYPE_CHECKING

import orjson

from miniwob_tasks.experts.email import Forward, read_forward
from miniwob_tasks.experts.form import fill, first, moments, named, part
from miniwob_tasks.experts.goal import Status, press
from miniwob_tasks.experts.page import Element, Page, read
from webagent.assets import miniwob_html
from webagent.errors import PolicyError
from webagent.types import Context, Decision

if TYPE_CHECKING:
    from miniwob_tasks.experts.single import Expert

ICONS = MappingProxyType({"delete": "trash", "important": "star"})
PLAIN = (
    ("reply", 'Find the email by NAME and reply to them with the text "MSG".'),
    ("delete", "Find the email by NAME and click the trash icon to delete it."),
    ("important", "Find the email by NAME and click the star icon to mark it as important."),
)


@dataclass(frozen=True, slots=True)
class Request:
    """What to do with the mail of `sender`: "reply" with `text`, "delete", or "important"."""

    deed: str
    sender: str
    text: str = ""


def inbox(context: Context) -> Decision:
    """Whatever the instruction asks for."""
    if goal := _forwarding(context.instruction):
        status = reduce(lambda last, one: goal.after(last, one, True), moments(context), Status())
        return first(goal.next(read(context.observation.html), status))
    request = understand(context.instruction)
    page = read(context.observation.html)
    for leave in ("close-forward", "search-cancel"):
        if found := named(page, leave):
            return first(press(found))
    if written := named(page, "reply"):
        return _write(page, written, request)
    return first(press(_next(page, request)))


def understand(instruction: str) -> Request:
    """Read one of people's sentences. Raises `PolicyError` for any other."""
    found = [
        Request(deed, match["NAME"], match.groupdict().get("MSG") or "")
        for deed, form in _forms()
        if (match := form.fullmatch(instruction.strip()))
    ]
    if not found:
        raise PolicyError(f"The expert does not understand the instruction {instruction!r}.")
    # Where several sentences fit, the one that leaves least to the names is meant.
    return min(found, key=lambda one: len(one.sender) + len(one.text))


def _forwarding(instruction: str) -> Forward | None:
    found = read_forward(instruction.strip(), 0)
    if found and isinstance(found[0], Forward) and not instruction[found[1] :].strip(" .,?!"):
        return found[0]
    return None


def _write(page: Page, written: Element, request: Request) -> Decision:
    to = part(written, "reply-sender")
    if request.deed != "reply" or to is None or to.text != request.sender:
        return first(press(named(page, "close-reply")))
    field = named(page, "reply-text")
    return first(fill(field, request.text), press(named(page, "send-reply")))


def _next(page: Page, request: Request) -> Element | None:
    """What to click in the list of mails or in an open mail."""
    if opened := named(page, "email"):
        if _sender(opened) != request.sender:
            return named(page, "close-email")
        return part(opened, ICONS.get(request.deed, "email-reply"))
    threads = page.where(lambda one: "email-thread" in one.classes)
    thread = next((one for one in threads if _sender(one) == request.sender), None)
    return part(thread, ICONS.get(request.deed, "email-sender"))


def _sender(area: Element) -> str:
    found = part(area, "email-sender")
    return found.text if found else ""


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The sentences of the pages as patterns, each with what it asks for."""
    source = miniwob_html() / "common" / "special" / "email-inbox-nl" / "templates.js"
    text = source.read_text("utf-8")
    lists = orjson.loads(text[text.index("{") : text.rindex("}") + 1])
    turk = [
        (deed, sentence)
        for deed in ("reply", "delete", "important")
        for half in ("train", "test")
        for sentence in lists[deed].get(half, ())
    ]
    return tuple((deed, _pattern(sentence)) for deed, sentence in (*PLAIN, *turk))


def _pattern(sentence: str) -> re.Pattern[str]:
    source = re.escape(" ".join(sentence.split()))
    for name in ("NAME", "MSG"):  # the page fills in only the first of each
        source = source.replace(name, f"(?P<{name}>.+?)", 1)
    return re.compile(source)


PAGES: Mapping[str, Expert] = MappingProxyType(
    dict.fromkeys(
        (
            "email-inbox",
            "email-inbox-delete",
            "email-inbox-forward",
            "email-inbox-important",
            "email-inbox-nl-turk",
            "email-inbox-noscroll",
            "email-inbox-reply",
            "email-inbox-star-reply",
        ),
        inbox,
    )
)
