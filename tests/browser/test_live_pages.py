"""Live pages: what every backend that plays them must do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.conftest import PAGES
from webagent import actions
from webagent.actions import Action
from webagent.browser.protocol import Mode, Page
from webagent.browser.session import Session, open_browser
from webagent.errors import BrowserError
from webagent.tasks.protocol import Secret, Start

PASSWORD = "correct horse <1>"
HOME = Start(
    "/pages/live/index.html",
    {"/pages/": PAGES},
    probe="[said, document.title]",
    window=(800, 600),
    live=True,
)


@pytest.fixture(scope="module", params=["cdp", "playwright"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    if request.param == "playwright":
        request.getfixturevalue("playwright")
    with open_browser(2, Mode.POINTER, request.param, timeout=4) as opened:
        yield opened


@pytest.fixture
def page(session: Session) -> Page:
    return begin(session, HOME)


def begin(session: Session, start: Start) -> Page:
    page = session.reset({0: start})[0]
    assert isinstance(page, Page), page
    return page


def do(session: Session, action: Action) -> Page:
    page = session.step({0: action})[0]
    assert isinstance(page, Page), page
    return page


def ref(page: Page, name: str) -> int:
    found = re.search(rf'ref="(\d+)" id="{name}"', page.observation.html)
    assert found, page.observation.html
    return int(found[1])


def click(session: Session, page: Page, name: str) -> Page:
    return do(session, actions.click(ref(page, name)))


@pytest.mark.parametrize("how", ["link", "blank", "open", "send"])
def test_what_leads_to_a_page_leads_there_in_the_same_tab(session: Session, page: Page, how: str):
    after = click(session, page, how)
    assert after.observation.url.partition("?")[0].endswith("/next.html")
    assert re.match(r'<h1 ref="\d+">Next</h1>', after.observation.html)
    assert not after.observation.boxes.keys() & page.observation.boxes.keys()
    assert after.observation.error is None
    assert after.probe == [None, "Next"]


def test_goto_and_back(session: Session, page: Page):
    assert "no page to go back" in str(do(session, actions.back()).observation.error)
    there = do(session, actions.goto("next.html"))
    assert "Next" in there.observation.html and there.observation.error is None
    back = do(session, actions.back())
    assert back.observation.url == page.observation.url
    assert not there.observation.boxes.keys() & (
        page.observation.boxes.keys() | back.observation.boxes.keys()
    )
    assert not begin(session, HOME).observation.boxes.keys() - page.observation.boxes.keys()


def test_a_live_page_has_its_clock_frames_and_listeners(session: Session, page: Page):
    assert "a frame</p>" in page.observation.html
    assert ">clicked<" in click(session, page, "heard").observation.html
    assert "fetched" in click(session, page, "later").observation.html


def test_refs_stay_on_a_document(session: Session, page: Page):
    after = do(session, actions.type(ref(page, "name"), "anna"))
    assert 'value="anna"' in after.observation.html
    assert ref(after, "show") == ref(page, "show")


def test_addresses_elsewhere_are_refused_and_the_page_stays(session: Session, page: Page):
    after = click(session, page, "away")
    assert after.observation.url == page.observation.url
    assert "outside of the allowed domains (127.0.0.1:" in after.observation.error
    for url in ("http://elsewhere.localhost/", "file:///etc/passwd", "data:text/html,x"):
        refused = do(session, actions.goto(url)).observation
        assert refused.error and refused.url == page.observation.url


def test_dialogs_windows_and_downloads_are_told(session: Session, page: Page):
    asked = click(session, page, "ask").observation
    assert "'Sure?' and was answered Cancel" in asked.error and ">false<" in asked.html
    told = click(session, page, "tell").observation
    assert '<div role="alert">Well &lt;done&gt;</div>' in told.html and told.error is None
    assert "download" in click(session, page, "save").observation.error
    yes = begin(session, replace(HOME, confirm=True))
    assert ">true<" in click(session, yes, "ask").observation.html


def test_what_ends_an_episode_reaches_the_probe(session: Session, page: Page):
    assert page.probe == [None, "Shop"]
    assert do(session, actions.answer("42")).probe == [{"action": "answer", "text": "42"}, "Shop"]
    assert begin(session, HOME).probe == [None, "Shop"]
    assert do(session, actions.done()).probe == [{"action": "done"}, "Shop"]


def test_a_page_that_hangs_costs_the_attempt(session: Session, page: Page):
    other = session.reset({1: HOME})[1]
    assert isinstance(other, Page)
    pages = session.step(
        {0: actions.click(ref(page, "loop")), 1: actions.click(ref(other, "link"))}
    )
    assert isinstance(pages[0], BrowserError)
    assert "Next" in pages[1].observation.html
    assert "Shop" in begin(session, HOME).observation.html


def test_secrets_reach_the_page_and_nobody_else(session: Session):
    page = begin(session, replace(HOME, secrets={"PW": Secret(PASSWORD)}, screenshots=True))
    assert page.observation.screenshot is not None
    typed = do(session, actions.type(ref(page, "password"), "{{PW}}"))
    assert 'value="••••••••"' in typed.observation.html
    shown = click(session, typed, "show").observation
    assert ">{{PW}}<" in shown.html and shown.screenshot is None
    sent = click(session, typed, "send").observation
    assert sent.url.endswith("&password={{PW}}")
    assert "correct" not in shown.html + sent.url + sent.html


def test_a_secret_of_another_domain_is_not_typed(session: Session):
    page = begin(session, replace(HOME, secrets={"PW": Secret(PASSWORD, "example.org")}))
    after = do(session, actions.type(ref(page, "password"), "{{PW}}"))
    assert "not of the domain" in after.observation.error
    assert "value=" not in after.observation.html


def test_a_typed_password_is_hidden_where_the_page_shows_it(session: Session, page: Page):
    do(session, actions.type(ref(page, "password"), "open sesame"))
    shown = click(session, page, "show").observation.html
    assert "sesame" not in shown and "••••••••" in shown


def test_a_start_that_cannot_be_is_an_error(session: Session):
    for url in ("file:///etc/passwd", "http://127.0.0.1:9/"):
        assert isinstance(session.reset({0: Start(url, live=True)})[0], BrowserError)
    wrong = replace(HOME, allow=("http://x/",))
    assert "no domain" in str(session.reset({0: wrong})[0])


def test_live_and_task_pages_share_a_session(session: Session, page: Page):
    task = Start("/pages/controls.html", {"/pages/": PAGES}, begin="begin(1)", window=(320, 400))
    pages = session.reset({1: task})
    assert "seed 1" in pages[1].observation.html
    both = session.step({0: actions.goto("next.html"), 1: actions.goto("next.html")})
    assert "Next" in both[0].observation.html
    assert "live sites only" in both[1].observation.error
    assert "seed 1" in session.reset({0: task})[0].observation.html


def test_a_field_that_reveals_its_password_stays_hidden(session: Session):
    page = begin(session, replace(HOME, screenshots=True))
    typed = do(session, actions.type(ref(page, "password"), "open sesame"))
    assert typed.observation.screenshot is not None
    after = click(session, typed, "peek").observation
    field = re.search(r'<input[^>]* id="password"[^>]*>', after.html)
    assert field and 'type="password"' in field[0] and "sesame" not in after.html
    assert after.screenshot is None
