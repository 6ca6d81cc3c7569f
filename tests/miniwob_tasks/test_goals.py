"""What the expert does on small pages, also on those that somebody else left behind."""

import pytest

from miniwob_tasks.experts import ComposedExpert
from webagent import actions
from webagent.actions import parse
from webagent.errors import PolicyError
from webagent.policies.load import load_policy
from webagent.types import Context, Decision, Observation, Step

BOXES = (
    '<div id="boxes"><label ref="1"><input ref="2" id="ch0" type="checkbox"{0}>ab</label>'
    '<label ref="3"><input ref="4" id="ch1" type="checkbox"{1}>cd</label></div>'
    '<button ref="5" id="subbtn">Submit</button>'
)
LOGIN = (
    '<div id="form"><label ref="6">Username</label><input ref="7" id="username" type="text"{0}>'
    '<label ref="8">Password</label><input ref="9" id="password" type="password"{1}>'
    '<button ref="10" id="subbtn2">Login</button></div>'
)
DIALOG = (
    '<div role="dialog"><button ref="20" class="ui-dialog-titlebar-close" title="Close">Close'
    "</button>{0}</div>"
)
ASKS = '<button ref="21">Cancel</button><button ref="22">OK</button>'
LINKS = (
    '<p ref="30">a <span ref="31" class="alink">sit</span> '
    '<span ref="32" class="alink">et,</span></p>'
)
BUTTONS = '<button ref="40">Submit</button><button ref="41">ok</button>'
SEQUENCE = '<button ref="50" id="subbtn1">ONE</button><button ref="51" id="subbtn3">TWO</button>'
WIDGETS = (
    '<div ref="60" class="widget"><label ref="61"><input ref="62" type="radio" name="radio">x'
    '</label></div><div ref="63" class="widget"><textarea ref="64">y</textarea></div>'
    '<div ref="65" class="widget"><button ref="66">z</button></div>'
)
OPTIONS = (
    '<div id="boxes"><label ref="70"><input ref="71" id="ch0" type="radio" name="radio"{0}>ab'
    '</label><label ref="72"><input ref="73" id="ch1" type="radio" name="radio"{1}>cd</label></div>'
    '<button ref="74" id="subbtn">Submit</button>'
)
ENTER = 'enter the username "ann" and the password "X1" into the text fields and press login'


def fill(html, *values):
    return html.format(*(f' value="{value}"' if value else "" for value in values))


def check(html, *states):
    return html.format(*(" checked" if state else "" for state in states))


def decide(instruction, html, *history):
    """The expert's action on `html` after steps given as (html, action source)."""
    steps = tuple(
        Step(Observation(before), Decision(parse(source)), *error)
        for before, source, *error in history
    )
    context = Context("compwob.x", instruction, Observation(html), steps)
    return str(ComposedExpert().act([context])[0].action)


@pytest.mark.parametrize(
    ("instruction", "html", "expected"),
    [
        ("Select ab and click Submit.", check(BOXES, 0, 0), "click(2)"),
        ("Select ab and click Submit.", check(BOXES, 1, 0), "click(5)"),
        ("Select nothing and click Submit.", check(BOXES, 0, 1), "click(4)"),
        ("Select cd, ab and click Submit.", check(BOXES, 0, 0), "click(4)"),
        ("Select cd, ab and click Submit.", check(BOXES, 0, 1), "click(2)"),
        ("Select cd and click Submit.", check(OPTIONS, 1, 0), "click(73)"),
        ("Select cd and click Submit.", check(OPTIONS, 0, 1), "click(74)"),
        (ENTER, fill(LOGIN, "", ""), 'type(7, "ann")'),
        (ENTER, fill(LOGIN, "ann", "wrong"), 'type(9, "X1")'),
        (ENTER, fill(LOGIN, "ann", "X1"), "click(10)"),
        ('Click on the "Submit" button.', BUTTONS + check(BOXES, 0, 0), "click(40)"),
        ('Click on the link "et,".', LINKS, "click(32)"),
        ('Click on a "textarea" widget.', WIDGETS, "click(64)"),
        ('Click on a "button" widget.', WIDGETS, "click(66)"),
        ('Close the dialog box by clicking the "x".', DIALOG.format(""), "click(20)"),
        ('Click the button in the dialog box labeled "OK".', DIALOG.format(ASKS), "click(22)"),
        ("Click button ONE, then click button TWO.", SEQUENCE, "click(50)"),
    ],
)
def test_first_action(instruction, html, expected):
    assert decide(instruction, html) == expected


def test_widgets_are_not_options_and_options_are_not_widgets():
    html = WIDGETS + check(OPTIONS, 0, 0)
    text = 'Click on a "radio" widget, and then select ab and click Submit.'
    assert decide(text, html) == "click(62)"
    assert decide(text, html, (html, "click(62)")) == "click(71)"


