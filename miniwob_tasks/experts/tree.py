"""The goal of navigate-tree: find a file or folder in a collapsed tree."""

from __future__ import annotations

from dataclasses import dataclass

from miniwob_tasks.experts.goal import Moment, Status, clause, pick, press
from miniwob_tasks.experts.page import Element, Page, within
from webagent.actions import Action

NODE = frozenset({"folder", "file"})


@dataclass(frozen=True, slots=True)
class Find:
    """Click the node called `name`; open the folders one by one until it shows up."""

    name: str
    number: int = 0

    def after(self, status: Status, moment: Moment, earlier: bool) -> Status:
        nodes = self._nodes(moment.page)
        right = any(moment.hit(one) for one in nodes if one.text == self.name)
        return Status(earlier) if right else status

    def done(self, status: Status, page: Page) -> bool:
        return status.done

    def next(self, page: Page, status: Status) -> Action | None:
        nodes = self._nodes(page)
        named = [one for one in nodes if one.text == self.name]
        closed = [one for one in nodes if one.parent and "expandable" in one.parent.classes]
        return press(next(iter(named + closed), None))

    def _nodes(self, page: Page) -> list[Element]:
        trees = page.where(lambda one: "filetree" in one.classes)
        nodes = page.where(lambda one: one.tag == "span" and bool(one.classes & NODE))
        return within(pick(trees, self.number), nodes)


CLAUSES = (
    clause(
        r"navigat(?:e|ing) through the file tree\W+(?:and |then |to )*"
        r'find(?:ing)? and click(?:ing)? on the folder or file named "(?P<name>[^"]*)"',
        lambda found: Find(found["name"]),
    ),
)
