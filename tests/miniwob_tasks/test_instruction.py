"""Instructions are read back into the parts they were made of."""

import datetime as dt
import re
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniwob_tasks.experts.email import Forward, sentences
from miniwob_tasks.experts.instruction import parse
from miniwob_tasks.experts.sequence import Sequence
from miniwob_tasks.experts.tabs import TabLink
from miniwob_tasks.experts.tree import Find
from webagent.errors import PolicyError


@dataclass(frozen=True)
class Part:
    """A clause in both forms, and what a reader must find in it."""

    imperative: str
    gerund: str
    meaning: tuple


def quoted(shape, kind, verb="click", gerund="clicking"):
    return lambda word: Part(f"{verb} {shape % word}", f"{gerund} {shape % word}", (kind, word))


def ticks(items, similar, sends):
    words = ("words similar to " if similar else "") + (", ".join(items) or "nothing")
    return Part(
        f"select {words}" + " and click Submit" * sends,
        f"selecting {words}" + " and clicking Submit" * sends,
        ("ticks", tuple(items), similar),
    )


def login(name, password):
    fields = f'the username "{name}" and the password "{password}" into the text fields'
    return Part(
        f"enter {fields} and press login", f"entering {fields} and pressing login",
        ("fill", name, password),
    )  # fmt: skip


def password(text, sends):
    fields = f'the password "{text}" into both text fields'
    return Part(
        f"enter {fields}" + " and press submit" * sends,
        f"entering {fields}" + " and pressing submit" * sends,
        ("fill", text, text),
    )


def movie(genre, director, year):
    rest = f"for {genre} movies directed by {director} from year {year}"
    return Part(f"search {rest}", f"searching {rest}", ("fill", genre, director, str(year)))


def date(day):
    rest = f"{day:%m/%d/%Y} as the date"
    return Part(f"enter {rest}", f"entering {rest}", ("fill", day.isoformat()))


WORDS = st.text("abcXYZ019", min_size=2, max_size=7)
LINKS = st.from_regex(r"[A-Za-z]{1,9}[,.]?", fullmatch=True)
YEARS = st.integers(1970, 2017)
PARTS = st.one_of(
    WORDS.map(quoted('on the "%s" button', "click")),
    LINKS.map(quoted('on the link "%s"', "click")),
    st.sampled_from(["radio", "text", "button"]).map(quoted('on a "%s" widget', "click")),
    st.sampled_from(["Cancel", "OK", "x"]).map(
        quoted('the button in the dialog box labeled "%s"', "click")
    ),
    st.just("x").map(quoted('the dialog box by clicking the "%s"', "click", "close", "closing")),
    st.just(
        Part(
            "click button ONE, then click button TWO",
            "clicking button ONE, then clicking button TWO",
            ("sequence",),
        )
    ),
    st.builds(ticks, st.lists(WORDS, max_size=6), st.just(False), st.booleans()),
    st.builds(ticks, st.lists(WORDS, min_size=1, max_size=5), st.just(True), st.booleans()),
    st.builds(login, WORDS, WORDS),
    st.builds(password, WORDS, st.booleans()),
    st.builds(movie, st.just("drama"), st.sampled_from(["Diaz", "De Leon", "O'Neil"]), YEARS),
    st.builds(date, st.dates(dt.date(2010, 1, 1), dt.date(2019, 12, 31))),
)


def meaning(goal):
    match goal:
        case Sequence():
            return ("sequence",)
        case Find(name) | TabLink(name):
            return ("find", name)
        case Forward(sender, receiver):
            return ("forward", sender, receiver)
    if hasattr(goal, "wanted"):
        return ("click", goal.wanted)
    if hasattr(goal.fields, "items"):
        return ("ticks", goal.fields.items, goal.fields.similar)
    if hasattr(goal.fields, "start"):
        return ("item", goal.fields.start, goal.fields.end)
    return ("fill", *goal.fields.values)


def capital(text):
    return text[:1].upper() + text[1:]


def forward(parts):
    *first, last = [part.imperative for part in parts]
    return capital(", ".join([*first, f"and then {last}"]) if first else last) + "."


def reverse(parts, split):
    done = [part.gerund for part in parts[:split]]
    still = [part.imperative for part in parts[split:]]
    return f"{capital(listed(still))}, after {listed(done)}."


def listed(clauses):
    *first, last = clauses
    return ", ".join([*first, f"and {last}"]) if first else last


@given(st.lists(PARTS, min_size=1, max_size=8))
def test_forward_instructions_give_the_parts_in_order(parts):
    found = [meaning(clause.goal) for clause in parse(forward(parts))]
    assert found == [part.meaning for part in parts]


@given(st.lists(PARTS, min_size=2, max_size=8), st.integers(1, 7), st.sampled_from([".", "", ","]))
def test_reverse_instructions_put_the_gerunds_first(parts, split, end):
    text = reverse(parts, min(split, len(parts) - 1)).removesuffix(".") + end
    assert [meaning(clause.goal) for clause in parse(text)] == [part.meaning for part in parts]


@given(PARTS, st.sampled_from(sorted(set(sentences()))))
def test_email_sentences_close_compositions(part, sentence):
    text = sentence.replace("NAME", "Jo Ann").replace("DEST", "Bobbe")
    expected = ("forward", "Jo Ann", "Bobbe")
    if re.search("from DEST( |\\.|$)|^Forward DEST's", sentence):
        expected = ("forward", "Bobbe", "Jo Ann")  # it says NAME for the receiver
    for composed in (
        f"{capital(part.imperative)}, and then {text}",
        f"{text}, after {part.gerund}.",
    ):
        assert [meaning(one.goal) for one in parse(composed)] == [part.meaning, expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'Close the dialog box by clicking the "x", after clicking on the link "sed," and then '
            'clicking on the "ok" button.',
            [("click", "sed,"), ("click", "ok"), ("click", "x")],
        ),
        (
            "Select ab, cd, and then navigate through the file tree. Find and click on the folder "
            'or file named "Kenda".',
            [("ticks", ("ab", "cd"), False), ("find", "Kenda")],
        ),
        (
            'Switch between the tabs to find and click on the link "sit", after clicking on the '
            '"no" button.',
            [("click", "no"), ("find", "sit")],
        ),
        ("Enter 03/09/2015 as the date and hit submit.", [("fill", "2015-03-09")]),
        ('Enter "Annis" into the text field and press Submit.', [("fill", "Annis")]),
        ('Enter an item that starts with "Zim".', [("item", "Zim", "")]),
        ('Enter an item that starts with "El " and ends with "dor".', [("item", "El ", "dor")]),
    ],
)
def test_special_forms(text, expected):
    assert [meaning(clause.goal) for clause in parse(text)] == expected


def test_fields_without_a_button_of_their_own_wait_for_the_next_one():
    text = 'Select ab, and then enter "Annis" into the text field and press Submit.'
    assert [clause.goal.sends for clause in parse(text)] == [False, True]


def test_last_fields_have_a_button_even_if_the_words_do_not_say_so():
    (clause,) = parse("Select ab.")
    assert clause.goal.sends


def test_clauses_keep_their_words():
    text = 'Click on the "ok" button, and then close the dialog box by clicking the "x".'
    assert parse(text)[1].text == 'close the dialog box by clicking the "x"'


@pytest.mark.parametrize("text", ["", "Book a flight.", 'Click on the "ok" button, or not.'])
def test_other_words_are_an_error(text):
    with pytest.raises(PolicyError, match="does not understand"):
        parse(text)
