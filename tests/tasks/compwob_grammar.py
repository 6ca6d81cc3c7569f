"""The instruction grammar of CompWoB as patterns, written down apart from the page's own.

Letters stand for part kinds; TASKS lists the 50 tasks in report order.
"""

from __future__ import annotations

import json
import re
from functools import cache

from webagent.assets import miniwob_html

KINDS = {
    "B": "click-button",
    "Q": "click-button-sequence",
    "L": "click-link",
    "W": "click-widget",
    "X": "click-dialog",
    "D": "click-dialog-2",
    "C": "click-checkboxes",
    "c": "click-checkboxes-transfer",
    "s": "click-checkboxes-soft",
    "O": "click-option",
    "T": "enter-text",
    "P": "enter-password",
    "U": "login-user",
    "u": "login-user-popup",
    "M": "multi-layouts",
    "N": "navigate-tree",
    "K": "click-tab-2-hard",
    "A": "use-autocomplete",
    "G": "search-engine",
    "E": "enter-date",
    "F": "email-inbox-forward-nl",
    "f": "email-inbox-forward-nl-turk",
}
TASKS = [
    "BC", "Bc", "BX", "BL", "BO", "QC", "QO", "Qu", "LB", "LX", "LW", "LT", "OT", "OU", "ON",
    "WP", "WM", "PO", "UN", "MU",
    "BOU", "QOU", "CWQ", "cQP", "cPX", "XQP", "XcW", "LBX", "WOX", "PCu",
    "LBCX", "LBCOX", "WLBCOX", "QWLBCOX", "QWLBCOXU",
    "cMF", "OU", "OMWu", "UN", "uf",
    "BK", "QA", "sP", "sM", "XG", "DW", "Du", "Ws", "EU", "AX",
]  # fmt: skip
HEIGHTS = [
    400, 400, 210, 300, 400, 300, 300, 300, 300, 210, 300, 210, 300, 400, 400, 400, 400, 400,
    400, 400, 580, 300, 400, 400, 400, 300, 400, 300, 400, 580, 400, 580, 770, 770, 950, 400,
    300, 400, 400, 300, 400, 210, 400, 400, 300, 210, 300, 400, 300, 210,
]  # fmt: skip
SUBMITS = {1, 2, 5, 6, 7, 15, 18, 23, 24, 27, 29, 31, 32, 33, 34, 35, 37, 48}
TAILS = {16: "submit", 26: "submit", 30: "submit", 43: "submit", 24: "login", 25: "login"}
COMMANDS = {2: 1, 3: 2, 4: 2, 5: 3, 6: 3, 7: 3, 8: 4}
ENDS = {24: "", 26: ",", 45: "", 47: ""}  # of the official reverse text

LABEL = "(submit|okay|ok|yes|no|cancel|next|previous|Submit|Okay|Ok|Yes|No|Cancel|Next|Previous)"
NAME = "[A-Z][A-Za-z' -]*"
WORD = r"[A-Za-z]+[,.]?"
KEY = "[A-Za-z0-9]"
LIST = f"(nothing|{KEY}{{2,7}}(, {KEY}{{2,7}}){{0,5}})"
SIMILAR = "words similar to [A-Za-z]+(, [A-Za-z]+){0,4}"
LOGIN = f'the username "[a-z]+" and the password "{KEY}{{2,5}}" into the text fields'
MOVIE = "for [a-z]+ movies directed by [A-Za-z]+ from year (19[789]|20[01])[0-9]"
ITEM = (
    r"an item that starts with \"[A-Za-z, .'()-]{2,4}\"( and ends with \"[A-Za-z, .'()-]{2,4}\")?"
)


def pattern(number: int, reverse: bool, official: bool) -> str:
    """A pattern of the whole instruction of task `number` (from 1)."""
    letters = TASKS[number - 1]
    tick = "".join(letter for letter in letters if letter in "CcsO")[-1:]
    imperatives, gerunds = zip(
        *(clause(one, number, number in SUBMITS and one == tick, official) for one in letters),
        strict=True,
    )
    if not reverse:
        first = ", ".join(imperatives[:-1])
        end = "" if official and letters[-1] in "Ff" else r"\."
        return f"{first}, and then {imperatives[-1]}{end}"
    count = 1 if number in (28, 36) else COMMANDS[len(letters)]
    after = gerunds[:-count]
    joint = " and then ".join(after) if official and number == 28 else listed(after)
    end = re.escape(ENDS.get(number, ".")) if official else r"\."
    return f"{listed(imperatives[-count:])}, after {joint}{end}"


