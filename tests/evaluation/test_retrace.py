"""Where failed episodes leave the way of another policy."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from evaluation_fakes import SETUP, RightButton, ToyBrowser, ToyTask

from webagent.actions import click, parse
from webagent.errors import RunError
from webagent.evaluation.retrace import (
    RETRACE,
    Parting,
    by_task,
    faults,
    read_retrace,
    retrace,
    write_retrace,
)
from webagent.evaluation.run import evaluate
from webagent.evaluation.snippets import Shown, shown
from webagent.evaluation.store import Run, read_run
from webagent.types import Decision, Observation, Step

TASKS = {name: ToyTask(name) for name in ("toy.a", "toy.b")}


class Late:
    """Presses a button that does nothing, then always the first."""

    def act(self, contexts):
        return [Decision(click(0 if context.history else 9)) for context in contexts]


class LateButRight(RightButton):
    """Begins as `Late` does, then presses what the instruction names; is lost in task b."""

    def _one(self, context):
        if context.task == "toy.b":
            raise ValueError("lost")
        return super()._one(context) if context.history else Decision(click(9))


def parted(folder, policy, beside, browser=None) -> tuple[Run, list[Parting]]:
    evaluate(list(TASKS.values()), range(3), policy, ToyBrowser(), folder, SETUP, replays=0)
    run = read_run(folder)
    found = retrace(run, run.records, TASKS, beside, browser or ToyBrowser(slots=3))
    return run, sorted(found, key=lambda one: (one.task, one.seed))


def test_the_first_other_action_is_told_with_its_element_and_page(tmp_path):
    _, found = parted(tmp_path / "run", RightButton(wrong=True), RightButton())
    same, other = found[0], found[1]
    assert (same.task, same.seed, same.step) == ("toy.a", 0, None)
    assert (other.step, other.did, other.would) == (0, 'click(0) <button ref="0">a', "click(1)")
    assert other.instruction == "Press button 1." and "<button" in other.page


def test_the_other_policy_sees_the_history_and_the_task(tmp_path):
    _, found = parted(tmp_path / "run", Late(), LateButRight())
    assert [one.step for one in found] == [None, 1, 1, 0, 0, 0]
    assert [one.would for one in found[3:]] == ["", "", ""]
    assert by_task(found) == {
        "toy.b": {"click for nothing": 3}, "toy.a": {"click elsewhere": 2},
    }  # fmt: skip


def test_what_could_not_be_played_again_is_told(tmp_path):
    broken = ToyBrowser(broken=frozenset({1}))
    run, found = parted(tmp_path / "run", Late(), RightButton(), broken)
    assert [bool(one.broken) for one in found] == [False, True, False] * 2
    write_retrace(run, "right", found[::-1])
    kept = json.loads((run.folder / RETRACE).read_text())
    assert kept["policy"] == "right"
    assert [(one["task"], one["seed"]) for one in kept["episodes"]] == [
        (one.task, one.seed) for one in found
    ]


def test_faults_are_shares_of_a_tasks_episodes(tmp_path):
    run, found = parted(tmp_path / "run", RightButton(wrong=True), RightButton())
    assert faults(run) == {}
    write_retrace(run, "right", [one for one in found if one.seed])  # seed 0 is pressed right
    assert faults(run) == {"toy.a": {0: pytest.approx(2 / 3)}, "toy.b": {0: pytest.approx(2 / 3)}}
    (run.folder / RETRACE).write_text("{}")
    with pytest.raises(RunError, match="webagent retrace"):
        faults(run)


def test_steps_at_which_the_other_policy_was_lost_are_no_faults(tmp_path):
    run, found = parted(tmp_path / "run", Late(), LateButRight())
    write_retrace(run, "right", [one for one in found if one.seed])
    assert faults(run) == {"toy.a": {1: pytest.approx(2 / 3)}}


def test_a_policy_that_sees_has_pictures(tmp_path):
    class Looking(RightButton):
        screenshots = True

        def _one(self, context):
            assert context.observation.screenshot is not None
            return super()._one(context)

    _, found = parted(tmp_path / "run", RightButton(wrong=True), Looking())
    assert [one.would for one in found] == ["", "click(1)", "click(2)"] * 2


def test_half_a_surrogate_pair_on_a_page_loses_nothing(tmp_path):
    class Odd(ToyBrowser):
        def _page(self, slot, action):
            page = super()._page(slot, action)
            return replace(page, observation=Observation('<button ref="0">a\ud800</button>'))

    run, found = parted(tmp_path / "run", RightButton(wrong=True), RightButton(), Odd(slots=3))
    write_retrace(run, "right", found)
    kept = json.loads((run.folder / RETRACE).read_text())["episodes"]
    assert kept[1]["page"] == '<button ref="0">a?</button>'


FORM = '<p><b ref="5">Name</b><i ref="6"></i></p><p><button ref="7">Send</button></p>'


def begun(program: str = "x", note: str = "go", refs: tuple[int, ...] = (6,)) -> Step:
    return Step(Observation(FORM), Decision(click(6), note, program, refs=refs))


@pytest.mark.parametrize(
    ("steps", "would", "told"),
    [
        ([begun()], "click(6)", Shown.INSIDE),
        ([begun()], "click(5)", Shown.INSIDE),  # it comes with the element of the plan
        ([begun()], "click(7)", Shown.OUTSIDE),
        ([begun()], "drag(6, 7)", Shown.OUTSIDE),
        ([begun(refs=())], "click(7)", Shown.INSIDE),
        ([begun(), begun("")], "click(7)", Shown.OUTSIDE),
        ([begun(), begun("y", refs=(7,))], "click(7)", Shown.INSIDE),
        ([begun()], "click(8)", Shown.LATER),
        ([begun()], 'press("Enter")', Shown.NOWHERE),
        ([begun(), begun("", "done()")], "click(6)", Shown.UNWRITTEN),
        ([begun("")], "click(6)", Shown.UNWRITTEN),
    ],
)
def test_where_the_element_was_when_the_program_was_written(steps, would, told):
    assert shown(steps, parse(would)) is told


def test_partings_of_the_modular_agent_say_what_its_programmer_was_shown(tmp_path):
    class Modular(RightButton):
        def _one(self, context):
            return replace(super()._one(context), program="x", refs=(0,))

    run, found = parted(tmp_path / "run", Modular(wrong=True), RightButton())
    assert [one.shown for one in found] == [None, Shown.LATER, Shown.LATER] * 2
    write_retrace(run, "right", found)
    assert read_retrace(run).episodes == tuple(found)
    _, plain = parted(tmp_path / "plain", RightButton(wrong=True), RightButton())
    assert {one.shown for one in plain} == {None}


def test_what_went_otherwise_is_counted():
    pairs = [
        ("click(1) <a>", "type(1, 'x')"), ("type(1, 'y')", "type(1, 'x')"),
        ("done()", "click(2)"), ("scroll(1, 2)", "scroll(3, 2)"), ("done()", ""),
    ]  # fmt: skip
    found = [Parting("toy.a", 0, "Go.", 0, did, would) for did, would in pairs]
    assert list(by_task([*found, Parting("toy.b", 0, "Go.")])["toy.a"]) == [
        "click for type", "type otherwise", "done for click", "scroll elsewhere",
        "done for nothing",
    ]  # fmt: skip
