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


ROWS = "".join(
    f'<li><p><b⟨{first}⟩>{who}</b></p><i⟨{first + 1}⟩ class="star"></i>'
    f'<i⟨{first + 2}⟩ class="trash"></i></li>'
    for first, who in ((0, "Ann"), (3, "Bob"), (6, "Ann"))
)
PARTS = (
    '<input⟨0⟩ id="ch" type="checkbox">q7<button⟨1⟩>Submit</button>'
    '<div><input⟨2⟩ type="text"><button⟨3⟩>Submit</button></div>'
    '<p><input⟨4⟩ type="radio">z9</p><button⟨5⟩>Submit</button>'
)


@pytest.mark.parametrize(
    ("instruction", "page", "wanted"),
    [
        ("Star Bob's mail.", ROWS, "Star⟨4⟩ Bob⟨3⟩'s mail."),
        ("For Ann, click trash.", ROWS, "For Ann⟨0⟩⟨6⟩, click trash⟨2⟩⟨8⟩."),
        ("Click trash and star", ROWS, "Click trash⟨2⟩⟨5⟩⟨8⟩ and star⟨1⟩⟨4⟩⟨7⟩"),
        (
            "Select q7 and click Submit, select z9 and click Submit.",
            PARTS,
            "Select q7⟨0⟩ and click Submit⟨1⟩, select z9⟨4⟩ and click Submit⟨5⟩.",
        ),
        (
            "Select z9, after filling the text field and pressing Submit",
            PARTS,
            "Select z9⟨4⟩, after filling the text⟨2⟩ field and pressing Submit⟨3⟩",
        ),
    ],
)
def test_what_is_nearest_to_another_mention_is_meant(
    instruction: str, page: str, wanted: str
) -> None:
    assert marked(instruction, page) == wanted


LABELS = (
    '<p><span⟨0⟩>Year:</span><input⟨1⟩ type="text"><span⟨2⟩>Genre</span><input⟨3⟩ type="text"></p>'
    '<div><p><input⟨4⟩ type="text"><b⟨5⟩>Town</b></p><p><input⟨6⟩ type="text"><b⟨7⟩>Street</b></p>'
    '</div><button⟨8⟩>Send</button><div><input⟨9⟩ id="tt" type="text"></div>'
    '<label⟨10⟩>Age</label><input⟨11⟩ placeholder="years">'
)


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("year", "⟨0⟩⟨1⟩"),
        ("genre", "⟨2⟩⟨3⟩"),
        ("town", "⟨4⟩⟨5⟩"),
        ("street", "⟨6⟩⟨7⟩"),
        ("send", "⟨8⟩"),
        ("age", "⟨10⟩"),
    ],
)
def test_a_field_is_called_by_the_text_that_labels_it(said: str, numbers: str) -> None:
    told = re.findall(r"⟨\d+⟩", marked(said, LABELS))
    assert sorted(told, key=lambda one: int(one[1:-1])) == re.findall(r"⟨\d+⟩", numbers)


def test_a_label_does_not_part_from_its_field() -> None:
    page = (
        '<label⟨0⟩>Name</label><input⟨1⟩ type="text"><label⟨2⟩>Word</label><input⟨3⟩ type="text">'
        '<label⟨4⟩>Word</label><input⟨5⟩ type="text">'
    )
    assert marked("name and word", page) == "name⟨0⟩⟨1⟩ and word⟨2⟩⟨3⟩"


PLACES = '<li⟨0⟩>Visalia, CA (VIS)</li><li⟨1⟩>Vista</li><input⟨2⟩ value="VIS">'


@pytest.mark.parametrize(
    ("instruction", "wanted"),
    [
        ('Find "Visa".', 'Find "Visa⟨0⟩".'),
        ('What ends with "sta"', 'What ends with "sta⟨1⟩"'),
        ('It has "isal" inside', 'It has "isal" inside'),
        ("Type Visa", "Type Visa"),
        ("From VIS to BTM", "From VIS⟨2⟩ to BTM"),
    ],
)
def test_what_is_quoted_or_a_code_may_be_a_piece_of_a_text(instruction: str, wanted: str) -> None:
    assert marked(instruction, PLACES) == wanted


