"""Episodes on live pages: pages that can be left, over any driver and behind a gate."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin

import orjson

from webagent.actions import Action, check
from webagent.browser.converse import arguments, call, converse, take_pictures
from webagent.browser.guard import Gate, Guard
from webagent.browser.protocol import Driver, Happened, Left, Mode, Page
from webagent.browser.reach import reach_of, shown
from webagent.browser.script import page_script
from webagent.browser.secrets import Vault, is_below
from webagent.errors import ActionError, BrowserError, TaskError
from webagent.tasks.protocol import Start
from webagent.types import Box, Json, Observation

ROUNDS = 6  # documents that one action may lead through
MISSING = "__webagent is not defined"
ENDS = ("done", "answer")
NOT_HERE = "This page is not of the domain that the secret is for, so it was not typed."


@dataclass(slots=True)
class Visit:
    """An episode in a slot. `url` is the last address whose page the policy has seen, `refs` the
    highest ref that its documents gave.
    """

    start: Start
    gate: Gate
    vault: Vault
    url: str = ""
    said: Json = None
    refs: int = 0
    wrong: list[str] = field(default_factory=list[str])  # with the step that is under way
    alerts: list[str] = field(default_factory=list[str])
    follows: bool = False  # whether a window that opens now was opened by the action

    def note(self, text: str) -> None:
        if text and text not in self.wrong:
            self.wrong.append(text)

    def take(self, happened: Happened) -> None:
        for text in happened.notes:
            self.note(text)
        self.alerts += happened.alerts


class LivePages:
    """The live slots of a session. Values are as those of `Browser`."""

    def __init__(self, driver: Driver, mode: Mode) -> None:
        self._driver = driver
        self._mode = mode
        self._guard: Guard | None = None
        self._gates: dict[int, Gate] = {}
        self._visits: dict[int, Visit] = {}

    def reset(self, starts: Mapping[int, Start]) -> dict[int, Page | BrowserError]:
        """Begin an episode in each slot, each with a fresh profile."""
        failed: dict[int, BrowserError] = {}
        for slot, start in starts.items():
            try:
                self._visits[slot] = self._admit(slot, start)
            except TaskError as error:
                failed[slot] = BrowserError(str(error))
        ready = {slot: start for slot, start in starts.items() if slot not in failed}
        entered = self._driver.live.enter(ready, {slot: self._gates[slot] for slot in ready})
        failed |= {slot: error for slot, error in entered.items() if error}
        begins = {s: _begin(one) for s, one in ready.items() if one.begin and s not in failed}
        if begins:
            self._driver.live.settle(begins)
            begun = self._driver.evaluate(begins)
            failed |= {s: one for s, one in begun.items() if isinstance(one, BrowserError)}
        return self._arrive([slot for slot in ready if slot not in failed]) | failed

    def step(self, actions: Mapping[int, Action]) -> dict[int, Page | BrowserError]:
        """Carry out one action per slot, and observe where that leads."""
        visits: dict[int, str | None] = {}
        scripts: dict[int, str] = {}
        taken: dict[int, Action] = {}
        for slot, action in actions.items():
            visit = self._visits[slot]
            visit.follows = action.name not in ("goto", "back", *ENDS)
            try:
                taken[slot] = action = check(action)
                self._plan(slot, action, visits, scripts)
            except ActionError as error:
                visit.note(str(error))
        gone = self._driver.live.visit(visits) if visits else {}
        for slot, wrong in gone.items():
            if not isinstance(wrong, BrowserError):
                self._visits[slot].note(wrong)
        states, failed, _ = converse(self._driver, self._evaluate(scripts))
        for slot, state in states.items():
            self._visits[slot].note(state.get("error") or "")
            if state.get("hidden"):
                self._visits[slot].vault.hide(str(taken[slot].args[-1]))
        lost = {slot: one for slot, one in failed.items() if not isinstance(one, Left)}
        lost |= {slot: one for slot, one in gone.items() if isinstance(one, BrowserError)}
        return self._arrive([slot for slot in actions if slot not in lost]) | lost

    def close(self) -> None:
        if self._guard:
            self._guard.close()

    def _admit(self, slot: int, start: Start) -> Visit:
        reach = reach_of(start)
        if not self._driver.live.tells_kinds:
            reach = replace(reach, strict=True)
        if self._guard is None:
            self._guard = Guard()
        if slot not in self._gates:
            self._gates[slot] = self._guard.open(reach)
        self._gates[slot].reach = reach
        return Visit(start, self._gates[slot], Vault(start.secrets, reach.domains[0]), start.url)

    def _plan(
        self, slot: int, action: Action, visits: dict[int, str | None], scripts: dict[int, str]
    ) -> None:
        """Say what the driver has to do. Raises `ActionError`."""
        visit = self._visits[slot]
        if action.name == "goto":
            url = urljoin(visit.url, str(action.args[0]).strip())
            if why := visit.gate.reach.refusal(url):
                raise ActionError(why)
            visits[slot] = url
        elif action.name == "back":
            visits[slot] = None
        elif action.name in ENDS:
            text = {"text": str(action.args[0])} if action.args else {}
            visit.said = {"action": action.name, **text}
        else:
            filled, places = visit.vault.fill(action)
            script = call("act", self._mode, action.name, *arguments(filled))
            if places:
                here = " && ".join(is_below(place) for place in places)
                refused = orjson.dumps({"error": NOT_HERE}).decode()
                script = f"({here}) ? {script} : {orjson.dumps(refused).decode()}"
            scripts[slot] = script

    def _arrive(self, slots: Sequence[int]) -> dict[int, Page | BrowserError]:
        """Observe each slot when it rests on a page that it may be on."""
        pages: dict[int, Page | BrowserError] = {}
        states: dict[int, dict[str, Any]] = {}
        moving = list(slots)
        for _ in range(ROUNDS):
            moving = self._round(moving, states, pages)
            if not moving:
                break
        for slot in moving:
            if slot not in states:
                why = "The page leads on and on." + "".join(
                    f" {w}" for w in self._visits[slot].wrong
                )
                pages[slot] = BrowserError(why)
        return pages | self._finish({s: one for s, one in states.items() if s not in pages})

    def _round(
        self,
        moving: Sequence[int],
        states: dict[int, dict[str, Any]],
        pages: dict[int, Page | BrowserError],
    ) -> list[int]:
        """Observe pages that rest, and return the slots that went on meanwhile."""
        before = self._settled(moving, pages)
        followed = self._follow(before)
        still = [slot for slot in before if slot not in followed]
        replies = self._evaluate({slot: self._look(slot) for slot in still})
        strayed: dict[int, str | None] = {}
        left: list[int] = []
        for slot, reply in replies.items():
            states.pop(slot, None)
            if isinstance(reply, Left):
                left.append(slot)
            elif isinstance(reply, BrowserError):
                pages[slot] = reply
            elif why := self._take_state(slot, reply, states):
                self._visits[slot].note(why)
                strayed[slot] = self._visits[slot].url
        self._driver.live.visit(strayed) if strayed else None
        resting = [slot for slot in still if slot in states]
        after = self._settled(resting, pages)
        gone_on = [s for s, one in after.items() if one.documents != before[s].documents]
        return [*followed, *left, *strayed, *gone_on]

    def _evaluate(self, scripts: Mapping[int, str]) -> dict[int, str | BrowserError]:
        """Run scripts, in documents that were not given the page's half too."""
        replies = self._driver.evaluate(scripts)
        without = [slot for slot, reply in replies.items() if MISSING in str(reply)]
        if not without:
            return replies
        self._driver.evaluate(dict.fromkeys(without, f"({page_script(True)[:-1]}, '')"))
        return replies | self._driver.evaluate({slot: scripts[slot] for slot in without})

    def _settled(
        self, slots: Sequence[int], pages: dict[int, Page | BrowserError]
    ) -> dict[int, Happened]:
        settled: dict[int, Happened] = {}
        for slot, happened in self._driver.live.settle(slots).items() if slots else ():
            if isinstance(happened, BrowserError):
                pages[slot] = happened
            else:
                settled[slot] = happened
                self._visits[slot].take(happened)
        return settled

    def _follow(self, happened: Mapping[int, Happened]) -> list[int]:
        """Open in the slot itself what an action opened in another window."""
        visits: dict[int, str | None] = {}
        for slot, one in happened.items():
            visit = self._visits[slot]
            if one.popup and visit.follows:
                visit.follows = False
                if why := visit.gate.reach.refusal(one.popup):
                    visit.note(f"The page wanted to open another window. {why}")
                else:
                    visits[slot] = one.popup
        for slot, wrong in (self._driver.live.visit(visits) if visits else {}).items():
            self._visits[slot].note(str(wrong))
        return list(visits)

    def _look(self, slot: int) -> str:
        visit = self._visits[slot]
        given = {
            "ignore": visit.start.ignore, "said": visit.said, "error": None, "refs": visit.refs,
        }  # fmt: skip
        return f"__webagent.look({orjson.dumps(given).decode()}, (said) => ({visit.start.probe}))"

    def _take_state(self, slot: int, reply: str, states: dict[int, dict[str, Any]]) -> str:
        """Keep a page's state, if it may be seen; else say why not."""
        state: dict[str, Any] = orjson.loads(reply)
        url, visit = str(state["url"]), self._visits[slot]
        if url.startswith("chrome-error:"):
            return visit.wrong[0] if visit.wrong else "The address could not be opened."
        if why := visit.gate.reach.refusal(url):
            return why
        states[slot], visit.url = state, url
        visit.refs = max(visit.refs, int(state["refs"]))
        return ""

    def _finish(self, states: Mapping[int, dict[str, Any]]) -> dict[int, Page | BrowserError]:
        pictures = take_pictures(self._driver, {s: self._visits[s].start for s in states})
        pages: dict[int, Page | BrowserError] = {}
        for slot, state in states.items():
            picture, visit = pictures.get(slot), self._visits[slot]
            if isinstance(picture, BrowserError):
                pages[slot] = picture
                continue
            text = "".join(f'<div role="alert">{html.escape(one)}</div>' for one in visit.alerts)
            told = visit.vault.mask(text + str(state["html"]))
            error = visit.vault.mask(" ".join(visit.wrong)) or None
            if told != text + str(state["html"]) or state.get("reveals"):
                picture = None  # it would show the secret that the page shows
            boxes = {int(ref): Box(*place) for ref, *place in state["boxes"]}
            url = shown(visit.vault.mask(str(state["url"])))
            pages[slot] = Page(Observation(told, url, boxes, picture, error), state["probe"])
            visit.wrong, visit.alerts = [], []
        return pages


def _begin(start: Start) -> str:
    options = orjson.dumps(start.options).decode()
    return f"(async (options) => {{{start.begin}\n}})({options}).then(() => '')"
