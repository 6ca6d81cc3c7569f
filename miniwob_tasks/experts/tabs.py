"""The goal of click-tab-2-hard: a link that may be on another tab."""

from __future__ import annotations

from dataclasses import dataclass

from miniwob_tasks.experts.goal import Moment, Status, clause, press, suffix
from miniwob_tasks.experts.page import Element, Page
from webagent.actions import Action


@dataclass(frozen=True, slots=True)
class TabLink:
    """Click the link `word`. The status marks the tabs that were open so far."""

    word: str
    number: int = 0

    def after(self, status: Status, moment: Moment, earlier: bool) -> Status:
        links = [one for one in self._links(moment.page) if moment.hit(one)]
        done = any(one.text == self.word for one in links) and earlier if links else status.done
        seen = set(status.mark.split()) | self._open(moment.page)
        return Status(done, " ".join(sorted(seen)))

    def done(self, status: Status, page: Page) -> bool:
        return status.done

    def next(self, page: Page, status: Status) -> Action | None:
        link = next((one for one in self._links(page) if one.text == self.word), None)
        if link:
            return press(link)
        seen = set(status.mark.split()) | self._open(page)
        tabs = page.where(lambda one: one.attrs.get("href", "").startswith(f"#{self._prefix}"))
        return press(next((one for one in tabs if one.attrs["href"][1:] not in seen), None))

    @property
    def _prefix(self) -> str:
        return f"tabs{suffix(self.number)}-"

    def _links(self, page: Page) -> list[Element]:
        links = page.where(lambda one: "alink" in one.classes)
        return [one for one in links if one.inside(lambda node: node.id.startswith(self._prefix))]

    def _open(self, page: Page) -> set[str]:
        return {one.id for one in page.elements if one.id.startswith(self._prefix)}


CLAUSES = (
    clause(
        r'switch(?:ing)? between the tabs to find and click(?:ing)? on the link "(?P<word>[^"]*)"',
        lambda found: TabLink(found["word"]),
    ),
)