def listed(items: tuple[str, ...]) -> str:
    return ", and ".join((", ".join(items[:-1]), items[-1])) if len(items) > 1 else items[0]


def clause(letter: str, number: int, submits: bool, official: bool) -> tuple[str, str]:
    """Imperative and gerund of a part."""
    click, clicking = (" and click Submit", " and clicking Submit") if submits else ("", "")
    if letter in "Ccs" or letter == "O":
        what = SIMILAR if letter == "s" else f"{KEY}{{2,7}}" if letter == "O" else LIST
        return f"select {what}{click}", f"selecting {what}{clicking}"
    if letter == "P":
        tail = TAILS.get(number)
        text = f'the password "{KEY}{{2,5}}" into both text fields'
        if tail is None:
            return f"enter {text}", f"entering {text}"
        return f"enter {text} and press {tail}", f"entering {text} and pressing {tail}"
    if letter in "Uu":
        return f"enter {LOGIN} and press login", f"entering {LOGIN} and pressing login"
    if letter in "Ff":
        return email(official), "-"
    return PLAIN[letter]


PLAIN = {
    "B": (f'click on the "{LABEL}" button', f'clicking on the "{LABEL}" button'),
    "Q": (
        "click button ONE, then click button TWO",
        "clicking button ONE, then clicking button TWO",
    ),
    "L": (f'click on the link "{WORD}"', f'clicking on the link "{WORD}"'),
    "W": (
        'click on a "(radio|checkbox|text|textarea|button)" widget',
        'clicking on a "(radio|checkbox|text|textarea|button)" widget',
    ),
    "X": (
        'close the dialog box by clicking the "x"',
        'closing the dialog box by clicking the "x"',
    ),
    "D": (
        'click the button in the dialog box labeled "(Cancel|OK|x)"',
        'clicking the button in the dialog box labeled "(Cancel|OK|x)"',
    ),
    "T": (f'enter "{NAME}" into the text field and press Submit', "-"),
    "M": (f"search {MOVIE}", f"searching {MOVIE}"),
    "N": (
        rf'navigate through the file tree\. Find and click on the folder or file named "{NAME}"',
        "-",
    ),
    "K": (f'switch between the tabs to find and click on the link "{WORD}"', "-"),
    "A": (f"enter {ITEM}", f"entering {ITEM}"),
    "G": (
        f'use the textbox to enter "{NAME}" and press "Search", then find and click the '
        "(1st|2nd|3rd|[4-9]th) search result",
        "-",
    ),
    "E": (
        "enter [01][0-9]/[0-3][0-9]/201[0-9] as the date",
        "entering [01][0-9]/[0-3][0-9]/201[0-9] as the date",
    ),
}


@cache
def templates() -> tuple[str, ...]:
    """The sentences that ask to forward an email, in the package of the base pages."""
    path = miniwob_html() / "common" / "special" / "email-inbox-nl" / "templates.js"
    source = path.read_text("utf-8").partition("=")[2].strip().rstrip(";")
    return tuple(json.loads(source)["forward"]["train"])


@cache
def email(official: bool) -> str:
    sentences = [one if official else clean_email(one) for one in templates()]
    filled = [re.sub("NAME|DEST", lambda _: NAME, re.escape(one)) for one in sentences]
    return f"({'|'.join(filled)})"


def clean_email(template: str) -> str:
    sentence = template[:-1] if template[-1] in ".?" else template
    if sentence.startswith(("NAME", "DEST", "I ", "I'd ")):
        return sentence
    return "forward" + sentence[7:] if sentence[:2] == "FO" else sentence[0].lower() + sentence[1:]


def matches(instruction: str, number: int, reverse: bool, official: bool) -> bool:
    """Whether the instruction follows the grammar, capital letter included."""
    letters = TASKS[number - 1]
    raw_first = official and reverse and letters[-1] in "Ff"
    wanted = pattern(number, reverse, official)
    if raw_first:
        return re.fullmatch(wanted, instruction) is not None
    if instruction[:1].islower():
        return False
    lowered = instruction[:1].lower() + instruction[1:]
    return bool(re.fullmatch(wanted, lowered) or re.fullmatch(wanted, instruction))