def test_dialog_buttons_are_not_those_of_the_form():
    html = fill(LOGIN, "ann", "X1").replace(">Login<", ">OK<") + DIALOG.format(ASKS)
    text = f'Click the button in the dialog box labeled "OK", and then {ENTER}.'
    assert decide(text, html) == "click(22)"
    assert decide(text, html, (html, "click(22)")) == "click(10)"


def test_wrong_click_of_the_same_kind_undoes_and_others_do_not():
    html = LINKS + BUTTONS
    text = 'Click on the link "sit", and then click on the "ok" button.'
    assert decide(text, html, (html, "click(31)")) == "click(41)"
    assert decide(text, html, (html, "click(31)"), (html, "click(40)")) == "click(41)"
    assert decide(text, html, (html, "click(31)"), (html, "click(32)")) == "click(31)"


def test_refused_click_does_not_count():
    text = 'Click on the link "sit", and then click on the "ok" button.'
    html = LINKS + BUTTONS
    assert decide(text, html, (html, "click(31)", "Element 31 is hidden.")) == "click(31)"


def test_key_on_the_focused_button_counts_as_a_click():
    html = LINKS + BUTTONS.replace('ref="41"', 'ref="41" focused')
    text = 'Click on the "ok" button, and then click on the link "sit".'
    assert decide(text, html, (html, 'press("Enter")')) == "click(31)"


def test_sequence_starts_again_after_a_second_one():
    text = 'Click button ONE, then click button TWO, and then click on the "ok" button.'
    html = SEQUENCE + BUTTONS
    assert decide(text, html, (html, "click(50)")) == "click(51)"
    assert decide(text, html, (html, "click(50)"), (html, "click(50)")) == "click(50)"
    assert decide(text, html, (html, "click(51)")) == "click(50)"
    assert decide(text, html, (html, "click(50)"), (html, "click(51)")) == "click(41)"


def test_submit_records_only_what_is_right_after_the_earlier_goals():
    text = f'Click on the link "sit", select ab and click Submit, and then {ENTER}.'
    right = LINKS + check(BOXES, 1, 0) + fill(LOGIN, "", "")
    wrong = LINKS + check(BOXES, 0, 0) + fill(LOGIN, "", "")
    link = (wrong, "click(31)")
    assert decide(text, right, link, (right, "click(5)")) == 'type(7, "ann")'
    assert decide(text, right, link, (wrong, "click(5)")) == "click(5)"
    assert decide(text, right, (right, "click(5)"), link) == "click(5)"
    assert decide(text, right, link, (right, "click(5)"), (wrong, "click(5)")) == "click(5)"


def test_merged_ticks_are_done_when_they_are_right():
    text = f"Select ab, and then {ENTER}."
    login = fill(LOGIN, "ann", "X1")
    assert decide(text, check(BOXES, 0, 0) + login) == "click(2)"
    assert decide(text, check(BOXES, 1, 0) + login) == "click(10)"


def test_ticks_that_left_the_page_stay_as_they_were():
    text = (
        "Select ab, search for drama movies directed by Diaz from year 1999, and then click on "
        'the "ok" button.'
    )
    movie = (
        '<span ref="80">Year:</span><input ref="81" type="text" value="1999"><span ref="82">Genre:'
        '</span><input ref="83" type="text" value="drama"><span ref="84">Director:</span>'
        '<input ref="85" type="text" value="Diaz"><button ref="86">Submit</button>'
    )
    before = check(BOXES, 1, 0).replace('<button ref="5" id="subbtn">Submit</button>', "") + movie
    assert decide(text, before) == "click(86)"
    assert decide(text, BUTTONS, (before, "click(86)")) == "click(41)"


def test_labels_below_the_fields_of_a_movie_form():
    html = "".join(
        f'<div class="ui-entry"><input ref="{ref}" type="text"><div ref="{ref + 1}" '
        f'class="ui-label">{label}</div></div>'
        for ref, label in ((1, "Year"), (3, "Genre"), (5, "Director"))
    )
    text = "Search for drama movies directed by Diaz from year 1999."
    assert decide(text, html + '<div ref="7" class="ui-submit">Search</div>') == 'type(3, "drama")'


def test_popup_is_cancelled_before_anything_else():
    popup = (
        '<div id="popup"><button ref="90" id="popup-ok">OK</button>'
        '<button ref="91" id="popup-cancel">Cancel</button></div>'
    )
    assert (
        decide(ENTER, fill(LOGIN, "ann", "").replace('"7"', '"7" disabled') + popup) == "click(91)"
    )


def test_nothing_left_ends_the_episode():
    text = 'Close the dialog box by clicking the "x".'
    assert decide(text, LINKS, (DIALOG.format(""), "click(20)")) == "done()"


