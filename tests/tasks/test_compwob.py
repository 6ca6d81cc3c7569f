"""CompWoB: the suite's structure, its instructions, and compositions of one's own."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from compwob_game import OFFICIAL, Game, make
from compwob_grammar import HEIGHTS, KINDS, TASKS, matches

from webagent import actions
from webagent.browser.protocol import Page
from webagent.browser.session import Session
from webagent.errors import TaskError
from webagent.tasks.composition import read_suite
from webagent.tasks.compwob import compose, suites, task
from webagent.tasks.protocol import Variant


def test_suites_hold_the_fifty_tasks_in_both_orders() -> None:
    names = ["_".join(KINDS[letter] for letter in letters) for letters in TASKS]
    transitions = range(35, 40)
    names = [n + "-transition" if i in transitions else n for i, n in enumerate(names)]
    assert suites()["compwob"] == [f"compwob.{name}" for name in names]
    assert suites()["compwob-reverse"] == [f"compwob-reverse.{name}" for name in names]
    assert len(set(names)) == 50


def test_parts_heights_groups_and_step_limits() -> None:
    made = [make(number) for number in range(1, 51)]
    assert [[KINDS[letter] for letter in one] for one in TASKS] == [
        list(one.labels["parts"]) for one in made
    ]
    assert [one.start(0).area for one in made] == [(160, height) for height in HEIGHTS]
    assert all(
        one.start(0).window == (500, max(240, h)) for one, h in zip(made, HEIGHTS, strict=True)
    )
    assert Counter(one.labels["group"] for one in made) == {
        "two-way": 20,
        "three-way": 10,
        "n-way": 5,
        "transition": 5,
        "easy-medium": 10,
    }
    assert make(35).step_limit == 80


def test_each_kind_occurs_as_often_as_published() -> None:
    counts = Counter(kind for number in range(1, 51) for kind in make(number).labels["parts"])
    assert sorted(counts.values(), reverse=True) == [
        15, 14, 14, 12, 11, 10, 9, 9, 7, 5, 5, 5, 3, 3, 2, 2, 2, 1, 1, 1, 1, 1,
    ]  # fmt: skip
    assert (counts["click-option"], counts["login-user"], counts["enter-text"]) == (15, 9, 2)


def test_foreign_ids_are_left_to_other_packages_and_wrong_ones_refused() -> None:
    assert task("miniwob.click-link") is None
    with pytest.raises(TaskError, match="no task 'click-nothing'"):
        task("compwob.click-nothing")
    with pytest.raises(TaskError, match="No part is called 'click-nothing'; there are click-b"):
        task("compose.click-link+click-nothing")


def test_suite_file_with_an_unknown_key_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "suite.toml"
    path.write_text(
        '[sizes]\n[[task]]\nname = "a"\ngroup = "two-way"\nwrap = 210\nquery = 44\n'
        'parts = [{ kind = "click-link", colour = "red" }]\n'
    )
    with pytest.raises(TaskError, match=r"task\.0\.parts\.0\.colour: Extra inputs"):
        read_suite(path)
    path.write_text(path.read_text().replace('colour = "red"', 'requires = ["click-button"]'))
    with pytest.raises(TaskError, match="'click-button' is not an earlier part"):
        read_suite(path)


@pytest.mark.parametrize("text", ["official", "clean"])
@pytest.mark.parametrize("reverse", [False, True], ids=["forward", "reverse"])
def test_instructions_follow_the_grammar(browser: Session, text: str, reverse: bool) -> None:
    official = text == "official"
    variant = OFFICIAL if official else Variant()
    wrong: list[str] = []
    for number in range(1, 51):
        made = make(number, reverse, variant)
        # Two seeds at once; the email tasks get more, for their many sentences.
        for seed in range(0, 24 if number in (36, 40) else 10, 2):
            pages = browser.reset({slot: made.start(seed + slot) for slot in (0, 1)})
            for page in pages.values():
                assert isinstance(page, Page), page
                said = made.judge(page.probe).instruction
                if not matches(said, number, reverse, official):
                    wrong.append(f"{number}: {said}")
    assert wrong == []


def test_clean_text_never_has_faults_of_the_official_one(browser: Session) -> None:
    for seed in range(8):
        said = [Game(browser, make(n, True), seed).instruction for n in (24, 26, 36, 40, 45, 47)]
        assert all(one.endswith(".") and "., after" not in one for one in said), said


def test_exchanged_names_are_put_right_in_the_clean_text(browser: Session) -> None:
    # Four of the five sentences; the fifth looks like a right one with other names.
    exchanged = (
        r"(Find yesterday's emails from|Forward all messages from|Send \S+ the message from"
        r"|Forward \S+'s email from yesterday)"
    )
    checked = 0
    for seed in range(160):
        said = Game(browser, make(40, False, OFFICIAL), seed).instruction.split(", and then ")[1]
        if not re.match(exchanged, said):
            continue
        clean = Game(browser, make(40), seed).instruction.split(", and then ")[1]
        names = [re.findall(r"\b[A-Z][\w-]+", one[1:]) for one in (said, clean)]
        assert names[0] == names[1][::-1], (said, clean)
        checked += 1
    assert checked


def test_passwords_are_exchanged_only_in_the_official_reverse_text(browser: Session) -> None:
    said = {
        (reverse, variant): Game(browser, make(30, reverse, variant), 4).instruction
        for reverse in (False, True)
        for variant in (OFFICIAL, Variant())
    }
    both, login = (
        {key: re.search(rf'password "(\w+)" into {where}', one)[1] for key, one in said.items()}
        for where in ("both", "the text")
    )
    assert len({both[k] for k in said if k != (True, OFFICIAL)}) == 1
    assert (both[True, OFFICIAL], login[True, OFFICIAL]) == (
        login[False, OFFICIAL],
        both[False, OFFICIAL],
    )


def test_own_composition_plays_and_records_every_part(browser: Session) -> None:
    made = compose(["navigate-tree", "enter-text", "click-link", "click-dialog"])
    assert made.id == "compose.navigate-tree+enter-text+click-link+click-dialog"
    game = Game(browser, made, 5)
    target = game.asked('file named "(.*?)"')
    for other in game.refs(' class="file">'):
        if f'ref="{other}" class="file">{target}<' not in game.html:
            game.do(actions.click(other))
            break
    assert game.result is None and game.rights[0] is False
    game.click(f' class="(?:file|folder)">{target}<')
    game.type("tt", game.asked('enter "(.*?)"'))
    game.press("subbtn")
    game.link()
    assert game.rights == [True, True, True, False]
    game.close()
    assert game.result == 1 and game.ordered


def test_same_part_twice_has_ids_of_its_own(browser: Session) -> None:
    made = compose(["login-user", "login-user", "click-option", "click-option"], "reverse")
    game = Game(browser, made)
    ids = re.findall(r' id="([^"]+)"', game.html)
    assert len(ids) == len(set(ids)) and {"username", "username2", "subbtn4"} <= set(ids)
    groups = set(re.findall(r'name="(radio\d*)"', game.html))
    assert groups == {"radio", "radio2"}


def test_enforced_order_pays_only_for_the_instructed_order(browser: Session) -> None:
    parts = ["click-link", "click-widget", "click-dialog"]
    for enforced, result in ((True, -1), (False, 1)):
        game = Game(browser, compose(parts, enforce_order=enforced))
        game.widget()
        game.link()
        game.close()
        assert game.result == result
    game = Game(browser, compose(parts, enforce_order=True))
    game.link()
    game.widget()
    game.close()
    assert game.result == 1


@pytest.mark.parametrize("layout", ["official", "open"])
def test_every_kind_alone_fits_its_page(browser: Session, layout: str) -> None:
    for kind in KINDS.values():
        made = compose([kind], variant=Variant(layout=layout))
        page = browser.reset({0: made.start(6)})[0]
        assert isinstance(page, Page), (kind, page)
        said = made.judge(page.probe).instruction
        assert said[0].isupper() and said.endswith("."), said
        height = made.start(6).area[1]
        low = max(box.y + box.height for box in page.observation.boxes.values())
        assert low <= height or kind.startswith("email"), (kind, low, height)


def test_open_layout_keeps_dialogs_in_the_flow(browser: Session) -> None:
    made = make(35, variant=Variant(layout="open"))
    page = browser.reset({0: made.start(2)})[0]
    assert isinstance(page, Page)
    html, boxes = page.observation.html, page.observation.boxes
    dialog = boxes[int(re.findall(r'ref="(\d+)" class="ui-dialog', html)[0])]
    fields = [boxes[int(ref)] for ref in re.findall(r'<(?:input|button) ref="(\d+)"', html)]
    inside = [f for f in fields if f.y < dialog.y + dialog.height and f.y + f.height > dialog.y]
    assert len(inside) == 1  # the x alone


def test_reused_page_equals_a_fresh_one(browser: Session) -> None:
    kinds = ["click-dialog", "use-autocomplete", "click-tab-2-hard", "search-engine"]
    for made in (make(47), make(50), make(15), make(40), compose([*kinds, *kinds])):
        start = made.start(11)
        fresh = browser.reset({0: replace(start, reload=True)})[0]
        other = Game(browser, compose(kinds), 3)
        other.type("tags", "Al")
        other.click(' class="alink">')
        again = browser.reset({0: start})[0]
        assert isinstance(fresh, Page) and isinstance(again, Page)
        assert again.observation.html == fresh.observation.html
        assert again.observation.boxes == fresh.observation.boxes
        assert again.probe == fresh.probe
