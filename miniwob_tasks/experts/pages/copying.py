"""copy-paste: the text of an area goes into a field, to the last space."""

from __future__ import annotations

from collections.abc import Mapping

from miniwob_tasks.experts.form import button, fill, find, first, named
from miniwob_tasks.experts.goal import press
from miniwob_tasks.experts.page import read
from miniwob_tasks.experts.single import Expert
from webagent.types import Context, Decision


def copy_paste(context: Context) -> Decision:
    return _copy(context, 1)


def copy_paste_2(context: Context) -> Decision:
    return _copy(
        context, int(find(r"Copy the text from the (\d)\w+ text area .*", context.instruction)[1])
    )


def _copy(context: Context, number: int) -> Decision:
    page = read(context.observation.html)
    area = page.where(lambda one: one.tag == "textarea")[number - 1]
    text = "".join(one for one in area.content if isinstance(one, str))
    return first(fill(named(page, "answer-input"), text), press(button(page, "Submit")))


PAGES: Mapping[str, Expert] = {"copy-paste": copy_paste, "copy-paste-2": copy_paste_2}
