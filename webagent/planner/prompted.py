"""Planning and writing with a chat model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from itertools import groupby
from string import Template

from pydantic import BaseModel, ValidationError

from webagent import actions
from webagent.errors import PolicyError
from webagent.llm.protocol import ChatModel, Conversation, assistant, spoken, system, user
from webagent.planner.plan import Plan, PlanRequest, WriteRequest
from webagent.program.run import check
from webagent.types import Context, Step

_FENCE = re.compile(r"```(?:python|py)?\s*\n(.*?)```", re.DOTALL)
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)
LONGEST = 200  # characters of an action that is told, and of its error
FORM = '{"sub_instruction": "...", "refs": [1, 2], "done": false, "impossible": false}'


class PlanAnswer(BaseModel):
    """The JSON that planners are asked for."""

    sub_instruction: str = ""
    refs: list[int] = []
    done: bool = False
    impossible: bool = False


class PromptedModules:
    """A planner and a programmer from one chat model.

    `longest` is how many characters of a page are shown. An answer that can't be read goes
    back with what is wrong, up to `repairs` times.
    """

    def __init__(self, model: ChatModel, longest: int = 60_000, repairs: int = 1) -> None:
        self.model = model
        self._longest = longest
        self._repairs = repairs

    def plan(self, requests: Sequence[PlanRequest]) -> list[Plan]:
        """Raises `PolicyError` for an answer that stays unreadable."""
        asked = [self._planning(one) for one in requests]
        return [_plan(answer) for answer in self._answers(asked, _wrong_plan)]

    def write(self, requests: Sequence[WriteRequest]) -> list[str]:
        """What is no Python even after repairs is returned as it is: it fails as a program."""
        asked = [self._writing(one) for one in requests]
        return [_source(answer) for answer in self._answers(asked, _wrong_program)]

    def _planning(self, request: PlanRequest) -> Conversation:
        said = "\n".join(_served(request)) or "none"
        errors = "\n".join(f"- {one.note}: {_line(one.error)}" for one in request.tries)
        failed = _prompt("plan_failed", errors=errors) if errors else ""
        context = request.context
        now = _prompt(
            "plan_now",
            instruction=context.instruction,
            said=said,
            failed=failed,
            url=context.observation.url,
            page=self._page(context),
        )
        return system(_prompt("plan")), user(now)

    def _writing(self, request: WriteRequest) -> Conversation:
        context = request.context
        tried = [_prompt("tried", program=one.program, error=one.error) for one in request.tries]
        failed = _prompt("repair", tried="\n".join(tried)) if tried else ""
        now = _prompt(
            "write_now",
            instruction=context.instruction,
            done="".join(f"\n# {_told(step)}" for step in context.history) or " nothing",
            page=self._page(context),
            failed=failed,
        )
        return system(_prompt("write", actions=actions.grammar())), user(now)

    def _page(self, context: Context) -> str:
        html, error = context.observation.html, context.observation.error
        shown = html if len(html) <= self._longest else f"{html[: self._longest]} …"
        return f"{shown}\nThe last action failed: {error}" if error else shown

    def _answers(self, asked: Sequence[Conversation], wrong: Callable[[str], str]) -> list[str]:
        """The answers, in order. Raises `PolicyError` if one of them could not be had."""
        answers: dict[int, str] = {}
        waiting = dict(enumerate(asked))
        for left in range(self._repairs, -1, -1):
            replies = self.model.chat(list(waiting.values())) if waiting else ()
            again: dict[int, Conversation] = {}
            for (number, conversation), reply in zip(waiting.items(), replies, strict=True):
                if isinstance(reply, PolicyError):
                    raise reply
                answers[number] = spoken(reply)
                if left and (said := wrong(answers[number])):
                    again[number] = (*conversation, assistant(reply), user(said))
            waiting = again
        return [answers[number] for number in range(len(asked))]


def _served(request: PlanRequest) -> Iterator[str]:
    """Each sub-instruction in turn, and in lines of their own what was done for it, as far as the
    history tells.
    """
    steps = groupby(request.context.history, lambda step: step.decision.note)
    done = [(note, [_told(step) for step in some]) for note, some in steps]
    for said, _ in groupby(request.said):
        yield f"- {said}"
        known = done.pop(0)[1] if done and done[0][0] == said else []
        yield from (f"  {one}" for one in known)


def _told(step: Step) -> str:
    """The action on one line, with what was wrong with it."""
    failed = f"  # failed: {_line(step.error)[:LONGEST]}" if step.error else ""
    return f"{str(step.decision.action)[:LONGEST]}{failed}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _plan(answer: str) -> Plan:
    found = _read(answer)
    if isinstance(found, str):
        raise PolicyError(f"The planner's answer can't be read: {answer[:200]!r}")
    over = found.done or found.impossible
    return Plan(found.sub_instruction, found.refs, over, gave_up=found.impossible)


def _read(answer: str) -> PlanAnswer | str:
    """The plan of an answer, or what is wrong with it, for its writer."""
    found = _OBJECT.search(answer)
    try:
        plan = PlanAnswer.model_validate_json(found[0] if found else answer)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{first['msg']}. Answer with one line of JSON and nothing else: {FORM}"
    over = plan.done or plan.impossible
    return plan if over or plan.sub_instruction else f"Name a sub-instruction: {FORM}"


def _wrong_plan(answer: str) -> str:
    found = _read(answer)
    return found if isinstance(found, str) else ""


def _source(answer: str) -> str:
    fenced = _FENCE.findall(answer)
    return str(fenced[-1]).strip("\n") if fenced else answer.strip()


def _wrong_program(answer: str) -> str:
    wrong = check(_source(answer))
    return f"That is not a program: {wrong} Answer with Python and nothing else." if wrong else ""


def _prompt(name: str, **values: str) -> str:
    text = files("webagent.planner").joinpath("prompts", f"{name}.txt").read_text("utf-8")
    return Template(text.rstrip("\n")).substitute(values)
