"""Demonstrations with other words to type."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

import pytest

from webagent import actions
from webagent.actions import Action
from webagent.training.spelling import respelled
from webagent.types import Context, Decision, Observation

LOGIN = 'Enter "Ann-7" and "e8Q" as username.'
FIELDS = '<input ref="1" id="name"{0}><input ref="2" type="password"{1}><p ref="3">Hi Ann-7!</p>'


def played(instruction: str, *steps: tuple[str, Action]) -> list[tuple[Context, Decision]]:
    return [
        (Context("miniwob.x", instruction, Observation(html)), Decision(action))
        for html, action in steps
    ]


def test_what_is_typed_changes_wherever_it_stands() -> None:
    shown = played(
        LOGIN,
        (FIELDS.format("", ""), actions.type(1, "Ann-7")),
        (FIELDS.format(' value="Ann-7"', ""), actions.type(2, "e8Q")),
    )
    (first, name), (second, password) = respelled(shown, random.Random(1))
    typed, secret = str(name.action.args[1]), str(password.action.args[1])
    assert re.fullmatch(r"[A-Z][a-z]{2}-\d", typed) and typed != "Ann-7"
    assert re.fullmatch(r"[a-z]\d[A-Z]", secret)
    assert (
        first.instruction
        == second.instruction
        == LOGIN.replace("Ann-7", typed).replace("e8Q", secret)
    )
    assert first.observation.html == FIELDS.format("", "").replace("Ann-7", typed)
    assert f'value="{typed}"' in second.observation.html
    assert name.action.ref == 1


@pytest.mark.parametrize(
    ("instruction", "steps"),
    [
        ("Enter 11:30.", [("<input ref='1'>", actions.type(1, "11:30"))]),
        ("Enter 3/4/2016.", [('<input ref="1">', actions.type(1, "2016-03-04"))]),
        ("Enter name.", [('<input ref="1" id="name">', actions.type(1, "name"))]),
        ("Enter Camb.", [('<input ref="1"><a ref="2">Cambodia</a>', actions.type(1, "Camb"))]),
        ("Guess 0-9.", [('<input ref="1">', actions.type(1, "9"))]),
        ("Click a.", [('<a ref="1">a</a>', actions.click(1))]),
    ],
)
def test_what_is_more_than_a_word_to_type_stays(
    instruction: str, steps: Sequence[tuple[str, Action]]
) -> None:
    shown = played(instruction, *steps)
    assert respelled(shown, random.Random(0)) == shown


def test_marks_of_html_stay_marks() -> None:
    shown = played('Enter "A&Bc".', ('<input ref="1" value="A&amp;Bc">', actions.type(1, "A&Bc")))
    ((context, decision),) = respelled(shown, random.Random(2))
    typed = str(decision.action.args[1])
    assert re.fullmatch(r"[A-Z]&[A-Z][a-z]", typed)
    assert context.observation.html == f'<input ref="1" value="{typed.replace("&", "&amp;")}">'