@pytest.mark.parametrize(
    ("instruction", "page", "gone", "wanted"),
    [
        ('Find "NEW YORK"', "<p⟨0⟩>fly NEW YORK now</p>", [], 'Find "NEW YORK⟨0⟩"'),
        ('Find "New York"', "<p⟨0⟩>fly New York now</p>", ["New"], 'Find "New York⟨0⟩"'),
        ('Click "x" or "Ja"', "<p⟨0⟩>Japan</p>", [], 'Click "x" or "Ja⟨0⟩"'),
        ("set from and to", '<p⟨0⟩>From: <input⟨1⟩ type="text"> To: <input⟨2⟩ type="text"></p>', [],
         "set from⟨0⟩⟨1⟩ and to⟨0⟩⟨2⟩"),
        ("Find " + "A" * 2000 + "a", "<p⟨0⟩>A</p>", [], "Find " + "A" * 2000 + "a"),
    ],
)  # fmt: skip
def test_odd_ones(instruction: str, page: str, gone: list[str], wanted: str) -> None:
    assert marked(instruction, page, gone=gone) == wanted


def test_what_was_acted_on_has_a_tilde() -> None:
    page = "<button⟨0⟩>Save</button><a⟨1⟩>Home</a>"
    said = "Save, go home, open the menu, save"
    wanted = "Save⟨0⟩~, go home⟨1⟩, open the menu~, save⟨0⟩~"
    assert marked(said, page, done=[0], gone=["Menu", ""]) == wanted


def test_a_field_that_says_what_was_typed_does_not_hide_what_says_it_too() -> None:
    assert marked("From VIS", PLACES, done=[2]) == "From VIS⟨2⟩~⟨0⟩"


def test_what_a_menu_offers_for_what_was_typed_is_meant_too() -> None:
    page = '<input⟨0⟩ value="Tok, AK"><li⟨1⟩>Newtok, AK (WWT)</li><li⟨2⟩>Tok, AK (TKJ)</li>'
    assert marked("From Tok, AK to Tok", page, done=[0]) == "From Tok, AK⟨0⟩~⟨2⟩ to Tok"
    assert marked("From Tok, AK to Tok", page) == "From Tok, AK⟨0⟩ to Tok"


def test_a_later_clause_does_not_tell_where_something_is() -> None:
    page = (
        '<div><input⟨0⟩ id="name"><button⟨1⟩>OK</button></div>'
        '<div id="dialog"><p⟨2⟩>Note</p><button⟨3⟩>OK</button></div>'
    )
    assert marked("Press OK, and then type a name", page) == (
        "Press OK⟨1⟩⟨3⟩, and then type a name⟨0⟩"
    )
    assert marked("Type a name and press OK", page) == "Type a name⟨0⟩ and press OK⟨1⟩"


@pytest.mark.parametrize(
    ("instruction", "wanted"),
    [
        ('Click on "submit"', 'Click on "submit⟨0⟩⟨3⟩"'),
        ("Select nothing and click Submit", "Select nothing and click Submit⟨1⟩⟨3⟩"),
        ("then press submit", "then press submit⟨0⟩⟨1⟩⟨3⟩"),
        ('Click "SUBMIT"', 'Click "SUBMIT⟨0⟩⟨1⟩⟨3⟩"'),
        ("Find Ann", "Find Ann⟨4⟩"),
    ],
)
def test_of_what_says_the_same_what_is_written_alike_is_meant(
    instruction: str, wanted: str
) -> None:
    page = (
        "<button⟨0⟩>submit</button><button⟨1⟩> Submit </button><p⟨2⟩>It</p>"
        '<input⟨3⟩ type="submit"><b⟨4⟩>Ann</b><b⟨5⟩>ann</b>'
    )
    assert marked(instruction, page) == wanted


@pytest.mark.parametrize(
    ("quoted", "wanted"), [("tellus,", "1"), ("tellus", "2"), ("Tellus.", "0"), ("TELLUS", "012")]
)
def test_marks_within_quotes_and_capitals_tell_links_apart(quoted: str, wanted: str) -> None:
    page = "<a⟨0⟩>Tellus.</a><a⟨1⟩>tellus,</a><a⟨2⟩>tellus</a>"
    told = re.findall(r"⟨(\d)⟩", marked(f'Click on the link "{quoted}".', page))
    assert "".join(told) == wanted


@pytest.mark.parametrize("dialog", ['<div⟨1⟩ class="x" role="dialog">', "<dialog⟨1⟩ open>"])
def test_what_is_in_a_dialog_is_told_from_what_is_not(dialog: str) -> None:
    page = f"<form><button⟨0⟩>OK</button></form>{dialog}<p⟨2⟩>Hm</p><button⟨3⟩>OK</button>"
    found = marked('Click the button in the dialog box labeled "OK".', page)
    assert found == 'Click the button in the dialog⟨1⟩ box labeled "OK⟨3⟩".'