def test_dialog_closed_early_is_not_waited_for():
    html = LINKS + BUTTONS
    text = 'Click on the link "sit", and then close the dialog box by clicking the "x".'
    assert decide(text, html, (html + DIALOG.format(""), "click(20)")) == "click(31)"


def test_opened_mail_of_somebody_else_is_closed_again():
    text = "Forward the email from Ann to Bea."
    inbox = "".join(
        f'<div ref="{ref}" class="email-thread"><div ref="{ref + 1}" class="email-sender">{name}'
        "</div></div>"
        for ref, name in ((1, "Bea"), (3, "Ann"))
    )
    main = f'<div id="main">{inbox}</div>'
    opened = (
        '<div id="email"><span ref="5" id="close-email"></span><div ref="6" class="email-sender">'
        'Bea</div><span ref="7" class="email-forward">Forward</span></div>'
    )
    forward = (
        '<div id="forward"><span ref="8" id="close-forward"></span><span ref="9" id="send-forward">'
        '</span><input ref="10" class="forward-sender" type="text"{0}><textarea ref="11" '
        'id="forward-text">text</textarea></div>'
    )
    assert decide(text, main) == "click(4)"
    assert decide(text, opened, (main, "click(1)")) == "click(5)"
    assert decide(text, opened.replace("Bea", "Ann"), (main, "click(3)")) == "click(7)"
    mine = (main, "click(3)"), (opened.replace("Bea", "Ann"), "click(7)")
    assert decide(text, forward.format(""), *mine) == 'type(10, "Bea")'
    assert decide(text, fill(forward, "Bea"), *mine) == "click(9)"
    changed = (fill(forward, "Bea"), 'type(11, "other")')
    assert decide(text, fill(forward, "Bea"), *mine, changed) == "click(8)"


def test_notes_are_the_clauses():
    text = 'Click on the link "sit", and then click on the "ok" button.'
    context = Context("compwob.x", text, Observation(LINKS + BUTTONS))
    decision = ComposedExpert().act([context])[0]
    assert decision == Decision(actions.click(31), 'Click on the link "sit"')


def test_unknown_instruction_is_an_error():
    with pytest.raises(PolicyError):
        decide("Book a flight.", LINKS)


TAGS = '<input ref="80" id="tags" type="text"{0}><button ref="81" id="subbtn">Submit</button>'
MENU = '<ul ref="82">{0}</ul>'


def menu(*items):
    wrapped = (
        f'<li><div ref="{83 + number}" class="ui-menu-item-wrapper">{item}</div></li>'
        for number, item in enumerate(items)
    )
    return MENU.replace("{0}", "".join(wrapped))


@pytest.mark.parametrize(
    ("asked", "page", "wanted"),
    [
        ('"Ho" and ends with "Kong"', fill(TAGS, ""), 'type(80, "Ho")'),
        (
            '"Ho" and ends with "Kong"',
            fill(TAGS, "Ho") + menu("Holy See", "Hong Kong"),
            "click(84)",
        ),
        ('"Ho" and ends with "Kong"', fill(TAGS, "Ho"), 'type(80, "Hong Kong")'),
        ('"Ho" and ends with "Kong"', fill(TAGS, "Hong Kong"), "click(81)"),
        ('"Ma"', fill(TAGS, "Ma") + menu("Guatemala", "Macao", "Malta"), "click(84)"),
        ('"Ma"', fill(TAGS, "Malta"), "click(81)"),
        ('"Qq" and ends with "zz"', fill(TAGS, "Qq"), 'type(80, "Qqzz")'),
    ],
)
def test_items_are_chosen_from_what_is_suggested(asked, page, wanted):
    context = Context("t", f"Enter an item that starts with {asked}.", Observation(page))
    assert str(ComposedExpert().act([context])[0].action) == wanted


@pytest.mark.parametrize("task", ["click-checkboxes", "click-checkboxes-large"])
@pytest.mark.parametrize(("ticked", "expected"), [("", 4), ("b", 2), ("ab", 7)])
def test_boxes_are_ticked_in_the_order_of_the_instruction(task: str, ticked: str, expected: int):
    boxes = "".join(
        f'<label ref="{number}"><input ref="{number + 1}" id="ch{number}" type="checkbox"'
        f"{' checked' if name in ticked else ''}>{name}</label>"
        for number, name in ((1, "a"), (3, "b"), (5, "c"))
    )
    html = f'<div id="boxes">{boxes}</div><button ref="7" id="subbtn">Submit</button>'
    context = Context(f"miniwob.{task}", "Select b, a and click Submit.", Observation(html))
    [decision] = load_policy("expert").act([context])
    assert decision.action == actions.click(expected)
