"""Plays a composition by what can be seen on its page."""

from __future__ import annotations

import re

from webagent import actions
from webagent.actions import Action
from webagent.browser.protocol import Page
from webagent.browser.session import Session
from webagent.tasks.compwob import CompWobTask, suites, task
from webagent.tasks.protocol import Variant
from webagent.types import Verdict

OFFICIAL = Variant(text="official")


def make(number: int, reverse: bool = False, variant: Variant | None = None) -> CompWobTask:
    made = task(suites()["compwob-reverse" if reverse else "compwob"][number - 1], variant)
    assert made is not None
    return made


class Game:
    """A page that is played by what can be seen on it."""

    def __init__(self, browser: Session, played: CompWobTask, seed: int = 1) -> None:
        self._browser, self._task = browser, played
        self._page = self._take(browser.reset({0: played.start(seed)})[0])

    @property
    def html(self) -> str:
        return self._page.observation.html

    @property
    def verdict(self) -> Verdict:
        return self._task.judge(self._page.probe)

    @property
    def instruction(self) -> str:
        return self.verdict.instruction

    @property
    def result(self) -> float | None:
        return self.verdict.raw_reward if self.verdict.done else None

    @property
    def ordered(self) -> bool:
        return bool(self.verdict.facts["ordered"])

    @property
    def rights(self) -> list[bool]:
        return [one["right"] for one in self.verdict.facts["parts"]]

    def asked(self, pattern: str) -> str:
        found = re.search(pattern, self.instruction, re.IGNORECASE)
        assert found, (pattern, self.instruction)
        return found[1]

    def refs(self, pattern: str) -> list[int]:
        """Refs of the elements whose HTML, after `ref="3"`, matches the pattern."""
        return [int(ref) for ref in re.findall(rf'ref="(\d+)"{pattern}', self.html)]

    def do(self, action: Action) -> None:
        self._page = self._take(self._browser.step({0: action})[0])

    def click(self, pattern: str) -> None:
        self.do(actions.click(self.refs(pattern)[0]))

    def type(self, name: str, text: str) -> None:
        self.do(actions.type(self.refs(f' id="{name}"')[0], text))

    def press(self, name: str) -> None:
        self.click(f' id="{name}"')

    # The parts, done right (or wrong, where a flag says so).

    def button(self) -> None:
        label = self.asked('clicke?d?i?n?g? on the "(.*?)" button')
        self.click(f">{label}</button>")

    def link(self, right: bool = True) -> None:
        word = re.escape(self.asked('on the link "(.*?)"'))
        self.click(f' class="alink">{word}<' if right else f' class="alink">(?!{word}<)')

    def widget(self, right: bool = True) -> None:
        kind = self.asked('on an? "(.*?)" widget')
        rows = re.findall(r'ref="(\d+)" class="widget">(.*?)</div>', self.html)
        of = {ref: self._kind(inner) for ref, inner in rows}
        self.do(actions.click(int(next(r for r, one in of.items() if (one == kind) is right))))

    @staticmethod
    def _kind(inner: str) -> str:
        signs = {"radio": 'type="radio"', "checkbox": 'type="checkbox"', "text": 'type="text"'}
        signs |= {"textarea": "<textarea", "button": "<button"}
        return next(kind for kind, sign in signs.items() if sign in inner)

    def tick(self) -> None:
        listed = self.asked(
            r"select(?:ing)? (nothing|\w+(?:, (?!select|search|enter|and |close)\w+)*)"
        )
        for text in [] if listed == "nothing" else listed.split(", "):
            self.click(rf'[^>]*type="checkbox"[^>]*>{text}</label>')

    def choose(self) -> None:
        text = self.asked(r"select (\w+)(?: and click Submit|, and|, search)")
        self.click(rf'[^>]*type="radio"[^>]*>{text}</label>')

    def close(self) -> None:
        self.click('[^>]*ui-dialog-titlebar-close"')

    def sequence(self) -> None:
        self.press("subbtn1")
        self.press("subbtn2")

    def login(self, right: bool = True) -> None:
        self.type("username", self.asked('username "(.*?)"'))
        self.type("password", self.asked('the password "(.*?)" into the') if right else "")

    def password(self) -> None:
        for name in ("password", "verify"):
            self.type(name, self.asked('the password "(.*?)" into both'))

    @staticmethod
    def _take(page: object) -> Page:
        assert isinstance(page, Page), page
        return page
