"""What the simplified HTML keeps, leaves out, and says it leaves out."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from tests.conftest import PAGES
from webagent import actions
from webagent.browser.protocol import Page
from webagent.browser.session import Session
from webagent.tasks.protocol import Start


def show(browser: Session, body: str, **options: object) -> Page:
    url = "data:text/html," + quote(f"<!DOCTYPE html><body>{body}")
    page = browser.reset({0: Start(url, window=(300, 200), **options)})[0]
    assert isinstance(page, Page), page
    return page


def html(browser: Session, body: str, **options: object) -> str:
    return show(browser, body, **options).observation.html


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("<p>Some  <b>bold</b>\n text</p>", '<p ref="1">Some <b ref="2">bold</b> text</p>'),
        ("<div><div><i>x</i></div></div>", '<i ref="1">x</i>'),
        ("<p>a<!-- b --><script>1</script><style>i{}</style></p>", '<p ref="1">a</p>'),
        ('<p style="visibility:hidden">a</p><p hidden>b</p>', ""),
        ('<p style="display:none">a</p><div style="height:0;width:0;overflow:hidden">b</div>', ""),
        ('<p title="&quot;<x>">a &lt; b</p>', '<p ref="1" title="&quot;&lt;x&gt;">a &lt; b</p>'),
        ("<ul><li>1<li>2</ul>", '<ul><li ref="1">1</li><li ref="2">2</li></ul>'),
        ('<div id="spacer" style="height:9px"></div>', ""),
        ('<div id="box" onclick="1" style="height:9px"></div>', '<div ref="1" id="box"></div>'),
        ('<i style="color:red">x</i>', '<i ref="1" style="color: red">x</i>'),
        ('<input type=checkbox checked>', '<input ref="1" type="checkbox" checked>'),
        ('<a href="/x?y=1">go</a>', '<a ref="1" href="/x?y=1">go</a>'),
        ('<img alt="a cat" width=9 height=9 src="data:,">', '<img ref="1" alt="a cat">'),
        ('<p class="ui-corner-all a ui-widget b">x</p>', '<p ref="1" class="a b">x</p>'),
    ],
)  # fmt: skip
def test_simplified(browser: Session, body: str, seen: str):
    assert html(browser, body) == seen


def test_ignored_nodes_are_left_out(browser: Session):
    assert html(browser, "<p id=q>no</p><p>yes</p>", ignore="#q, .x") == '<p ref="1">yes</p>'


def test_shadow_roots_are_shown(browser: Session):
    script = "host.attachShadow({mode: 'open'}).innerHTML = '<b>in</b>'"
    seen = html(browser, f"<div id=host></div><script>{script}</script>")
    assert seen == '<div id="host"><b ref="1">in</b></div>'


def test_passwords_are_hidden_on_live_pages_only(browser: Session):
    body = '<input type="password" value="s3cret">'
    assert 'value="s3cret"' in html(browser, body)
    fill = "document.querySelector('#password').value = 's3cret'"
    start = Start("/pages/live/index.html", {"/pages/": PAGES}, begin=fill, live=True)
    page = browser.reset({0: start})[0]
    assert isinstance(page, Page), page
    assert "s3cret" not in page.observation.html and "••••" in page.observation.html


def test_a_long_page_is_pruned_to_what_is_near_and_says_so(browser: Session):
    rows = "".join(f"<p>row {n}</p>" for n in range(3000))
    page = show(browser, rows)
    seen = re.findall(r"row (\d+)<", page.observation.html)
    assert seen == [str(n) for n in range(len(seen))]
    assert 5 < len(seen) < 100
    left = int(re.search(r"<!-- (\d+) parts of this long page", page.observation.html)[1])
    assert left + len(seen) == 3000
    scrolled = browser.step({0: actions.scroll(1, 20_000)})[0]
    assert "row 590<" in scrolled.observation.html
    assert "row 0<" not in scrolled.observation.html


def test_a_crowded_view_is_cut_at_the_limit_and_says_so(browser: Session):
    cells = "<b style='position:absolute;top:0'>x</b>" * 2500
    page = show(browser, cells)
    assert len(page.observation.boxes) == 2000
    assert "<!-- 500 parts" in page.observation.html


def test_long_text_is_cut_and_says_so(browser: Session):
    assert "x [6000 more characters]</p>" in html(browser, f"<p>{'x' * 10_000}</p>")


def test_refs_stay_with_their_elements(browser: Session):
    body = (
        "<button onclick=\"first.before(Object.assign(document.createElement('i'), "
        "{textContent: 'new'}))\">add</button><b id=first>one</b>"
    )
    page = show(browser, body)
    assert '<b ref="2" id="first">' in page.observation.html
    after = browser.step({0: actions.click(1)})[0].observation.html
    assert '<i ref="3">new</i><b ref="2" id="first">one</b>' in after


def test_a_page_that_scrolls_smoothly_has_scrolled_when_the_action_ends(browser: Session):
    rows = "".join(f"<p>row {n}</p>" for n in range(3000))
    show(browser, "<style>html { scroll-behavior: smooth; }</style>" + rows)
    scrolled = browser.step({0: actions.scroll(1, 20_000)})[0]
    assert scrolled.observation.error is None
    assert "row 590<" in scrolled.observation.html
