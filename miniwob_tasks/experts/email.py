"""The goal of the email tasks: forward somebody's mail to somebody else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import orjson

from miniwob_tasks.experts.goal import Goal, Moment, Status, press, suffix
from miniwob_tasks.experts.page import Element, Page, within
from webagent import actions
from webagent.actions import Action
from webagent.assets import miniwob_html

EXCHANGED = re.compile(r"from DEST\b|^Forward DEST's email from yesterday")
GERUND = "Forwarding the email from NAME to DEST"
TOUCHED = " (changed)"  # marks a mail whose text somebody typed into


@dataclass(frozen=True, slots=True)
class Forward:
    """Forward the mail from `sender` to `receiver`. The status marks whose mail is open."""

    sender: str
    receiver: str
    number: int = 0

    def after(self, status: Status, moment: Moment, earlier: bool) -> Status:
        page = moment.page
        thread = next((one for one in self._threads(page) if moment.hit(one)), None)
        if thread:
            return Status(mark=_sender(thread))
        text = self._named(page, "forward-text")
        if text and moment.action and moment.action.name in ("type", "press"):
            changed = moment.action.ref == text.ref or "focused" in text.attrs
            mark = status.mark.removesuffix(TOUCHED)
            return Status(mark=mark + TOUCHED) if changed else status
        if moment.hit(self._named(page, "close-forward")):
            return Status(mark=status.mark.removesuffix(TOUCHED))
        if moment.hit(self._named(page, "send-forward")):
            return Status(earlier and self._addressed(page), status.mark)
        return status

    def done(self, status: Status, page: Page) -> bool:
        return status.done

    def next(self, page: Page, status: Status) -> Action | None:
        if self._named(page, "send-forward"):
            return self._send(page, status)
        for leave in ("close-reply", "search-cancel"):
            if found := self._named(page, leave):
                return press(found)
        if opened := self._named(page, "email"):
            if _sender(opened) == self.sender:
                return press(_part(opened, "email-forward"))
            return press(self._named(page, "close-email"))
        threads = [one for one in self._threads(page) if _sender(one) == self.sender]
        return press(_part(next(iter(threads), None), "email-sender"))

    def _send(self, page: Page, status: Status) -> Action | None:
        field = self._receiver_field(page)
        if status.mark != self.sender or field is None or field.ref is None:
            return press(self._named(page, "close-forward"))
        if not self._addressed(page):
            return actions.type(field.ref, self.receiver)
        return press(self._named(page, "send-forward"))

    def _addressed(self, page: Page) -> bool:
        field = self._receiver_field(page)
        return field is not None and field.value == self.receiver

    def _receiver_field(self, page: Page) -> Element | None:
        return _part(self._named(page, "forward"), "forward-sender")

    def _threads(self, page: Page) -> list[Element]:
        screens = [self._named(page, name) for name in ("main", "search-results")]
        threads = page.where(lambda one: "email-thread" in one.classes)
        return [one for screen in screens if screen for one in within(screen, threads)]

    def _named(self, page: Page, name: str) -> Element | None:
        wanted = name + suffix(self.number)
        return page.first(lambda one: one.id == wanted)


def read_forward(text: str, start: int) -> tuple[Goal, int] | None:
    """Read one of the people's sentences that ask to forward a mail, at any position."""
    found = [match for form in _forms() if (match := form.match(text, start))]
    if not found:
        return None
    best = max(found, key=lambda match: match.end())
    return Forward(best["NAME"], best["DEST"]), best.end()


@cache
def sentences() -> tuple[str, ...]:
    """The sentence templates of the MiniWoB++ email pages, with NAME and DEST."""
    html = miniwob_html()
    turk = (html / "common" / "special" / "email-inbox-nl" / "templates.js").read_text("utf-8")
    lists = orjson.loads(turk[turk.index("{") : turk.rindex("}") + 1])["forward"]
    page = (html / "miniwob" / "email-inbox-forward-nl.html").read_text("utf-8")
    inline = re.findall(r"^  '(.*NAME.*|.*DEST.*)',$", page, re.MULTILINE)
    return (*inline, *lists["train"], *lists["test"])


@cache
def _forms() -> list[re.Pattern[str]]:
    """Patterns that read each sentence as people would.

    Five sentences say NAME for the receiver, whom all others call DEST. Official text keeps
    them, and there this reading fails; clean text puts their names right.
    """
    readable = {_exchange(one) if EXCHANGED.search(one) else one for one in sentences()}
    return [_pattern(_any_case(one.rstrip(".,?!"))) for one in sorted(readable | {GERUND})]


def _exchange(sentence: str) -> str:
    return re.sub("NAME|DEST", lambda who: "DEST" if who[0] == "NAME" else "NAME", sentence)


def _any_case(sentence: str) -> str:
    """The escaped sentence whose first word may have any letter case."""
    word, _, rest = sentence.partition(" ")
    free = re.escape(word)
    if not re.search("NAME|DEST", word):
        free = f"(?i:{free})"
    return free + re.escape(" " + rest)


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(re.sub("NAME|DEST", lambda who: f"(?P<{who[0]}>{_person()})", sentence))


@cache
def _person() -> str:
    """A pattern of first names: those of two words that the pages use, or any one word."""
    source = (miniwob_html() / "common" / "ui_utils.js").read_text("utf-8")
    people = re.search(r"ui_utils\.PEOPLE_NAMES = (\[.*?\])", source, re.DOTALL)
    names: list[str] = orjson.loads(people[1]) if people else []
    double = [re.escape(one) for one in names if " " in one]
    return f"(?:{'|'.join([*double, '[A-Z][A-Za-z-]*'])})"


def _sender(area: Element) -> str:
    """Whose mail it is, of a line in the list or of the open mail."""
    found = _part(area, "email-sender")
    return found.text if found else ""


def _part(area: Element | None, name: str) -> Element | None:
    """The element with the class `name` in `area`."""
    inside = area.descendants() if area else iter(())
    return next((one for one in inside if name in one.classes), None)


CLAUSES = (read_forward,)
