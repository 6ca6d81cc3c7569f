"""What a model is asked in training, and the right answers: texts, before they are tokens.

Three questions come of each demonstration: what to do next, what the next sub-instruction is
and which elements matter to it, and what program carries that out, mostly on their snippet. The
sub-instruction is the part of the instruction that the demonstrator's note names.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TypeAlias

from webagent.actions import Action, answer, done
from webagent.examples import model_input, plan_input, write_input
from webagent.html import cut, refs
from webagent.nn.senses import Pixels, screenshots
from webagent.planner.clauses import clauses
from webagent.planner.plan import OVER, whole
from webagent.types import Context, Decision, Step

Demonstration: TypeAlias = Sequence[tuple[Context, Decision]]

PLANS, PROGRAMS = "plan.", "program."  # stand before the task's name
STRAY = 0.4  # share of snippets that hold elements which do not matter
STRAYS = 4  # such elements at most
LAST = (answer.__name__, done.__name__)  # said of a page as it is, not as it will be
PLANNED = 3  # steps of a demonstration that are planned and written, at most
UNCUT = 0.1  # share of programs that are written for the whole page
UNPLANNED = 0.1  # share of programs that are written for that and the whole instruction


@dataclass(frozen=True, slots=True)
class Question:
    """One example: `source` is read; each of `answers` follows, in this order, up to the
    first that names an element which the source lost; then `labels`, in any order. `frames`
    are the screenshots that are seen with it, the current one first. `step` is how many actions
    came before. `phrase` is a plan's sub-instruction that is no clause of the instruction. A
    `wrong` step is where an episode that failed first left a teacher's way.
    """

    task: str
    source: str
    answers: Sequence[str]
    labels: Sequence[str] = ()
    frames: Sequence[Pixels | None] = ()
    step: int = 0
    phrase: str = ""
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Program:
    """Steps of a demonstration, from `first` to before `end`, that serve one
    sub-instruction and act on elements which the first one's page has. `before` is how many
    actions had served others.
    """

    instruction: str
    before: int
    first: int
    end: int
    refs: frozenset[int]


def acting(
    demonstrations: Iterable[Demonstration],
    ahead: int = 1,
    labels: int = 0,
    *,
    mentions: bool = True,
    failed: bool = False,
) -> Iterator[Question]:
    """Each step: the next action, up to `ahead` with those that follow on the same page, and up
    to `labels` elements by what they say.

    A policy stops at the first action. What follows makes more of each page that is read in
    training: to find an element by its text is most of what acting takes. With `failed`, the
    demonstrations are failures that a teacher corrected.
    """
    rng = random.Random(0)
    for one in demonstrations:
        wrong = _wrong(one) if failed else None
        for number, (context, _) in enumerate(one):
            seen = model_input(context, mentions=mentions)
            found = (seen.target(action) for action in _followed(one, number, ahead))
            answers = [text for text in takewhile(lambda text: text is not None, found) if text]
            said = seen.labels() if labels else []
            drawn = rng.sample(said, min(labels, len(said)))
            yield Question(
                context.task, seen.text, answers, [f"{label}⟨{at}⟩" for label, at in drawn],
                screenshots(context), len(context.history), wrong=number == wrong,
            )  # fmt: skip


def modular(
    demonstrations: Iterable[Demonstration],
    longest: int = 8,
    *,
    mentions: bool = True,
    failed: bool = False,
) -> Iterator[Question]:
    """For some steps of each demonstration the plan that asks for what is done next, and the
    program of up to `longest` calls on its snippet: from where a sub-instruction begins, and from
    its midst, as an agent that replans after each call comes upon it. With `failed`, the
    demonstrations are failures that a teacher corrected; where they first went wrong is among
    them. Some programs are for all of the page, and some of these for all of the instruction: what
    an agent without snippets, or without a planner, has to write.
    """
    rng = random.Random(0)
    for one in demonstrations:
        wrong = _wrong(one) if failed else None
        drawn = rng.sample(range(len(one)), min(PLANNED, len(one)))
        for first in sorted({*drawn} if wrong is None else {*drawn, wrong}):
            program = program_from(one, first, longest)
            context, decision = one[first]
            over = decision.action.name == done.__name__
            said = [_instruction(one, number) for number in range(first)]
            read = plan_input(context, said, mentions=mentions)
            told = read.plan(OVER if over else program.instruction, program.refs)
            answers, step = [told] if told else [], len(context.history)
            own = not over and program.instruction not in clauses(context.instruction)
            phrase = program.instruction if own else ""
            plan = Question(
                PLANS + context.task, read.text, answers,
                step=step, phrase=phrase, wrong=first == wrong,
            )  # fmt: skip
            yield plan
            chance = rng.random()
            if unplanned := chance < UNPLANNED:
                program = program_from(one, first, longest, planned=False)
            if unplanned or not over:
                uncut = chance < UNPLANNED + UNCUT
                asked = _writing(one, program, rng, mentions, uncut=uncut)
                yield replace(asked, wrong=first == wrong)


def program_from(
    demonstration: Demonstration, first: int, longest: int, *, planned: bool = True
) -> Program:
    """What serves one sub-instruction from a step on, up to where it needs another page; if not
    `planned`, what serves the whole instruction.
    """
    context, _ = demonstration[first]
    instruction = _instruction(demonstration, first) if planned else whole(context.instruction)
    page = set(refs(context.observation.html))
    used: set[int] = set()
    end = first
    for action in _followed(demonstration, first, longest):
        named = set(action.refs)
        serves = not planned or _instruction(demonstration, end) == instruction
        later = end > first
        if not serves or (later and (not named <= page or action.name in LAST)):
            break
        used |= named
        end += 1
    began = first
    while began and _instruction(demonstration, began - 1) == instruction:
        began -= 1
    before = len(demonstration[began][0].history) if planned else 0
    while before and _failed(context.history[before - 1], instruction):
        before -= 1
    return Program(instruction, before, first, end, frozenset(used))


def _writing(
    demonstration: Demonstration,
    program: Program,
    rng: random.Random,
    mentions: bool,
    *,
    uncut: bool,
) -> Question:
    context = demonstration[program.first][0]
    page = refs(context.observation.html)
    strays = rng.sample(page, min(rng.randint(1, STRAYS), len(page)))
    wanted = program.refs | set(strays if program.refs and rng.random() < STRAY else ())
    snippet = "" if uncut else cut(context.observation.html, wanted)
    html = snippet or context.observation.html
    seen = write_input(
        replace(
            context,
            instruction=program.instruction,
            observation=replace(context.observation, html=html),
            history=context.history[program.before :],
        ),
        mentions=mentions,
    )
    calls = [decision.action for _, decision in demonstration[program.first : program.end]]
    text = seen.program(calls)
    answers, step = [text] if text else [], len(context.history)
    return Question(PROGRAMS + context.task, seen.text, answers, step=step)


def _followed(demonstration: Demonstration, first: int, most: int) -> Iterator[Action]:
    """The actions from `first` on, as long as each was what was really done next: in states
    that a teacher labelled later, it often was not.
    """
    for number in range(first, min(first + most, len(demonstration))):
        action = demonstration[number][1].action
        yield action
        if number + 1 < len(demonstration) and not _follows(demonstration, number + 1):
            return


def _follows(demonstration: Demonstration, number: int) -> bool:
    """Whether a step comes right after the one before it, and after that one's action."""
    (before, decision), (now, _) = demonstration[number - 1 : number + 1]
    taken = now.history[len(before.history) :]
    return len(taken) == 1 and taken[0].decision.action == decision.action


def _failed(step: Step, instruction: str) -> bool:
    """Whether a step served a sub-instruction in vain, and so is none to learn from."""
    return step.error is not None and step.decision.note == instruction


def _wrong(demonstration: Demonstration) -> int:
    """The first step of a failure at which the teacher would have done otherwise; if that is none
    before the last, of which nothing is known, then the last. What comes after the first is
    mending, and not what a player should do most.
    """
    last = demonstration[-1][0].history
    for number, (context, decision) in enumerate(demonstration):
        before = len(context.history)
        if before < len(last) and last[before].decision.action != decision.action:
            return number
    return len(demonstration) - 1


def _instruction(demonstration: Demonstration, number: int) -> str:
    """The sub-instruction that a step serves: what the demonstrator noted, or all of it. An answer
    follows from all of it: what was asked is not in a note such as "Finish".
    """
    context, decision = demonstration[number]
    asked = decision.action.name == answer.__name__
    return whole(context.instruction) if asked or not decision.note else decision.note
