"""The tree that experts read out of an observation."""

from hypothesis import given
from hypothesis import strategies as st

from miniwob_tasks.experts.page import read, within

HTML = (
    '<div id="area"><label ref="1"><input ref="2" id="ch0" type="checkbox" checked>Ab &amp; 3'
    '</label><p ref="3">One <span ref="4" class="alink x">two,</span>  three</p>'
    '<ul><li ref="5">a</li><li ref="6">b<ul><li ref="7">c</li></ul></li></ul></div>'
    '<div ref="8" role="dialog"><button ref="9" title="&quot;x&quot;">Close</button></div>'
    "<!-- 3 parts of this long page are left out -->"
)


def test_elements_come_in_page_order_with_their_attributes():
    page = read(HTML)
    assert [one.ref for one in page.elements if one.ref] == list(range(1, 10))
    assert page.at(2).checked and page.at(2).id == "ch0" and page.at(2).type == "checkbox"
    assert page.at(4).classes == {"alink", "x"}
    assert page.at(9).attrs["title"] == '"x"'
    assert page.at(99) is None and page.at(None) is None


def test_text_is_that_of_the_whole_element():
    page = read(HTML)
    assert page.at(1).text == "Ab & 3"
    assert page.at(3).text == "One two, three"
    assert page.at(6).text == "bc"


def test_nesting_follows_the_tags():
    page = read(HTML)
    assert page.at(7).parent.parent is page.at(6)
    assert page.at(2).parent is page.at(1)
    assert page.at(8).parent.parent is None
    assert [one.ref for one in within(page.at(6), page.elements)] == [6, None, 7]


@given(st.text())
def test_any_text_is_read(html):
    assert all(one.position == place for place, one in enumerate(read(html).elements))
