"""An instruction on a website that no task package knows: nothing judges it but the policy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from webagent.actions import Action
from webagent.tasks.protocol import Secret, Start
from webagent.types import Episode, Json, Step, Try, Verdict

LIVE = "live."
WINDOW = (1280, 720)
HIDDEN = "••••••••"  # stands where a password was; observe.js writes the same
PASSWORD = re.compile(r'<input ref="(\d+)"[^>]* type="password"')
PLACEHOLDER = re.compile(r"\{\{\s*([^\W\d]\w*)\s*\}\}")  # the name of a secret
SHORTEST = 4  # characters of a secret; a shorter text would be found everywhere


@dataclass(frozen=True, slots=True)
class LiveTask:
    """Carry out `instruction`, beginning at `url`.

    `done()` and `answer()` count as success, since nobody else knows; `answer` is in the
    facts of the verdict. `allow`, `strict`, `secrets` and `confirm` are those of `Start`.
    """

    instruction: str
    url: str
    step_limit: int = 30
    allow: tuple[str, ...] = ()
    strict: bool = False
    secrets: Mapping[str, Secret] = field(default_factory=dict[str, Secret], repr=False)
    confirm: bool = False
    window: tuple[int, int] = WINDOW

    @property
    def id(self) -> str:
        return f"{LIVE}{urlsplit(self.url).netloc or 'nowhere'}"

    @property
    def labels(self) -> Mapping[str, Json]:
        return {"group": "live", "url": self.url, "judge": "the policy itself"}

    def start(self, seed: int) -> Start:
        """The same page for every seed; what it shows is the site's business."""
        return Start(
            self.url,
            probe="said",
            window=self.window,
            live=True,
            allow=self.allow,
            strict=self.strict,
            secrets=self.secrets,
            confirm=self.confirm,
        )

    def judge(self, probe: Json) -> Verdict:
        if not isinstance(probe, Mapping):
            return Verdict(self.instruction)
        facts = {"answer": probe["text"]} if "text" in probe else {}
        return Verdict(self.instruction, done=True, raw_reward=1.0, success=True, facts=facts)


def conceal(episode: Episode) -> Episode:
    """The episode as it may be stored: without the texts that were typed into password
    fields, wherever in its actions, notes, programs, pages and instruction they stand.
    """
    found = passwords(episode.steps)

    verdict = episode.verdict
    facts = {
        key: cover(one, found) if isinstance(one, str) else one
        for key, one in verdict.facts.items()
    }
    verdict = replace(verdict, instruction=cover(verdict.instruction, found), facts=facts)
    steps = tuple(conceal_step(step, found) for step in episode.steps)
    return replace(episode, verdict=verdict, steps=steps)


def conceal_step(step: Step, hidden: Sequence[str]) -> Step:
    """The step without the texts `hidden`, and without a password that it types."""
    decision = step.decision
    args = tuple(
        cover(arg, hidden) if isinstance(arg, str) else arg for arg in decision.action.args
    )
    if typed_password(step):
        args = (*args[:-1], HIDDEN)
    decision = replace(
        decision,
        action=Action(decision.action.name, args),
        note=cover(decision.note, hidden),
        program=cover(decision.program, hidden),
        tries=tuple(_conceal_try(one, hidden) for one in decision.tries),
    )
    page = replace(step.observation, html=cover(step.observation.html, hidden))
    return Step(page, decision, cover(step.error, hidden) if step.error else None)


def _conceal_try(one: Try, hidden: Sequence[str]) -> Try:
    return Try(cover(one.program, hidden), cover(one.error, hidden), cover(one.note, hidden))


def passwords(steps: Iterable[Step]) -> list[str]:
    """What was typed into password fields in clear, the longest first."""
    typed = {text for step in steps if (text := typed_password(step))}
    quoted = {
        text.replace("\\", "\\\\").replace(mark, f"\\{mark}") for text in typed for mark in "'\""
    }
    known = (text for text in typed | quoted if len(text) >= SHORTEST)  # also as programs say it
    return sorted(known, key=len, reverse=True)


def cover(text: str, hidden: Iterable[str]) -> str:
    for one in hidden:
        text = text.replace(one, HIDDEN)
    return text


def typed_password(step: Step) -> str:
    """What a step typed into a password field in clear; "" if it did no such thing."""
    action = step.decision.action
    if action.name != "type" or len(action.args) != 2 or PLACEHOLDER.search(str(action.args[1])):
        return ""
    fields = PASSWORD.findall(step.observation.html)
    return str(action.args[1]) if str(action.args[0]) in fields else ""
