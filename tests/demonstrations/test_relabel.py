"""Relabelling: the teacher's actions along another policy's way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from demonstration_fakes import TwoSteps, TwoStepsBrowser, Typist, manifest

from webagent.demonstrations.collect import Wanted, collect
from webagent.demonstrations.read import open_demonstrations
from webagent.demonstrations.record import contexts
from webagent.demonstrations.store import DemonstrationWriter
from webagent.errors import PolicyError
from webagent.policies.protocol import decide

pytest.importorskip("pyarrow")


class Lost:
    """Presses what is not there, then types the wrong thing, until it has no steps left."""

    def act(self, contexts):
        return [decide("click(9)" if len(one.history) < 2 else 'type(1, "x")') for one in contexts]


class Picky:
    """A teacher who does not speak of pages with wrong text."""

    def act(self, contexts):
        if 'value="x"' in contexts[0].observation.html:
            raise PolicyError("never seen that")
        return Typist().act(contexts)


class Finishing(Typist):
    """Says that it is done, or answers, where the wrong text stands."""

    def __init__(self, last: str) -> None:
        super().__init__()
        self._last = last

    def act(self, contexts):
        if 'value="x"' in contexts[0].observation.html:
            return [decide(self._last)]
        return super().act(contexts)


def collected(folder, teacher, **labels):
    wanted = Wanted([TwoSteps(labels=labels)], per_task=3, teacher=teacher)
    with DemonstrationWriter(folder, replace(manifest(), labels="teacher")) as writer:
        return collect(wanted, Lost(), TwoStepsBrowser(), writer)


def test_rows_hold_the_teachers_actions_and_the_pupils_history(tmp_path) -> None:
    done = collected(tmp_path, Typist())
    assert sum(done.failures.values()) == 3 and not done.successes and done.labels == "teacher"
    for rows in open_demonstrations(tmp_path).episodes("failure"):
        known = list(contexts(rows))
        assert [len(context.history) for context, _ in known] == [0, 1, 3]
        assert [row.step for row in rows] == [0, 1, 3]  # the second mistake was the first again
        assert known[0][1] == Typist().act([known[0][0]])[0]  # note and program are its own too
        assert not any(row.error for row in rows)
        assert [str(step.decision.action) for step in known[-1][0].history] == [
            "click(9)",
            "click(9)",
            'type(1, "x")',
        ]


def test_steps_that_the_teacher_knows_no_answer_to_are_left_out(tmp_path) -> None:
    collected(tmp_path, Picky())
    for rows in open_demonstrations(tmp_path).episodes("failure"):
        assert [row.step for row in rows] == [0, 1]


@pytest.mark.parametrize(
    ("last", "until", "kept"),
    [
        ("done()", "goal", False),
        ("done()", "said", True),
        ('answer("4")', "goal", True),
        ('answer("4")', "said", True),
        ("nonsense", "said", False),
    ],
)
def test_a_teachers_end_is_kept_where_it_ends_the_episode(tmp_path, last, until, kept) -> None:
    collected(tmp_path, Finishing(last), **({} if until == "goal" else {"until": until}))
    for rows in open_demonstrations(tmp_path).episodes("failure"):
        assert [row.action == last for row in rows] == [False, False, *([True] if kept else [])]


def test_a_teacher_that_gives_up_knows_no_end(tmp_path) -> None:
    class GivesUp(Finishing):
        def act(self, contexts):
            return [replace(one, gave_up=one == decide("done()")) for one in super().act(contexts)]

    collected(tmp_path, GivesUp("done()"), until="said")
    for rows in open_demonstrations(tmp_path).episodes("failure"):
        assert [row.step for row in rows] == [0, 1]


def test_episodes_that_the_teacher_has_no_answer_to_are_counted(tmp_path) -> None:
    class Mute:
        def act(self, contexts):
            raise PolicyError("never seen that")

    done = collected(tmp_path, Mute())
    assert done.left_out == {"the teacher saw no way on at any step": 20}
    assert done.short == {"miniwob.two-steps": "0 of 3 wanted, given up after 20 failures"}
