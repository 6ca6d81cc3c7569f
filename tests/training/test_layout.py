"""Pages of single tasks, laid beside each other."""

from __future__ import annotations

import pytest

from webagent import actions
from webagent.actions import Action
from webagent.training.layout import Area, lay, left, split

PAGE = '<div id="wrap"><div{0} id="area"{1}>{2}</div></div>{3}'


def test_a_page_is_split_into_its_area_and_what_floats_over_it() -> None:
    dialog = '<div role="dialog">c</div>'
    html = PAGE.format(' ref="1"', ' class="tabs"', "<div>a</div>b", dialog)
    assert split(html) == Area(' ref="1" class="tabs"', "<div>a</div>b", dialog)
    assert split("<p>plain</p>") == Area("", "<p>plain</p>", "")


def test_pages_are_laid_beside_each_other() -> None:
    tabs, text = Area(' class="tabs"', "<p>a</p>", "<i>o</i>"), Area(' ref="7"', "words", "<b></b>")
    assert lay([tabs, text]) == PAGE.format(
        ' ref="7"', "", '<div class="tabs"><p>a</p></div>words', "<i>o</i><b></b>"
    )


CLOSE = '<div><button ref="3" class="ui-dialog-titlebar-close">x</button><b ref="4">y</b></div>'


@pytest.mark.parametrize(
    ("content", "over", "action", "wanted"),
    [
        ('<button ref="1">a</button><input ref="2" focused placeholder="p">', "", actions.click(1),
         '<button ref="1" focused>a</button><input ref="2" placeholder="p">'),
        ('<input ref="2" placeholder="p">', "", actions.click(2),
         '<input ref="2" focused placeholder="p">'),
        ('<input ref="1" type="checkbox"><input ref="2" type="checkbox" checked>', "",
         actions.click(1),
         '<input ref="1" type="checkbox" checked focused><input ref="2" type="checkbox" checked>'),
        ('<input ref="1" type="checkbox" checked focused>', "", actions.click(1),
         '<input ref="1" type="checkbox" focused>'),
        ('<input ref="1" type="radio"><input ref="2" type="radio" checked>', "", actions.click(1),
         '<input ref="1" type="radio" checked focused><input ref="2" type="radio">'),
        ('<span ref="1">a</span>', "", actions.click(1), '<span ref="1">a</span>'),
        ('<input ref="1">', "", actions.type(1, "a"), '<input ref="1">'),
        ("a", CLOSE, actions.click(3), "a"),
        ("a", '<ul><li ref="3">b</li></ul>', actions.click(3), "a"),
    ],
)  # fmt: skip
def test_what_a_last_click_leaves(content: str, over: str, action: Action, wanted: str) -> None:
    assert left(PAGE.format("", "", content, over), action) == PAGE.format("", "", wanted, "")


def test_a_dialog_stays_open_unless_it_is_closed() -> None:
    page = PAGE.format("", "", "a", CLOSE)
    assert left(page, actions.click(4)) == page
