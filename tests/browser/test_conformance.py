"""What every backend must do, in both action modes."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Iterator

import pytest

from tests.conftest import PAGES
from webagent import actions
from webagent.actions import Action
from webagent.browser.protocol import Mode, Page
from webagent.browser.session import Session, open_browser
from webagent.errors import BrowserError
from webagent.tasks.protocol import Start

BACKENDS = ["cdp", "playwright", pytest.param("selenium", marks=pytest.mark.slow)]


def start(seed: int = 1, screenshots: bool = False, page: str = "controls") -> Start:
    return Start(
        f"/pages/{page}.html",
        {"/pages/": PAGES},
        begin=f"begin({seed})",
        probe="log",
        window=(320, 400),
        area=(300, 400),
        screenshots=screenshots,
    )


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    if request.param == "playwright":
        request.getfixturevalue("playwright")
    if request.param == "selenium":
        pytest.importorskip("selenium")
        if not shutil.which("chromedriver"):
            pytest.skip("There is no chromedriver here.")
    return request.param


@pytest.fixture(scope="module", params=list(Mode))
def session(request: pytest.FixtureRequest, backend: str) -> Iterator[Session]:
    with open_browser(slots=2, mode=request.param, backend=backend, timeout=3) as opened:
        yield opened


@pytest.fixture
def page(session: Session) -> Page:
    return ok(session.reset({0: start()})[0])


def ok(page: Page | BrowserError) -> Page:
    assert isinstance(page, Page), page
    return page


def ref(page: Page, element_id: str) -> int:
    found = re.search(rf'<\w+ ref="(\d+)" id="{element_id}"', page.observation.html)
    assert found, f"{element_id} has no ref in {page.observation.html}"
    return int(found[1])


def do(session: Session, action: Action) -> Page:
    return ok(session.step({0: action})[0])


def tag(page: Page, element_id: str) -> str:
    return re.search(rf'<[^<]* id="{element_id}"[^>]*>[^<]*', page.observation.html)[0]


def test_observation_shows_what_is_visible(page: Page):
    html = page.observation.html
    assert "Press &amp; hold</button>" in html
    assert 'value="old"' in tag(page, "text")
    assert "first line" in tag(page, "area")
    assert " disabled" in tag(page, "disabled")
    assert "Hidden" not in html and "script" not in html
    assert "<option selected>May</option>" in html
    assert set(page.observation.boxes) == {int(r) for r in re.findall(r' ref="(\d+)"', html)}
    box = page.observation.boxes[ref(page, "covered")]
    assert (box.x, box.y, box.width, box.height) == (200, 10, 60, 30)
    assert page.observation.error is None


def test_click(session: Session, page: Page):
    after = do(session, actions.click(ref(page, "button")))
    assert after.probe == ["button"]
    assert after.observation.error is None


def test_click_scrolls_to_what_is_far_below(session: Session, page: Page):
    assert do(session, actions.click(ref(page, "far"))).probe == ["far"]


def test_click_ticks_and_untick_shows(session: Session, page: Page):
    check = actions.click(ref(page, "check"))
    assert " checked" in tag(do(session, check), "check")
    after = do(session, check)
    assert " checked" not in tag(after, "check")
    assert after.probe == ["check true", "check false"]


def test_click_on_svg(session: Session, page: Page):
    assert do(session, actions.click(ref(page, "dot"))).probe == ["dot"]


def test_covered_element(session: Session, page: Page):
    after = do(session, actions.click(ref(page, "covered")))
    if session.mode is Mode.ELEMENT:
        assert after.probe == ["covered"]
        assert after.observation.error is None
    else:
        assert after.probe == ["cover"]
        assert str(ref(page, "cover")) in after.observation.error


def test_partly_covered_element_is_clicked_where_it_shows(session: Session, page: Page):
    after = do(session, actions.click(ref(page, "peeking")))
    assert after.probe == ["peeking"]
    assert after.observation.error is None


def test_type_replaces_with_real_keys(session: Session, page: Page):
    after = do(session, actions.type(ref(page, "text"), 'Zoé "1"'))
    assert 'value="Zoé &quot;1&quot;"' in tag(after, "text")
    assert " focused" in tag(after, "text")
    assert after.probe.count("keyup") >= 6
    assert "value=" not in tag(do(session, actions.type(ref(page, "text"), "")), "text")


def test_typing_that_nobody_hears_still_changes_the_field(session: Session, page: Page):
    typed = do(session, actions.type(ref(page, "password"), "s3cret ☃"))
    assert 'value="s3cret ☃"' in tag(typed, "password")
    assert "changed" not in typed.probe
    after = do(session, actions.click(ref(page, "button")))
    clicked_first = session.mode is Mode.ELEMENT  # and the focus follows
    assert after.probe[-2:] == (["button", "changed"] if clicked_first else ["changed", "button"])


def test_type_into_password_textarea_and_date(session: Session, page: Page):
    do(session, actions.type(ref(page, "password"), "s3cret"))
    do(session, actions.type(ref(page, "area"), "two\nlines"))
    after = do(session, actions.type(ref(page, "date"), "2015-03-04"))
    assert 'value="s3cret"' in tag(after, "password")
    assert "two\nlines" in tag(after, "area")
    assert 'value="2015-03-04"' in tag(after, "date")
    assert "date 2015-03-04" in after.probe


def test_select_and_list_box(session: Session, page: Page):
    after = do(session, actions.select(ref(page, "month"), "june"))
    assert "<option selected>June</option>" in after.observation.html
    assert after.probe == ["month June"]
    two = int(re.search(r'<option ref="(\d+)">two', after.observation.html)[1])
    assert "selected>two" in do(session, actions.click(two)).observation.html


def test_press(session: Session, page: Page):
    do(session, actions.type(ref(page, "text"), "abc"))
    do(session, actions.press("Control+a"))
    after = do(session, actions.press("x"))
    assert 'value="x"' in tag(after, "text")
    assert " focused" not in tag(do(session, actions.press("Tab")), "text")


def test_scroll(session: Session, page: Page):
    scroller = int(re.search(r'ref="(\d+)">b<', page.observation.html)[1])
    before = page.observation.boxes[scroller].y
    after = do(session, actions.scroll(scroller, 20))
    assert after.observation.boxes[scroller].y == before - 20
    do(session, actions.scroll(scroller, -999))
    assert "Nothing scrolled" in do(session, actions.scroll(scroller, -1)).observation.error


def test_hover_and_drag_and_click_at(session: Session, page: Page):
    assert "over" in do(session, actions.hover(ref(page, "spot"))).probe
    after = do(session, actions.drag(ref(page, "source"), ref(page, "target")))
    assert after.probe[-2:] == ["down", "up"]
    x, y = page.observation.boxes[ref(page, "cover")].center
    assert do(session, actions.click_at(int(x), int(y))).probe[-1] == "cover"


def test_the_mouse_goes_where_it_is_told(session: Session, page: Page):
    (x, y), (to_x, to_y) = (
        page.observation.boxes[ref(page, name)].center for name in ("source", "target")
    )
    after = do(session, actions.drag_at(int(x), int(y), int(to_x), int(to_y)))
    assert after.probe[-2:] == ["down", "up"]
    spot = page.observation.boxes[ref(page, "spot")]  # of two lines, the first on the right
    for _ in range(2):
        do(session, actions.hover_at(1, 1))
        after = do(session, actions.hover_at(int(spot.x + spot.width) - 4, int(spot.y) + 4))
    assert after.probe.count("over") == 2


@pytest.mark.parametrize(
    ("element", "make", "says"),
    [
        ("disabled", actions.click, "disabled"),
        ("button", lambda r: actions.type(r, "x"), "takes no text"),
        ("check", lambda r: actions.type(r, "x"), "checkbox"),
        ("month", lambda r: actions.type(r, "x"), "select("),
        ("month", lambda r: actions.select(r, "July"), '"May", "June"'),
        ("text", lambda r: actions.select(r, "July"), "not a list"),
        ("readonly", lambda r: actions.type(r, "x"), "read-only"),
        ("shy", lambda r: actions.type(r, "x"), "disabled when it got the focus"),
        ("date", lambda r: actions.type(r, "soon"), "YYYY-MM-DD"),
        ("button", lambda r: actions.click(r + 1000), "no element"),
        ("button", lambda r: actions.click_at(5000, r), "outside"),
        ("button", lambda r: actions.hover_at(r, -1), "outside"),
        ("button", lambda r: actions.drag_at(r, 5, 5000, 5), "outside"),
        ("button", lambda r: actions.goto("http://127.0.0.1/"), "live sites only"),
    ],
)
def test_bad_actions_are_explained(session: Session, page: Page, element, make, says):
    after = do(session, make(ref(page, element)))
    assert says in after.observation.error
    assert "button" not in after.probe


@pytest.mark.parametrize(
    "action",
    [
        Action("fly"),
        Action("click"),
        Action("click", ("three",)),
        Action("press", ("Ctrl+a",)),
        Action("type", (1, 5)),
        Action("invalid", ("click 3",)),
    ],
)
def test_impossible_actions_are_answered(session: Session, page: Page, action: Action):
    after = do(session, action)
    assert after.observation.error
    assert after.probe == []


def test_text_that_is_no_unicode(session: Session, page: Page):
    pair = actions.type(ref(page, "text"), "\ud83d\ude00 \ud83d")
    after = do(session, pair)
    assert 'value="\U0001f600 \ufffd"' in tag(after, "text")
    half = dataclasses.replace(start(), begin="begin(1); log.push('a\\ud83d')")
    assert ok(session.reset({0: half})[0]).probe == ["a\ufffd"]


def test_hidden_element_refuses(session: Session, page: Page):
    button = ref(page, "button")
    do(session, actions.click(ref(page, "hider")))
    after = do(session, actions.click(button))
    assert "hidden" in after.observation.error


def test_clock_moves_with_actions_alone(session: Session, page: Page):
    texts = []
    for _ in range(2):
        page = ok(session.reset({0: start()})[0])
        texts.append(tag(do(session, actions.click(ref(page, "timer"))), "late"))
    assert "arrived at" in texts[0]
    assert texts[0] == texts[1]


def test_dialogs_and_forms_do_not_leave_the_task(session: Session, page: Page):
    assert do(session, actions.click(ref(page, "alert"))).probe == ["alerted"]
    do(session, actions.type(ref(page, "query"), "x\n"))
    after = do(session, actions.click(ref(page, "leave")))
    assert after.observation.url.endswith("controls.html")
    assert after.probe == ["alerted"]


def test_screenshot_has_the_exact_size_and_colours(session: Session):
    page = ok(session.reset({0: start(screenshots=True)})[0])
    picture = page.observation.screenshot
    assert picture.shape == (400, 300, 3)
    x, y = page.observation.boxes[ref(page, "source")].center
    assert tuple(picture[int(y) + 12, int(x) + 12]) == (0xAA, 0xAA, 0xFF)


def test_slots_are_apart_and_reused_slots_are_like_fresh_ones(session: Session):
    pages = session.reset({0: start(1), 1: start(2)})
    first, second = ok(pages[0]), ok(pages[1])
    assert "seed 1" in first.observation.html and "seed 2" in second.observation.html
    do(session, actions.type(ref(first, "text"), "changed"))
    assert ok(session.reset({0: start(1)})[0]) == first


def test_hung_page_is_an_error_and_the_slot_recovers(session: Session, page: Page):
    loop = actions.click(ref(page, "loop"))
    other = ok(session.reset({1: start()})[1])
    pages = session.step({0: loop, 1: actions.click(ref(other, "button"))})
    assert isinstance(pages[0], BrowserError)
    assert ok(pages[1]).probe == ["button"]
    assert ok(session.reset({0: start()})[0]) == page
