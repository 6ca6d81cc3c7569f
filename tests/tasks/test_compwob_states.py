"""CompWoB: what each page takes for right, in which order, and when it ends."""

from __future__ import annotations

import re

from compwob_game import OFFICIAL, Game, make

from webagent import actions
from webagent.browser.session import Session
from webagent.tasks.protocol import Variant


def test_last_click_wins_and_the_dialog_closes_the_episode(browser: Session) -> None:
    game = Game(browser, make(3))
    game.close()
    assert game.result == -1 and game.rights == [False, True]

    game = Game(browser, make(10))
    game.link(right=True)
    game.link(right=False)
    assert game.result is None and game.rights == [False, False]
    game.link()
    game.close()
    assert game.result == 1 and game.verdict.success and game.ordered


def test_strict_sequence_is_lost_by_any_other_press(browser: Session) -> None:
    for presses in (["subbtn2"], ["subbtn1", "subbtn1"], ["subbtn1", "subbtn2", "subbtn2"]):
        game = Game(browser, make(6))
        for name in [*presses, "subbtn1", "subbtn2"]:
            game.press(name)
        game.tick()
        game.press("subbtn")
        assert game.result == -1 and game.rights == [False, True]
    game = Game(browser, make(6))
    game.tick()
    game.sequence()
    game.press("subbtn")
    assert game.result == 1


def test_toggled_sequence_can_be_mended(browser: Session) -> None:
    game = Game(browser, make(42), 3)
    game.type(
        "tags",
        game.asked('starts with "(.*?)"')
        + (re.search('ends with "(.*?)"', game.instruction) or ["", ""])[1],
    )
    game.press("subbtn2")
    assert game.rights == [False, False]
    game.sequence()
    game.press("subbtn2")
    game.press("subbtn")
    assert game.result == 1 and not game.ordered


def test_order_is_a_fact_and_not_part_of_the_reward(browser: Session) -> None:
    for link_first in (True, False):
        game = Game(browser, make(28))
        for part in (game.link, game.button) if link_first else (game.button, game.link):
            part()
        game.close()
        assert (game.result, game.ordered) == (1, link_first)


def test_typing_before_an_earlier_part_is_out_of_order(browser: Session) -> None:
    for option_first in (True, False):
        game = Game(browser, make(14))
        for part in (game.choose, game.login) if option_first else (game.login, game.choose):
            part()
        game.press("subbtn")
        assert (game.result, game.ordered) == (1, option_first)


def test_widgets_listen_only_after_the_first_submit(browser: Session) -> None:
    game = Game(browser, make(23))
    game.tick()
    game.widget()
    assert game.rights == [False, False, False]
    game.press("subbtn")
    game.widget(right=False)
    game.widget()
    game.sequence()
    assert game.result == 1 and game.ordered

    game = Game(browser, make(27))
    game.widget()
    game.close()
    assert game.result is None
    game.tick()
    game.press("subbtn")
    game.widget()
    assert game.result == 1


def test_parts_that_are_required_come_first(browser: Session) -> None:
    game = Game(browser, make(24))
    game.tick()
    game.press("subbtn1")  # before Submit: lost
    game.press("subbtn0")
    game.press("subbtn2")
    game.password()
    game.press("subbtn3")
    assert game.result == -1 and game.rights == [True, False, True]

    game = Game(browser, make(26))
    game.sequence()
    game.close()
    assert game.rights[:2] == [True, False]

    game = Game(browser, make(27))
    game.tick()
    game.press("subbtn")
    game.close()
    game.widget()
    assert game.result == -1 and game.rights == [True, False, True]

    game = Game(browser, make(31))
    game.tick()
    game.press("subbtn")
    game.link()
    game.button()
    assert game.rights == [True, True, False, False]
    game.press("subbtn")
    game.close()
    assert game.result == 1


def test_eight_parts(browser: Session) -> None:
    game = Game(browser, make(35), 2)
    for part in (game.sequence, game.widget, game.link, game.button, game.tick):
        part()
    text = game.asked(r"select (\w+) and click")
    game.click(rf'[^>]*type="radio"[^>]*>{text}</label>')
    game.press("subbtn")
    game.close()
    game.login()
    game.press("subbtn3")
    assert game.result == 1 and game.ordered and all(game.rights)

    game = Game(browser, make(35), 2)
    game.close()
    assert game.rights[6] is False and "ui-dialog" not in game.html


def test_fields_are_recorded_at_their_own_submit(browser: Session) -> None:
    game = Game(browser, make(19))
    game.login(right=False)
    game.press("subbtn")
    assert game.result is None and game.rights[0] is False
    game.login()
    assert game.rights[0] is False
    game.press("subbtn")
    assert game.rights[0] is True


def test_silent_and_fatal_transitions(browser: Session) -> None:
    game = Game(browser, make(37))
    assert 'id="username"' not in game.html
    game.press("subbtn1")
    assert game.result is None and 'id="username"' in game.html and 'id="boxes"' not in game.html
    game.login()
    game.press("subbtn2")
    assert game.result == -1

    game = Game(browser, make(37))
    game.choose()
    game.press("subbtn1")
    game.login()
    game.press("subbtn2")
    assert game.result == 1

    game = Game(browser, make(40))
    game.press("subbtn")
    assert game.result == -1


def test_official_text_keeps_the_lenient_boxes_and_reports_the_truth(browser: Session) -> None:
    for variant in (OFFICIAL, Variant()):
        seed = next(
            s
            for s in range(40)
            if re.match(
                r"select \w+, search", Game(browser, make(36, False, variant), s).instruction, re.I
            )
            and not Game(browser, make(36, False, variant), s).instruction.startswith(
                "Select nothing"
            )
        )
        game = Game(browser, make(36, False, variant), seed)
        genre, director, year = re.search(
            r"for (\w+) movies directed by (\w+) from year (\d+)", game.instruction
        ).groups()
        order = re.findall(r"(Genre|Director|Year|Released)", game.html)
        said = {"Genre": genre, "Director": director, "Year": year, "Released": year}
        for ref, name in zip(game.refs(' type="text"'), order, strict=True):
            game.do(actions.type(ref, said[name]))
        game.click("[^>]*>(?:Submit|Search|Go!)<")
        first = game.verdict.facts["parts"][0]
        assert game.result is None and 'class="email-thread"' in game.html
        assert first["right"] is (variant is OFFICIAL)
        assert first.get("exact") is (False if variant is OFFICIAL else None)


def test_dialog_with_buttons_stays_open(browser: Session) -> None:
    seed = next(
        s for s in range(20) if Game(browser, make(46), s).asked('labeled "(.*?)"') == "Cancel"
    )
    game = Game(browser, make(46), seed)
    game.click("[^>]*>OK</button>")
    assert game.rights == [False, False]
    game.click("[^>]*>Cancel</button>")
    assert game.rights == [True, False] and "ui-dialog" in game.html
    game.widget()
    assert game.result == 1


def test_popup_blocks_the_form_and_its_ok_ends_the_episode(browser: Session) -> None:
    for button, result in (("popup-ok", -1), ("popup-cancel", None)):
        for seed in range(30):
            game = Game(browser, make(47), seed)
            game.press("username")
            if 'id="popup"' in game.html:
                break
        assert 'id="username" type="text" disabled' in game.html
        game.press(button)
        assert game.result == result and ('id="popup"' in game.html) is (result == -1)
