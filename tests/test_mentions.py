"""Instructions say which elements they mention."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webagent.mentions import MOST, marked

FORM = (
    '<label⟨0⟩ for="user">Username</label><input⟨1⟩ id="username" type="text" value="kaci">'
    "<label⟨2⟩><input⟨3⟩ type=checkbox>85E</label><td⟨4⟩><a⟨5⟩>4</a></td>"
    '<button⟨6⟩ class="primary send"><b>Sign in</b></button><p⟨7⟩>Tom &amp; Ann</p>'
)


@pytest.mark.parametrize(
    ("instruction", "wanted"),
    [
        ("Enter the username.", "Enter the username⟨0⟩⟨1⟩."),
        ('Type "kaci"!', 'Type "kaci⟨1⟩"!'),
        ("Select 85e, then sign in", "Select 85e⟨3⟩, then sign in⟨6⟩"),
        ("Choose 12/04/2016", "Choose 12/04⟨5⟩/2016"),
        ("Press Send", "Press Send⟨6⟩"),
        ("Find Tom & Ann or Tom", "Find Tom & Ann⟨7⟩ or Tom"),
        ("Select -4", "Select -4"),
        ("Do nothing", "Do nothing"),
        ("Type {{username}} on http://username.test/username", None),
        ("", ""),
    ],
)
def test_what_elements_say_or_are_called_is_a_mention(instruction: str, wanted: str) -> None:
    assert marked(instruction, FORM) == (wanted or instruction)


def test_the_longest_mention_counts() -> None:
    page = "<a⟨0⟩>new</a><a⟨1⟩>New York</a><a⟨2⟩>York</a>"
    assert marked("from New York to York, new", page) == "from New York⟨1⟩ to York⟨2⟩, new⟨0⟩"


def test_a_mention_that_could_be_of_anything_is_left_alone() -> None:
    page = "".join(f"<a⟨{number}⟩>more</a>" for number in range(MOST + 1))
    assert marked("show more", page) == "show more"


@pytest.mark.parametrize(
    ("instruction", "said", "same"),
    [
        ("07", "7", True),
        ("$0.05", "$0.5", False),
        ("1:05", "01:05", True),
        ("10:05", "10:5", False),
    ],
)
def test_zeros_count_behind_a_point_or_a_colon(instruction: str, said: str, same: bool) -> None:
    assert (marked(instruction, f"<b⟨3⟩>{said}</b>") == f"{instruction}⟨3⟩") == same


@given(
    words=st.lists(st.text("ab7 -.", max_size=4), max_size=8),
    said=st.lists(st.text("ab7 -.", max_size=6), max_size=8),
)
def test_the_words_stay_and_an_element_says_what_stands_before_its_number(
    words: list[str], said: list[str]
) -> None:
    instruction = " ".join(words)
    page = "".join(f"<b⟨{number}⟩>{text}</b>" for number, text in enumerate(said))
    found = marked(instruction, page)
    assert re.sub(r"⟨\d+⟩", "", found) == instruction
    for mark in re.finditer(r"⟨(\d+)⟩", found):
        before = _letters(re.sub(r"⟨\d+⟩", "", found[: mark.start()]))
        assert _letters(said[int(mark[1])]) and before.endswith(_letters(said[int(mark[1])]))


def _letters(text: str) -> str:
    return re.sub(r"[^ab7]", "", text)
