"""The goal of search-engine: search, turn to the right page of results, click one."""

from __future__ import annotations

from dataclasses import dataclass

from miniwob_tasks.experts.goal import Moment, Status, clause, pick, press, suffix
from miniwob_tasks.experts.page import Element, Page, within
from webagent import actions
from webagent.actions import Action

PER_PAGE = 3


@dataclass(frozen=True, slots=True)
class Result:
    """Click the `place`-th result (from 1) for `query`.

    The page reads the text field whenever it shows results, so the status is marked only
    while those on the page are really the results for `query`.
    """

    query: str
    place: int
    number: int = 0

    def after(self, status: Status, moment: Moment, earlier: bool) -> Status:
        page = moment.page
        if any(moment.hit(one) for one in [self._button(page), *self._turners(page)]):
            field = self._field(page)
            return Status(mark="found" if field and self._fits(field) else "")
        titles = self._titles(page)
        if any(moment.hit(one) for one in titles):
            return Status(moment.hit(self._target(page)) and earlier, status.mark)
        return status

    def done(self, status: Status, page: Page) -> bool:
        return status.done

    def next(self, page: Page, status: Status) -> Action | None:
        field = self._field(page)
        if field is None or field.ref is None:
            return None
        if not self._fits(field):
            return actions.type(field.ref, self.query)
        if not status.mark or not self._titles(page):
            return press(self._button(page))
        if target := self._target(page):
            return press(target)
        wanted = str((self.place - 1) // PER_PAGE + 1)
        return press(next((one for one in self._turners(page) if one.text == wanted), None))

    def _fits(self, field: Element) -> bool:
        return field.value.lower() == self.query.lower()

    def _target(self, page: Page) -> Element | None:
        """The wanted result, if the page of results that holds it is open."""
        sheet, row = divmod(self.place - 1, PER_PAGE)
        titles = self._titles(page)
        active = [one.text for one in self._items(page) if "active" in one.classes]
        return titles[row] if active == [str(sheet + 1)] and row < len(titles) else None

    def _field(self, page: Page) -> Element | None:
        return page.first(lambda one: one.id == f"search-text{suffix(self.number)}")

    def _button(self, page: Page) -> Element | None:
        buttons = page.where(lambda one: one.tag == "button" and one.id.startswith("search"))
        return pick(buttons, self.number)

    def _titles(self, page: Page) -> list[Element]:
        sheet = page.first(lambda one: one.id == f"page-content{suffix(self.number)}")
        return within(sheet, page.where(lambda one: "search-title" in one.classes))

    def _turners(self, page: Page) -> list[Element]:
        return [one for item in self._items(page) for one in item.children if one.tag == "a"]

    def _items(self, page: Page) -> list[Element]:
        pages = page.first(lambda one: one.id == f"pagination{suffix(self.number)}")
        return within(pages, page.where(lambda one: "page-item" in one.classes))


CLAUSES = (
    clause(
        r'us(?:e|ing) the textbox to enter "(?P<query>[^"]*)" and press(?:ing)? "Search",'
        r" then find(?:ing)? and click(?:ing)? the (?P<place>\d+)(?:st|nd|rd|th) search result",
        lambda found: Result(found["query"], int(found["place"])),
    ),
)
