"""Demonstrations of base tasks put together into longer ones."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import numpy as np
import pytest

from webagent import actions
from webagent.actions import Action
from webagent.examples import model_input
from webagent.training.augment import augmented, compose, join, moved
from webagent.training.english import gerund, gerunds
from webagent.training.questions import Demonstration
from webagent.types import Box, Context, Decision, Observation, Step


def demonstration(name: str, instruction: str, *pages: tuple[str, Action]):
    made: list[tuple[Context, Decision]] = []
    history: tuple[Step, ...] = ()
    for inner, action in pages:
        seen = Observation(f'<div id="wrap"><div id="area">{inner}</div></div>')
        made.append((Context(f"miniwob.{name}", instruction, seen, history), Decision(action)))
        history += (Step(seen, Decision(action)),)
    return made


LINK = demonstration(
    "click-link", 'Click on the link "id".', ('<a ref="1">id</a>', actions.click(1))
)
FORM = demonstration(
    "enter-text",
    'Enter "Jo" into the text field and press Submit.',
    ('<input ref="1"><button ref="2" id="sub">Submit</button>', actions.type(1, "Jo")),
    (
        '<input ref="1" value="Jo" focused><button ref="2" id="sub">Submit</button>',
        actions.click(2),
    ),
)
TEST = demonstration(
    "click-test-2", "Click button ONE.", ('<button ref="1">ONE</button>', actions.click(1))
)


NOTHING = demonstration(
    "click-checkboxes-transfer",
    "Select nothing and click Submit.",
    ('<label ref="1"><b>x</b></label><button ref="2">Submit</button>', actions.click(2)),
)


def test_the_actions_of_all_parts_follow_one_another() -> None:
    for seed in range(50):
        made = compose([FORM, LINK], random.Random(seed))
        names = [decision.action.name for _, decision in made]
        assert names in (["type", "click", "click"], ["type", "click"])
        for context, decision in made:
            assert model_input(context).target(decision.action) is not None
        assert [str(s.decision.action) for s in made[-1][0].history] == [
            str(decision.action) for _, decision in made[:-1]
        ]


def test_of_a_distracted_one_only_the_first_part_is_asked_for() -> None:
    for seed in range(20):
        [(context, decision)] = compose([LINK, FORM], random.Random(seed), distracted=True)
        assert context.instruction == LINK[0][0].instruction
        assert "<input" in context.observation.html and ">id<" in context.observation.html
        assert decision.action.name == "click"


def test_refs_of_the_parts_do_not_meet() -> None:
    for seed in range(50):
        for context, _ in compose([FORM, LINK, FORM], random.Random(seed)):
            refs = re.findall(r' ref="(\d+)"', context.observation.html)
            assert len(refs) == len(set(refs))


def test_a_part_may_lose_its_submit_button_to_the_next() -> None:
    merged = [
        made
        for seed in range(50)
        if len(made := compose([FORM, LINK], random.Random(seed))) == 2
        and made[1][0].task == "composed.2"
    ]
    assert merged
    for made in merged:
        assert "Submit" not in made[0][0].observation.html + made[0][0].instruction


def test_a_part_that_asks_for_nothing_may_be_told_beside_others_and_is_told_often() -> None:
    parts = [compose([NOTHING, LINK], random.Random(seed)) for seed in range(50)]
    told = [one for one in parts if one[0][0].task == "composed.2" and len(one) == 1]
    assert told
    for [(context, decision)] in told:
        assert "elect" in context.instruction and "Submit" not in context.instruction
        assert "Submit" not in context.observation.html and "<b>x</b>" in context.observation.html
        assert decision.action.name == "click"
    stream = [NOTHING, *([LINK, TEST, FORM] * 9)] * 20
    with_nothing = [one for one in augmented(stream, 0) if "nothing" in one[0][0].instruction]
    assert len(with_nothing) > len(stream) / 10  # alike they would be in two of 28 parts


def test_every_draw_is_repeated_by_its_seed() -> None:
    stream = [LINK, TEST] * 20
    first = list(augmented(stream, seed=3, each=0.5))
    assert first == list(augmented(stream, seed=3, each=0.5))
    assert first != list(augmented(stream, seed=4, each=0.5))
    assert len(first) == pytest.approx(20, abs=5)


def test_what_has_the_parts_of_one_of_the_50_is_not_made() -> None:
    made = list(augmented([LINK, FORM, TEST] * 40, seed=1))
    said = [one[0][0].instruction.lower() for one in made]
    assert sum("link" in one and "button one" in one for one in said) > 10
    assert not any("link" in one and "text field" in one and "one" not in one for one in said)
    pages = [context.observation.html for one in made for context, _ in one if "1" in context.task]
    assert any(">ONE<" in page and "<input" in page for page in pages)
    assert not any(">id<" in page and "<input" in page for page in pages)


def test_instructions_are_joined_in_both_orders() -> None:
    said = {
        join([LINK[0][0].instruction, FORM[0][0].instruction], random.Random(n))[0]
        for n in range(20)
    }
    assert said == {
        'Click on the link "id", and then enter "Jo" into the text field and press Submit.',
        'Click on the link "id", then enter "Jo" into the text field and press Submit.',
        'Enter "Jo" into the text field and press Submit, after clicking on the link "id".',
    }
    assert join(["How many are there?"], random.Random(1)) == (
        "How many are there?", ["How many are there"],
    )  # fmt: skip


def test_what_is_no_command_can_be_told_first_but_not_become_a_gerund() -> None:
    asked, click = "Please find my mail.", "Click it."
    orders = {join([click, asked], random.Random(n))[0] for n in range(20)}
    assert "Please find my mail, after clicking it." in orders
    assert "Click it, and then please find my mail." in orders
    orders = {join([asked, "Ann's mail is due,"], random.Random(n))[0] for n in range(20)}
    assert orders == {
        "Please find my mail, and then Ann's mail is due.",
        "Please find my mail, then Ann's mail is due.",
    }


def test_each_part_is_named_by_its_clause_of_the_instruction() -> None:
    for seed in range(50):
        for context, decision in compose([FORM, LINK, FORM], random.Random(seed)):
            assert decision.note and decision.note in context.instruction


@pytest.mark.parametrize(
    ("verb", "form"),
    [("click", "clicking"), ("close", "closing"), ("hit", "hitting"), ("see", "seeing"),
     ("enter", "entering"), ("use", "using"), ("mark", "marking"), ("login", "logging in")],
)  # fmt: skip
def test_gerunds_of_verbs(verb: str, form: str) -> None:
    assert gerund(verb) == form


def test_gerunds_of_clauses_turn_their_commands() -> None:
    assert gerunds("Find it and click Submit") == "finding it and clicking Submit"
    assert gerunds("Select rock and roll") == "selecting rock and roll"
    assert gerunds("Go there. Find and click it") == "going there to find and clicking it"


def test_moved_actions() -> None:
    assert moved(actions.drag(1, 2), 10) == actions.drag(11, 12)
    assert moved(actions.type(1, "2"), 10) == actions.type(11, "2")
    assert moved(actions.press("Enter"), 10) == actions.press("Enter")


DIALOG = [
    (
        Context(
            "miniwob.click-dialog",
            "Close the dialog.",
            Observation('<div id="wrap"><div id="area"></div></div><div role="dialog">'
                        '<button ref="1" class="ui-dialog-titlebar-close">x</button></div>'),
        ),
        Decision(actions.click(1)),
    )
]  # fmt: skip


def test_a_form_that_is_done_stays_filled_and_a_dialog_that_is_closed_is_gone() -> None:
    for seed in range(50):
        made = compose([DIALOG, FORM, LINK], random.Random(seed))
        if made[0][0].task != "composed.3":
            continue
        last = made[-1][0].observation.html
        assert "dialog" not in last
        assert re.search(r'<input ref="2" value="\w\w"( focused)?>', last) or "<input" not in last
        assert last.count(" focused") <= 1


PLAIN = demonstration(
    "click-button",
    'Click on the "ok" button.',
    ('<button ref="1" id="b">ok</button>', actions.click(1)),
)


def test_what_was_clicked_last_keeps_the_focus_until_the_next_action() -> None:
    together = [
        made
        for seed in range(50)
        if len(made := compose([PLAIN, LINK], random.Random(seed))) == 2
        and "ok" in made[1][0].observation.html
    ]
    assert together
    for made in together:
        assert " focused" not in made[0][0].observation.html
        page = made[1][0].observation.html
        assert re.search('<button ref="1" id="b1?" focused>ok</button>', page)


def test_pages_are_turned_only_behind_parts_that_have_their_submit_button() -> None:
    for seed in range(200):
        made = compose([FORM, LINK], random.Random(seed))
        pages = [context.observation.html for context, _ in made]
        if len(made) == 2 and made[0][0].task == "composed.2":  # the form's button is the link
            assert all("<input" in page and "<a" in page for page in pages)


def test_ids_and_names_of_parts_do_not_meet() -> None:
    radio = demonstration(
        "click-option", "Select b.",
        ('<label for="c"><input ref="1" id="c" type="radio" name="r">b</label>', actions.click(1)),
    )  # fmt: skip
    page = next(
        made[0][0].observation.html
        for seed in range(50)
        if (made := compose([radio, radio, LINK], random.Random(seed)))
        and made[0][0].observation.html.count("radio") == 2
    )
    for what, name in (("id", "c"), ("for", "c"), ("name", "r")):
        found = sorted(re.findall(rf' {what}="({name}\d?)"', page))
        assert found in ([name, f"{name}2"], [f"{name}1", f"{name}2"])


def test_labels_may_end_in_the_number_of_the_part() -> None:
    form = demonstration(
        "login-user", 'Enter the username "Jo".',
        ('<label ref="1">User</label><input ref="2" id="u"><label><input ref="3">box</label>',
         actions.type(2, "Jo")),
    )  # fmt: skip
    pages = [
        compose([form, LINK], random.Random(seed))[0][0].observation.html for seed in range(50)
    ]
    numbered = [page for page in pages if re.search(r">User \d</label>", page)]
    assert 0 < len(numbered) < len(pages)
    for page in pages:
        label, name = re.search(r">User( \d)?</label>", page), re.search(r'id="u(\d?)"', page)
        assert label and name and (label[1] or "").strip() == name[1]
        assert ">box</label>" in page


def test_a_refused_action_is_remembered_as_refused() -> None:
    (first, typed), (second, sent) = FORM
    past = (Step(first.observation, typed, "it was disabled"),)
    refused = [
        (first, typed),
        (Context(second.task, second.instruction, second.observation, past), sent),
    ]
    for seed in range(20):
        made = compose([refused, LINK], random.Random(seed))
        if len(made) == 3:
            assert made[-1][0].history[0].error == "it was disabled"


def test_a_button_that_is_the_goal_is_not_merged_away() -> None:
    sequence = demonstration(
        "click-button-sequence",
        "Click button ONE, then click button TWO.",
        ('<button ref="1">ONE</button><button ref="2">TWO</button>', actions.click(1)),
        ('<button ref="1">ONE</button><button ref="2">TWO</button>', actions.click(2)),
    )
    for seed in range(50):
        made = compose([sequence, LINK], random.Random(seed))
        assert len(made) == (3 if made[0][0].task == "composed.2" else 2)


def test_parts_are_not_alike_and_were_played_as_told() -> None:
    again = demonstration("enter-text-dynamic", *FORM[0][0].instruction.split("\n"), *(
        (context.observation.html, decision.action) for context, decision in FORM
    ))  # fmt: skip
    spoiled = [FORM[0], (FORM[1][0], Decision(actions.click(2)))]
    spoiled[0] = (FORM[0][0], Decision(actions.type(1, "another")))
    for made in augmented([FORM, again, LINK, spoiled] * 10, seed=1):
        said = [decision.action.name for _, decision in made]
        assert said.count("type") <= 1
        assert "another" not in str([decision.action for _, decision in made])


BUTTON = Box(10, 100, 30, 20)


def pictured(steps: Demonstration, shade: int) -> list[tuple[Context, Decision]]:
    """With screenshots: a bar of 50 rows that says something in one of ten, and a page of a shade
    that grows with each step, with a button in it.
    """
    made: list[tuple[Context, Decision]] = []
    for number, (context, decision) in enumerate(steps):
        picture = np.full((210, 160, 3), shade + number, np.uint8)
        picture[:50] = (255, 255, 0)
        picture[5:15, 20:60] = 0
        picture[100:120, 10:40] = 77
        seen = replace(context.observation, screenshot=picture, boxes={2: BUTTON})
        made.append((replace(context, observation=seen), decision))
    return made


def test_screenshots_are_laid_below_each_other_as_the_pages_are() -> None:
    heights: set[int] = set()
    for seed in range(30):
        for context, decision in compose(
            [pictured(FORM, 10), pictured(LINK, 100)], random.Random(seed)
        ):
            picture, page = context.observation.screenshot, context.observation.html
            assert picture is not None and picture.shape[1:] == (160, 3)
            assert (picture[:36, 0] == (255, 255, 0)).all()  # what both parts are told
            shades = picture[36:, 159, 0].reshape(-1, 160)
            assert (shades == shades[:, :1]).all()
            heights.add(len(picture))
            form, link = page.find("<input"), page.find("<a")
            order = [name for at, name in sorted([(form, "form"), (link, "link")]) if at >= 0]
            assert ["form" if one < 100 else "link" for one in shades[:, 0]] == order
            if decision.action.name == "type":
                assert 10 in shades
            elif "Jo" in page:
                assert 11 in shades
    assert heights == {36 + 160, 36 + 320}


def test_where_a_screenshot_is_missing_there_is_none() -> None:
    for parts in ([pictured(FORM, 10), LINK], [[pictured(FORM, 10)[0], FORM[1]], LINK]):
        for context, _ in compose(parts, random.Random(0)):
            assert context.observation.screenshot is None


def test_a_submit_button_that_is_lost_is_in_no_picture() -> None:
    lost: set[bool] = set()
    for seed in range(30):
        for context, _ in compose([pictured(FORM, 10), pictured(LINK, 100)], random.Random(seed)):
            page, picture = context.observation.html, context.observation.screenshot
            assert picture is not None
            lost.add("Submit" not in page)
            if "<input" in page:
                [begin] = [at for at in range(36, len(picture), 160) if picture[at, 0, 0] < 20]
                assert (77 in picture[begin : begin + 160]) == ("Submit" in page)
    assert lost == {True, False}


def test_points_lie_where_the_picture_shows_them() -> None:
    marked = demonstration(
        "highlight-text", "Highlight the text.",
        ('<p ref="1">so</p>', actions.drag_at(12, 102, 39, 118)),
    )  # fmt: skip
    places: set[int] = set()
    for seed in range(30):
        for context, decision in compose(
            [pictured(marked, 10), pictured(LINK, 100)], random.Random(seed)
        ):
            picture = context.observation.screenshot
            assert picture is not None
            if decision.action.name == "drag_at":
                x, y, to_x, to_y = map(int, decision.action.args)
                assert (x, to_x) == (12, 39) and to_y - y == 16
                assert picture[y, x, 0] == picture[to_y, to_x, 0] == 77
                assert picture[y - 4, x, 0] < 20
                places.add(y)
    assert places == {36 + 52, 36 + 160 + 52}
    [(_, decision)] = compose([marked], random.Random(0))
    assert decision.action == marked[0][1].action
