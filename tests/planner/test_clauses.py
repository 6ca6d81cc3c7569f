"""Plans that say clauses of the instruction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webagent.planner.clauses import Held, clause_count, clauses

FORWARD = 'Select a1, b2 and click Submit, and then close the box by clicking the "x".'
REVERSE = (
    'Click on the link "dui.", after entering "Jo" and pressing Submit, and selecting nothing.'
)


def test_what_stands_between_marks_and_joining_words_is_a_clause():
    found = list(clauses(FORWARD))
    assert "Select a1, b2 and click Submit" in found
    assert 'close the box by clicking the "x"' in found
    assert FORWARD.rstrip(".") in found
    assert not any(
        one.startswith(("1", "x", "ubmit")) or one.endswith(("Subm", "clic")) for one in found
    )
    backwards = list(clauses(REVERSE))
    for one in (
        'Click on the link "dui."',
        'entering "Jo" and pressing Submit',
        "selecting nothing",
    ):
        assert one in backwards
    assert list(clauses("")) == []


@pytest.mark.parametrize(
    ("instruction", "count"),
    [
        (FORWARD, 3),
        (REVERSE, 4),
        ("", 1),
        ('Click on the "yes, and then click on no" button.', 1),
        ("Select TVs, red, Jane and click Submit.", 2),
        ('Enter the username "a" and the password "b" into the fields and press login.', 2),
        ("Select Jane Doe, Kim Ann from the list and click Submit.", 2),
        ("Find Ann's email. Then forward it to Bo.", 2),
        ("Expand the sections below, to find and click on the link.", 2),
        ("Book a flight from: Iliamna, AK to: Watertown, SD on 10/11/2016.", 1),
    ],
)
def test_clauses_are_counted_by_what_they_begin_with(instruction: str, count: int):
    assert clause_count(instruction) == count


def test_all_of_a_long_instruction_is_a_clause_too():
    long = f"Say {'word ' * 100}and go."
    assert long.rstrip(".") in list(clauses(long)) and "go" in list(clauses(long))


@given(st.text("ab ,.?", max_size=60))
def test_every_clause_stands_in_its_instruction(text: str):
    assert all(one and one in text for one in clauses(text))


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=5), max_size=6))
def test_answers_are_held_to_the_beginnings_of_sequences(sequences: list[list[int]]):
    guide = Held(sequences)
    for one in sequences:
        assert all(token in guide.rest(one[:place]) for place, token in enumerate(one))
    begun = {tuple(one[:length]) for one in sequences for length in range(1, len(one) + 1)}
    assert all((token,) in begun for token in guide.rest(()))
    assert not guide.rest([9])
