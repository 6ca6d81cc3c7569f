"""Demonstrations of base tasks put together into longer ones, as text alone.

No composed task is ever run: instructions are joined, pages are laid beside each other, and
the actions follow one another. What a model learns so is the track `base+aug`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from webagent.actions import Action
from webagent.demonstrations.compositions import alike
from webagent.demonstrations.tracks import held_out
from webagent.training.english import gerunds, imperative, lowered
from webagent.training.questions import Demonstration
from webagent.training.spelling import respelled
from webagent.types import Context, Decision, Observation, Step

COMPOSED = "composed."  # and the number of parts: the task id of what is made here
POOL = 512  # episodes from which parts are drawn
COUNTS = MappingProxyType({1: 6, 2: 14, 3: 6, 4: 3, 5: 1, 6: 1, 7: 1, 8: 1})  # parts: how often
ALONE = 0.25  # share of compositions that show one part at a time
MERGED = 0.6  # share of parts that lose their submit button to the next part
RESPELLED = 0.6  # share of parts with other words to type
DISTRACTED = 0.15  # share of single episodes beside a page that nobody asked for
REVERSED = 0.5  # share of instructions that name the last part first
ROOM = 5_000  # characters of the parts' pages together, at most: some 1,000 tokens
USUAL = 500  # characters of a page; one of as many more is a part half as often
SUBMITS = ("submit", "search", "login", "ok")  # what buttons say that a next part's can stand for
_SUBMITS = "|".join(SUBMITS)
SUBMIT = re.compile(rf",? and (?:then )?(?:click|press|hit) \"?(?:{_SUBMITS})\"?$", re.I)
PRESSED = re.compile(rf"(?:click|press|hit)\b[^,.]*\b(?:{_SUBMITS})\b", re.I)
REF = re.compile(r'(<[a-z][\w:-]* ref=")(\d+)"')


@dataclass(frozen=True, slots=True)
class Part:
    """One demonstration inside a longer one; its refs are moved by `offset`.

    `pages` are those of its steps, and behind them the one that is left when they are done,
    if it was seen.
    """

    instruction: str
    steps: Demonstration
    pages: Sequence[str]
    offset: int = 0

    def page(self, step: int) -> tuple[str, str]:
        """The page at a step, or when all are done: content, and what floats over it."""
        html = self.pages[min(step, len(self.pages) - 1)]
        content, over = split(html)
        if step >= len(self.steps) and f' ref="{self.steps[-1][1].action.ref}"' in over:
            over = ""  # what the last action closes, such as a dialog
        return self._moved(content), self._moved(over)

    def _moved(self, html: str) -> str:
        return REF.sub(lambda found: f'{found[1]}{int(found[2]) + self.offset}"', html)

    def action(self, step: int) -> Action:
        return moved(self.steps[step][1].action, self.offset)


def augmented(
    demonstrations: Iterable[Demonstration], seed: int, each: float = 1.0, *, own: bool = False
) -> Iterator[Demonstration]:
    """Compositions of the demonstrations, `each` of them for every demonstration read.

    They are drawn from a window that moves over the stream. What was not played as it is told,
    such as the states of another policy that a teacher labelled, is left out. With `own`, none
    has the parts of one of the 50.
    """
    rng = random.Random(seed)
    pool: list[Demonstration] = []
    due = 0.0
    for one in filter(_played, demonstrations):
        if len(pool) < POOL:
            pool.append(one)
        else:
            pool[rng.randrange(POOL)] = one
        due += each
        while due >= 1 and len(pool) >= max(COUNTS):
            due -= 1
            [count] = rng.choices(list(COUNTS), list(COUNTS.values()))
            drawn = _drawn(pool, count, rng)
            if not (own and held_out(_kind(one) for one in drawn)):
                yield compose(drawn, rng)


def _played(demonstration: Demonstration) -> bool:
    """Whether each action was the one that was done next."""
    done = [step.decision.action for step in demonstration[-1][0].history]
    return done == [decision.action for _, decision in demonstration[:-1]]


def _drawn(pool: Sequence[Demonstration], count: int, rng: random.Random) -> list[Demonstration]:
    """At most `count` demonstrations of tasks that nobody takes for each other, whose pages
    together have room on one. Those with short pages are drawn more often.
    """
    drawn: dict[str, Demonstration] = {}
    room = ROOM
    sizes = [max(len(seen.observation.html) for seen, _ in one) for one in pool]
    turns = [rng.expovariate(1 / (USUAL + size)) for size in sizes]
    for _, number in sorted(zip(turns, range(len(pool)), strict=True)):
        one, size = pool[number], sizes[number]
        name = alike(_kind(one))
        if name not in drawn and (size <= room or not drawn):
            drawn[name] = one
            room -= size
        if len(drawn) == count:
            break
    return list(drawn.values())


def _kind(demonstration: Demonstration) -> str:
    return demonstration[0][0].task.rpartition(".")[2]


def compose(demonstrations: Sequence[Demonstration], rng: random.Random) -> Demonstration:
    """One long demonstration: the given ones in turn, on one page, some with other words to
    type.
    """
    demonstrations = [
        respelled(one, rng) if rng.random() < RESPELLED else one for one in demonstrations
    ]
    distracted = rng.random() < DISTRACTED
    parts = _parts(demonstrations[:2] if distracted else demonstrations, rng, distracted)
    told = parts[:1] if distracted else parts
    instruction, clauses = join([part.instruction for part in told], rng)
    alone = not distracted and rng.random() < ALONE
    places = list(range(len(parts)))
    if rng.random() < 0.5:
        rng.shuffle(places)
    made: list[tuple[Context, Decision]] = []
    history: tuple[Step, ...] = ()
    task = f"{COMPOSED}{len(told)}"
    for current, part in enumerate(told):
        for number, (context, _) in enumerate(part.steps):
            shown = [current] if alone else places
            html = _page(parts, shown, current, number)
            seen = Observation(html, error=context.observation.error)
            taken = Decision(part.action(number), clauses[current])
            made.append((Context(task, instruction, seen, history), taken))
            history += (Step(seen, taken),)
    return made


def join(instructions: Sequence[str], rng: random.Random) -> tuple[str, list[str]]:
    """One instruction of several, which are carried out in their order, and the clause that
    each of them has become in it.
    """
    clauses = [one.strip().rstrip(".") for one in instructions]
    if len(clauses) == 1:
        return clauses[0] + ".", clauses
    if rng.random() < REVERSED and all(imperative(one) for one in clauses):
        late = rng.randint(1, len(clauses) - 1)
        after = [gerunds(one) for one in clauses[:-late]]
        first = [clauses[-late], *map(lowered, clauses[len(clauses) - late + 1 :])]
        return f"{_listed(first)}, after {_listed(after)}.", [*after, *first]
    said = [clauses[0], *map(lowered, clauses[1:])]
    last = f"{rng.choice((', and then ', ', then '))}{said[-1]}."
    return ", ".join(said[:-1]) + last, said


def split(html: str) -> tuple[str, str]:
    """A MiniWoB page in two: what is in its task area, and what was appended to its body."""
    begin = re.match(r'<div id="wrap">(?:<div[^>]* id="area"[^>]*>)?', html)
    if not begin:
        return html, ""
    depth = 0
    for found in re.finditer(r"<(/?)div\b", html):
        depth += -1 if found[1] else 1
        if depth == 0:
            closers = begin[0].count("<div") * len("</div>")
            end = found.start() + len("</div>")
            return html[begin.end() : end - closers], html[end:]
    return html, ""


def moved(action: Action, offset: int) -> Action:
    """The action with its refs moved."""
    refs = tuple(ref + offset for ref in action.refs)
    return replace(action, args=refs + action.args[len(refs) :])


def _parts(demonstrations: Sequence[Demonstration], rng: random.Random, whole: bool) -> list[Part]:
    parts: list[Part] = []
    offset = 0
    for number, steps in enumerate(demonstrations):
        pages = [context.observation.html for context, _ in steps]
        part = Part(steps[0][0].instruction, steps, pages, offset)
        last = number == len(demonstrations) - 1
        if not (whole or last) and len(steps) > 1 and rng.random() < MERGED:
            part = _without_submit(part)
        parts.append(part)
        offset += max((_highest(context.observation.html) for context, _ in steps), default=0)
    return parts


def _without_submit(part: Part) -> Part:
    """The part without its last click and the button that it clicks, if it ends in one that
    submits it and that the instruction then no longer asks for.
    """
    context, decision = part.steps[-1]
    clicks = [one for _, one in part.steps if one.action == decision.action]
    button = re.search(
        rf'<button ref="{decision.action.ref}"[^>]*>([^<]*)</button>', context.observation.html
    )
    if decision.action.name != "click" or not button or len(clicks) > 1:
        return part
    plain = button[0].replace(" focused", "")
    instruction = SUBMIT.sub("", part.instruction.rstrip("."))
    submits = button[1].strip().lower() in SUBMITS and not PRESSED.search(instruction)
    if not submits or any(plain not in page for page in part.pages):
        return part
    pages = [page.replace(plain, "", 1) for page in part.pages]
    return replace(part, instruction=instruction, steps=part.steps[:-1], pages=pages)


def _page(parts: Sequence[Part], shown: Sequence[int], current: int, step: int) -> str:
    areas: list[str] = []
    floating: list[str] = []
    for place in shown:
        part = parts[place]
        at = step if place == current else len(part.steps) if place < current else 0
        area, over = part.page(at)
        areas.append(area if place == current else area.replace(" focused", ""))
        floating.append(over)
    return f'<div id="wrap"><div id="area">{"".join(areas)}</div></div>{"".join(floating)}'


def _highest(html: str) -> int:
    return max((int(found[2]) for found in REF.finditer(html)), default=0)


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])}, and {items[-1]}"
