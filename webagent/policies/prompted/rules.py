"""A model that needs no network: it answers the prompts of this package by a few fixed rules.

It understands instructions that quote what to type or to click, which is enough to see each
agent at work, and to test it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from bs4 import BeautifulSoup, Tag

from webagent import actions
from webagent.actions import Action
from webagent.llm.protocol import Conversation
from webagent.policies.prompted.prompts import prompt

FIELDS = "input[type=text], input[type=password], textarea"
CLICKABLE = ("button", "a", "input", "label", "li", "span", "div", "h3")

_INSTRUCTION = re.compile(r"^Instruction: (.*)$", re.MULTILINE)
_PAGE = re.compile(r"^Page:\n(.*?)(?:\n\n|\Z)", re.MULTILINE | re.DOTALL)
_DONE = re.compile(r"^Done so far:\n(.*?)(?:\n\n|\Z)", re.MULTILINE | re.DOTALL)
_PLANNING = re.compile(
    r"Instruction: (.*?)\nSub-instructions so far[^\n]*\n(.*?)\nPage: [^\n]*\n(.*)", re.DOTALL
)
_WRITING = re.compile(r"# (.*?)\n# Done for it so far:(.*?)\nPage:\n", re.DOTALL)
_SERVED = re.compile(r"^(?:  |# )(?!.*# failed: )\S.*$", re.MULTILINE)  # an action that worked
_TYPED = re.compile(r'\b(?:enter|username|password)\b[^"]*$', re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]*)"')
_TWICE = "into both"
_SUBMITS = re.compile(r"\b(?:press|click|hit) (submit|login|search)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Goal:
    """Type `text` into the field number `field`, or, where that is None, click what says it."""

    text: str
    field: int | None = None

    @classmethod
    def read(cls, text: str) -> Goal | None:
        """The goal that `str` gave this text of, None if it is none."""
        if found := re.fullmatch(r'Click what says "(.*)"\.', text, re.DOTALL):
            return cls(found[1])
        if found := re.fullmatch(r'Type "(.*)" into text field (\d+)\.', text, re.DOTALL):
            return cls(found[1], int(found[2]) - 1)
        return None

    def __str__(self) -> str:
        if self.field is None:
            return f'Click what says "{self.text}".'
        return f'Type "{self.text}" into text field {self.field + 1}.'


def reply_by_rules(conversation: Conversation) -> str:
    """The reply to the last message of a conversation."""
    asked = conversation[-1].text
    if planning := _PLANNING.match(asked):
        return _plan(*planning.groups())
    if writing := _WRITING.match(asked):
        return _written(*writing.groups())
    texts = [one.text for one in conversation]
    instruction = _last(_INSTRUCTION, texts)
    goals = goals_of(instruction)
    if "Which refs matter?" in asked:
        refs = re.findall(r' ref="(\d+)"', _last(_PAGE, texts))
        return ", ".join(refs)
    if "Write a plan" in asked or "write the whole plan again" in asked:
        return "\n".join(f"{number}. {goal}" for number, goal in enumerate(goals, start=1))
    if "Review your plan" in asked:
        return "I find no problem with the plan."
    done = _done(conversation)
    if re.search("Write (?:the|a new) program", asked):
        return _program(goals[len(done) :])
    if "According to the plan" in asked:
        return str(goals[len(done)]) if len(done) < len(goals) else "The episode is done."
    action = _action(goals, len(done), _last(_PAGE, texts))
    if "Look at the page" in asked:
        return f"The element has ref {action.ref}, and the step is possible."
    return str(action)


def goals_of(instruction: str) -> list[Goal]:
    """What an instruction asks for, in its order."""
    goals: list[Goal] = []
    fields = 0
    for found in _QUOTED.finditer(instruction):
        if _TYPED.search(instruction[: found.start()]):
            times = 2 if _TWICE in instruction else 1
            goals += [Goal(found[1], fields + n) for n in range(times)]
            fields += times
        else:
            goals.append(Goal(found[1]))
    goals += [Goal(one) for one in _SUBMITS.findall(instruction)]
    return goals or [Goal("")]


def _plan(instruction: str, served: str, page: str) -> str:
    """The answer of a planner: the next goal, with the element that it is about."""
    goals, done = goals_of(instruction), len(_SERVED.findall(served))
    if done >= len(goals):
        return orjson.dumps({"done": True}).decode()
    ref = _action(goals, done, page).ref
    plan = {"sub_instruction": str(goals[done]), "refs": [ref], "impossible": not ref}
    return orjson.dumps(plan).decode()


def _written(instruction: str, served: str) -> str:
    """The answer of a programmer: a program for a planner's goal, or for what is left of the whole
    instruction.
    """
    if goal := Goal.read(instruction):
        return _program([goal])
    left = goals_of(instruction)[len(_SERVED.findall(served)) :]
    return _program(left) if left else "done()"


def _action(goals: Sequence[Goal], done: int, page: str) -> Action:
    if done >= len(goals):
        return actions.done()
    goal, soup = goals[done], BeautifulSoup(page, "lxml")
    if goal.field is not None:
        fields = soup.select(FIELDS)
        return actions.type(_ref(fields[goal.field : goal.field + 1]), goal.text)
    found = [one for name in CLICKABLE for one in soup.find_all(name) if one.get("ref")]
    exactly = [one for one in found if goal.text in ("", _said(one))]
    return actions.click(_ref(exactly or [one for one in found if _like(_said(one), goal.text)]))


def _program(goals: Sequence[Goal]) -> str:
    lines = [prompt("rules_program", names=str(list(CLICKABLE)))]
    for goal in goals:
        if goal.field is None:
            lines.append(f'assert saying({goal.text!r}), "not there: " + page()')
            lines.append(f"click(saying({goal.text!r})[0])")
        else:
            lines.append(f"type(find({FIELDS!r})[{goal.field}], {goal.text!r})")
    return "```python\n" + "\n".join(lines) + "\n```"


def _said(element: Tag) -> str:
    return " ".join(element.get_text().split()) or str(element.get("value", ""))


def _like(said: str, text: str) -> bool:
    return said.lower() == text.lower()


def _ref(found: Sequence[Tag]) -> int:
    return int(str(found[0]["ref"])) if found else 0


def _done(conversation: Conversation) -> list[str]:
    """The actions taken: those of the list, or the replies since the instruction."""
    listed = _last(_DONE, [one.text for one in conversation])
    if listed:
        return [
            line for line in listed.splitlines() if line != "nothing" and "# failed" not in line
        ]
    start = max(n for n, one in enumerate(conversation) if _INSTRUCTION.search(one.text))
    turns = zip(conversation[start:], conversation[start + 1 :], strict=False)
    return [
        one.text
        for one, then in turns
        if one.role == "assistant" and not then.text.startswith("That failed")
    ]


def _last(pattern: re.Pattern[str], texts: Sequence[str]) -> str:
    found = [one for text in texts for one in pattern.findall(text)]
    return found[-1] if found else ""
