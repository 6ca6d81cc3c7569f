"""What prompted agents are shown: exemplars, how they are chosen, and what they become."""

from __future__ import annotations

import pytest

from webagent.actions import read
from webagent.demonstrations.manifest import purpose
from webagent.errors import PolicyError
from webagent.policies.prompted.exemplars import (
    SHIPPED,
    Exemplar,
    Moment,
    read_exemplars,
    written,
)
from webagent.policies.prompted.memory import Memory, cosines, lexical, parts_of
from webagent.policies.prompted.skills import plan, skill, straight
from webagent.tasks.suites import suite
from webagent.types import Context, Observation

PAGE = '<button ref="1">No</button><button ref="2">Yes</button><input ref="3" id="tt" type="text">'


def exemplar(task: str, instruction: str = "Do it.", seed: int = 1_000_000) -> Exemplar:
    return Exemplar(f"miniwob.{task}", seed, instruction, (Moment(PAGE, "click(2)"),))


LINK, LINK_2 = exemplar("click-link", "Click the link a."), exemplar("click-link", "Click on b.")
TEXT = exemplar("enter-text", 'Enter "x" into the text field.')
MENU = exemplar("click-menu", "Select a>b")
ALL = [LINK, LINK_2, TEXT, MENU]


def choose(task: str, choice, shots: int = 2, instruction: str = "Go.", scores=None):
    context = Context(task, instruction, Observation(""))
    return Memory(ALL, choice, shots, scores).choose([context])[0]


@pytest.mark.parametrize(
    ("task", "parts"),
    [
        ("miniwob.click-link", ["click-link"]),
        ("compwob.click-link_enter-text", ["click-link", "enter-text"]),
        ("compwob-reverse.login-user_navigate-tree-transition", ["login-user", "navigate-tree"]),
        ("compose.click-link+enter-text", ["click-link", "enter-text"]),
        ("compose.click-link=enter-text:click-menu", ["click-link", "enter-text", "click-menu"]),
    ],
)
def test_a_task_names_its_parts(task, parts):
    assert list(parts_of(task)) == parts


def test_every_part_of_the_suite_has_shipped_exemplars():
    kinds = {one.kind for one in read_exemplars(SHIPPED)}
    parts = {part for task in suite("compwob") for part in parts_of(task)}
    assert parts <= kinds


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        ("first", [TEXT]),
        ("second", [LINK, LINK_2]),
        ("both", [TEXT, LINK]),
        ("none", []),
    ],
)
def test_exemplars_of_a_part_or_of_all(choice, found):
    assert choose("compwob.enter-text_click-link", choice) == found


def test_each_part_is_shown_even_with_fewer_shots():
    assert choose("compwob.click-link_enter-text_click-menu", "both", 1) == [LINK, TEXT, MENU]


def test_no_shots_are_none():
    assert choose("miniwob.click-link", "both", 0) == []
    assert choose("shop.find", "nearest", 0) == []


def test_a_base_task_is_its_own_first_and_second_part():
    for choice in ("first", "second", "both"):
        assert choose("miniwob.click-link", choice) == [LINK, LINK_2]


def test_the_nearest_share_rare_words_with_the_task_and_its_instruction():
    assert choose("shop.find", "nearest", 1, 'Enter "y" into the field') == [TEXT]
    assert choose("web.choose-menu", "nearest", 1, "Select c>d") == [MENU]


def test_a_task_without_exemplars_of_its_own_is_shown_the_nearest():
    assert choose("shop.find", "both", 1, 'Enter "y" into the field') == [TEXT]


def test_similarity_can_come_from_elsewhere():
    def scores(asked, known):
        return [[float("menu" in one) for one in known] for _ in asked]

    assert choose("any.task", "nearest", 1, scores=scores) == [MENU]


def test_scores_are_cosines():
    [[same, none, part]] = lexical(["red fox"], ["fox red", "sea", "red sea"])
    assert same == pytest.approx(1)
    assert none == 0 < part < 1
    assert cosines([[3, 4]], [[3, 4], [-4, 3], [0, 0]]) == [pytest.approx([1, 0, 0])]


def test_files_are_read_as_they_were_written(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(written(ALL))
    assert read_exemplars(tmp_path / "a.jsonl") == ALL


@pytest.mark.parametrize(
    ("line", "told"), [("{", "line 2"), ('{"task": "a"}', "line 2: seed"), ("[]", "line 2")]
)
def test_wrong_lines_are_named(tmp_path, line, told):
    file = tmp_path / "a.jsonl"
    file.write_bytes(written([LINK]) + line.encode())
    with pytest.raises(PolicyError, match=told):
        read_exemplars(file)
    with pytest.raises(PolicyError, match="webagent exemplars"):
        read_exemplars(tmp_path / "none.jsonl")


def test_shipped_exemplars_are_small_and_of_base_tasks_with_training_seeds():
    found = read_exemplars(SHIPPED)
    assert {one.task for one in found} == set(suite("miniwob-56"))
    assert {purpose(one.seed) for one in found} == {"training"}
    assert SHIPPED.stat().st_size < 300_000


def test_a_plan_tells_what_its_elements_are():
    steps = (Moment(PAGE, "click(2)"), Moment(PAGE, 'type(3, "a")'), Moment(PAGE, 'press("Tab")'))
    told = plan(Exemplar("t", 0, "i", steps))
    assert told.splitlines() == [
        "1. click(2)  # button Yes",
        '2. type(3, "a")  # #tt',
        '3. press("Tab")',
    ]


def test_a_skill_is_the_program_that_succeeded_where_there_is_one():
    made = Exemplar("t", 0, "i", (), program="click(find('a')[0])")
    assert "click(find('a')[0])" in skill(made)
    assert 'text(one) == "Yes"' in skill(LINK)


def test_programs_made_from_demonstrations_do_what_was_demonstrated():
    pytest.importorskip("pydantic_monty")
    from webagent.program import Act, MontySandbox, next_action

    sandbox = MontySandbox()
    for one in read_exemplars(SHIPPED)[::2]:
        pages = [Observation(step.page) for step in one.steps]
        for number, step in enumerate(one.steps):
            outcome = next_action(sandbox, straight(one), pages[: number + 1])
            assert isinstance(outcome, Act), (one.task, outcome)
            assert outcome.action == read(step.action), one.task
    sandbox.close()