def test_a_quoted_tag_means_the_elements_that_have_it() -> None:
    page = (
        '<div⟨0⟩ class="widget"><input⟨1⟩ type="text"></div><div⟨2⟩ class="widget">'
        "<button⟨3⟩>J</button></div><button⟨4⟩>Send</button>"
    )
    assert marked('Click on a "button" widget', page) == 'Click on a "button⟨3⟩" widget⟨2⟩'
    assert marked('Click on a button, "Send"', page) == 'Click on a button, "Send⟨4⟩"'
    assert marked('Type "button"', page) == 'Type "button"'


@pytest.mark.parametrize(
    ("instruction", "meant"),
    [
        ("Book the cheapest flight", "3"),
        ("Book the most expensive one", "5"),
        ("Book the shortest flight", "2"),
        ("Book the longest flight", "04"),
        ("Pick the card with the greatest number", "7"),
        ("Pick the smallest number", "6"),
    ],
)
def test_a_superlative_means_what_measures_least_or_most(instruction: str, meant: str) -> None:
    page = (
        "<p⟨0⟩>9h 5m</p><button⟨1⟩>Book for $1,200</button><p⟨2⟩>50 min</p>"
        "<button⟨3⟩>Book for $349</button><p⟨4⟩>9 h 5 m</p><button⟨5⟩>Book for $1,201.50</button>"
        "<b⟨6⟩>-3</b><b⟨7⟩>12</b>"
    )
    assert "".join(re.findall(r"⟨(\d)⟩", marked(instruction, page))) == meant


def test_a_superlative_compares_what_is_alike() -> None:
    page = (
        "<p⟨0⟩>Basket total: £0.00</p><ul><li><p⟨1⟩>£3.50</p></li><li><p⟨2⟩>£2.75</p></li>"
        "<li><p⟨3⟩>£8.00</p></li></ul><b⟨4⟩>£1.00</b>"
    )
    assert marked("Buy the cheapest", page) == "Buy the cheapest⟨2⟩"


def test_a_superlative_of_one_thing_says_nothing() -> None:
    assert (
        marked("Book the cheapest flight", "<b⟨0⟩>$3</b><b⟨1⟩>4</b>") == "Book the cheapest flight"
    )
    assert marked("Click cheapest", "<b⟨0⟩>$3</b><b⟨1⟩>$4</b><b⟨2⟩>Cheapest</b>") == (
        "Click cheapest⟨2⟩"
    )


def test_text_behind_a_child_is_its_parents() -> None:
    page = '<div⟨1⟩ class="item"><span⟨2⟩ class="icon"></span>Open</div><p⟨3⟩>a<br>b</p>'
    assert marked("Open b", page) == "Open⟨1⟩ b⟨3⟩"


@pytest.mark.parametrize("date", ["3/5/2016", "03/05/2016", "2016-03-05"])
def test_the_month_of_a_date_is_mentioned_by_its_name(date: str) -> None:
    page = "<b⟨0⟩>March</b><b⟨1⟩>2016</b><td⟨2⟩>3</td><td⟨3⟩>5</td>"
    told = re.findall(r"(\d+)⟨(\d)⟩", marked(date, page))
    assert dict(told) in (
        {"3": "0", "5": "3", "2016": "1"},
        {"03": "0", "05": "3", "2016": "1"},
    )


def test_colours_are_names() -> None:
    page = '<i⟨0⟩ style="width: 2px; background-color: olive"></i><circle⟨1⟩ fill="red"></circle>'
    assert marked("the olive and the red circle", page) == "the olive⟨0⟩ and the red⟨1⟩ circle⟨1⟩"


@given(
    words=st.lists(st.text('abAB7" -.', max_size=5), max_size=8),
    said=st.lists(st.text("abAB7 -.", max_size=6), max_size=8),
    done=st.lists(st.integers(0, 8)),
    gone=st.lists(st.text("abAB7 ", max_size=4), max_size=3),
)
def test_the_words_stay_whatever_the_page_says(
    words: list[str], said: list[str], done: list[int], gone: list[str]
) -> None:
    instruction = " ".join(words)
    page = "".join(f"<b⟨{number}⟩>{text}</b>" for number, text in enumerate(said))
    assert re.sub(r"⟨\d+⟩|~", "", marked(instruction, page, done, gone)) == instruction


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
