"""Each way to do a part wrongly fits the goals of its kind."""

import pytest

from miniwob_tasks.experts.instruction import parse
from miniwob_tasks.spoiling.ways import WRONG

MAIL = "Please forward the information from Ann to Bo."
MOVIE = "Search for horror movies directed by Durham from year 2016."
ASKED = {
    "click-button": 'Click on the "ok" button.',
    "click-button-sequence": "Click button ONE, then click button TWO.",
    "click-checkboxes": "Select ab and click Submit.",
    "click-checkboxes-large": "Select ab, cd and click Submit.",
    "click-checkboxes-soft": "Select words similar to ab and click Submit.",
    "click-checkboxes-transfer": "Select ab and click Submit.",
    "click-dialog": 'Close the dialog box by clicking the "x".',
    "click-dialog-2": 'Click the button in the dialog box labeled "OK".',
    "click-link": 'Click on the link "sit".',
    "click-option": "Select ab and click Submit.",
    "click-tab-2": 'Switch between the tabs to find and click on the link "sit".',
    "click-tab-2-hard": 'Switch between the tabs to find and click on the link "sit".',
    "click-widget": 'Click on a "text" widget.',
    "email-inbox-forward-nl": MAIL,
    "email-inbox-forward-nl-turk": MAIL,
    "enter-date": "Enter 03/09/2015 as the date and hit submit.",
    "enter-password": 'Enter the password "X1" into both text fields and press submit.',
    "enter-text": 'Enter "Annis" into the text field and press Submit.',
    "enter-text-dynamic": 'Enter "Annis" into the text field and press Submit.',
    "login-user": 'Enter the username "a" and the password "b" into the text fields and press '
    "login.",
    "multi-layouts": MOVIE,
    "multi-orderings": MOVIE,
    "navigate-tree": "Navigate through the file tree. Find and click on the folder or file named "
    '"A".',
    "search-engine": 'Use the textbox to enter "Ann" and press "Search", then find and click the '
    "4th search result.",
    "use-autocomplete": 'Enter an item that starts with "Ho" and ends with "Kong".',
}  # fmt: skip
ASKED["login-user-popup"] = ASKED["login-user"]


@pytest.mark.parametrize("kind", sorted(WRONG))
def test_each_way_is_for_goals_of_its_kind(kind: str) -> None:
    (clause,) = parse(ASKED[kind])
    for name, spoil in WRONG[kind]:
        spoiled = spoil(clause.goal, ())
        assert name and (isinstance(spoiled, str) or spoiled != clause.goal)
