"""choose-date: a calendar that shows one month at a time."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Mapping
from datetime import date, datetime

from miniwob_tasks.experts.form import button, find, first, named
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import Page, read
from miniwob_tasks.experts.single import Expert
from webagent.actions import Action
from webagent.actions import press as press_key
from webagent.types import Context, Decision

FORMAT = "%m/%d/%Y"
FIELD = "datepicker"


def choose_date(context: Context) -> Decision:
    wanted = find(r"Select (\S+) as the date and hit submit\.", context.instruction)[1]
    page = read(context.observation.html)
    return first(pick_date(page, wanted), press(button(page, "Submit")))


def pick_date(page: Page, wanted: str) -> Action | None:
    """The next action towards `wanted` (MM/DD/YYYY) in the date field, None if it is there."""
    field = named(page, FIELD)
    if field is None or field.value == wanted:
        return None
    shown = _shown_month(page)
    if shown is None:  # a calendar opens when its field gets the focus
        return press_key("Control+Home") if "focused" in field.attrs else press(field)
    day = datetime.strptime(wanted, FORMAT).date()
    if shown == day.replace(day=1):
        return press(page.first(lambda one: one.tag == "a" and one.text == str(day.day)))
    arrow = "ui-datepicker-next" if shown < day else "ui-datepicker-prev"
    return press(page.first(lambda one: arrow in one.classes))


def _shown_month(page: Page) -> date | None:
    """The first day of the month that the open calendar shows."""
    month = page.first(lambda one: "ui-datepicker-month" in one.classes)
    year = page.first(lambda one: "ui-datepicker-year" in one.classes)
    if month is None or year is None:
        return None
    return date(int(year.text), list(month_name).index(month.text), 1)


PAGES: Mapping[str, Expert] = {
    "choose-date": choose_date,
    "choose-date-easy": choose_date,
    "choose-date-medium": choose_date,
    "choose-date-nodelay": choose_date,
}
