"""Demonstrations of base tasks put together into longer ones.

No composed task is ever run: instructions are joined, pages are laid beside each other, and
the actions follow one another. Where all parts have screenshots, these are laid below each other,
too, and points lie where these show them; the words in them are those that were there, not the
others that are typed. What a model learns so is the track `base+aug`.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from webagent.actions import Action, click_at, drag_at, hover_at
from webagent.demonstrations.compositions import alike
from webagent.demonstrations.tracks import held_out
from webagent.nn.senses import Pixels, bar_height
from webagent.training.collage import collage, without
from webagent.training.english import gerunds, imperative, lowered
from webagent.training.layout import CALLED, FOCUSED, LABELLING, REF, Area, lay, left, split
from webagent.training.questions import Demonstration
from webagent.training.spelling import respelled
from webagent.types import Context, Decision, Observation, Step

COMPOSED = "composed."  # and the number of parts: the task id of what is made here
POOL = 512  # episodes from which parts are drawn
COUNTS = MappingProxyType({1: 6, 2: 14, 3: 6, 4: 3, 5: 1, 6: 1, 7: 1, 8: 1})  # parts: how often
TURNED = 0.25  # share of compositions whose parts are on several pages, one after another
CUT = 0.75  # share of their parts after which the page is turned
MERGED = 0.6  # share of parts that lose their submit button to the next part
TYPED = 0.4  # share of compositions in which parts that type are drawn TYPING times as often
TYPING = 5
NUMBERED = 0.25  # share whose parts' ids and labels all end in the number of the part
RESPELLED = 0.6  # share of parts with other words to type
DISTRACTED = 0.15  # share of compositions, of two parts, of which only the first is asked for
REVERSED = 0.5  # share of instructions that name the last part first
ROOM = 5_000  # characters of the parts' pages together, at most: some 1,000 tokens
USUAL = 500  # characters of a page; one of as many more is a part half as often
IDLE = 6  # times as often are parts drawn that only submit: "Select nothing and click Submit."
SUBMITS = ("submit", "search", "login", "ok")  # what buttons say that a next part's can stand for
POINTED = tuple(one.__name__ for one in (click_at, hover_at, drag_at))  # at x, y
_SUBMITS = "|".join(SUBMITS)
SUBMIT = re.compile(rf",? and (?:then )?(?:click|press|hit) \"?(?:{_SUBMITS})\"?$", re.I)
PRESSED = re.compile(rf"(?:click|press|hit)\b[^,.]*\b(?:{_SUBMITS})\b", re.I)


@dataclass(frozen=True, slots=True)
class Part:
    """One demonstration inside a longer one; its refs are moved by `offset`, its ids and names
    `renamed`, and its labels end in `number`, if there is one.

    `pages` are those of its steps, and behind them the one that is left when they are done;
    `pictures` are their screenshots, behind them the last once more, or none. With `merged`, the
    next part's submit button stands for its own.
    """

    instruction: str
    steps: Demonstration
    pages: Sequence[str]
    pictures: Sequence[Pixels] = ()
    offset: int = 0
    merged: bool = False
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    number: str = ""

    def page(self, step: int) -> Area:
        """The page at a step, or when all are done."""
        seen = split(self.pages[step])
        return Area(*map(self._moved, (seen.attributes, seen.content, seen.over)))

    def action(self, step: int, down: int) -> Action:
        return moved(self.steps[step][1].action, self.offset, down)

    def error(self, step: int) -> str | None:
        """What was wrong with the action of a step, as the next one remembers it."""
        later = self.steps[step + 1 :]
        return later[0][0].history[-1].error if later and later[0][0].history else None

    def _moved(self, html: str) -> str:
        html = REF.sub(lambda found: f'{found[1]}{int(found[2]) + self.offset}"', html)
        if self.number:
            html = LABELLING.sub(rf"\g<0> {self.number}", html)
        if not self.renamed:
            return html
        return CALLED.sub(lambda found: f"{found[1]}{self.renamed.get(found[2], found[2])}", html)


def augmented(
    demonstrations: Iterable[Demonstration], seed: int, each: float = 1.0
) -> Iterator[Demonstration]:
    """Compositions of the demonstrations, `each` of them for every demonstration read.

    They are drawn from what was read last, more or less. What was not played as it is told,
    such as the states of another policy that a teacher labelled, is left out. None has the
    parts of one of the 50, so that no track ever learns from those.
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
            distracted = rng.random() < DISTRACTED
            [count] = [2] if distracted else rng.choices(list(COUNTS), list(COUNTS.values()))
            drawn = _drawn(pool, count, rng)
            if not held_out(_kind(one) for one in drawn):
                yield compose(drawn, rng, distracted=distracted)


def _played(demonstration: Demonstration) -> bool:
    """Whether each action was the one that was done next."""
    done = [step.decision.action for step in demonstration[-1][0].history]
    return done == [decision.action for _, decision in demonstration[:-1]]


def _drawn(pool: Sequence[Demonstration], count: int, rng: random.Random) -> list[Demonstration]:
    """At most `count` demonstrations of tasks that nobody takes for each other, whose pages
    together have room on one. Those with short pages are drawn more often, and those in which
    nothing is to be done, and sometimes those that type: it takes practice to know which of
    several fields comes next.
    """
    drawn: dict[str, Demonstration] = {}
    room = ROOM
    sizes = [max(len(seen.observation.html) for seen, _ in one) for one in pool]
    typing = TYPING if rng.random() < TYPED else 1
    turns = [
        rng.expovariate((IDLE if _idle(one) else typing if _types(one) else 1) / (USUAL + size))
        for one, size in zip(pool, sizes, strict=True)
    ]
    for _, number in sorted(zip(turns, range(len(pool)), strict=True)):
        one, size = pool[number], sizes[number]
        name = alike(_kind(one))
        if name not in drawn and (size <= room or not drawn):
            drawn[name] = one
            room -= size
        if len(drawn) == count:
            break
    return list(drawn.values())


def _types(demonstration: Demonstration) -> bool:
    return any(decision.action.name == "type" for _, decision in demonstration)


def _idle(demonstration: Demonstration) -> bool:
    return len(demonstration) == 1 and bool(
        SUBMIT.search(demonstration[0][0].instruction.rstrip("."))
    )


def _kind(demonstration: Demonstration) -> str:
    return demonstration[0][0].task.rpartition(".")[2]


def compose(
    demonstrations: Sequence[Demonstration], rng: random.Random, *, distracted: bool = False
) -> Demonstration:
    """One long demonstration: the given ones in turn, on one page or on several that follow
    one another, some with other words to type. If `distracted`, only the first is asked for and
    done; the others are on its page.
    """
    demonstrations = [
        respelled(one, rng) if rng.random() < RESPELLED else one for one in demonstrations
    ]
    parts = _parts(demonstrations, rng, distracted)
    told = parts[:1] if distracted else parts
    instruction, clauses = join([part.instruction for part in told], rng)
    turned = not distracted and rng.random() < TURNED
    views = _views(parts, rng if turned else None)
    pictured = all(part.pictures for part in parts)
    if rng.random() < 0.5:
        for view in views:
            rng.shuffle(view)
    made: list[tuple[Context, Decision]] = []
    history: tuple[Step, ...] = ()
    task = f"{COMPOSED}{len(told)}"
    for current, part in enumerate(told):
        [view] = [one for one in views if current in one]
        for number, (context, _) in enumerate(part.steps):
            html = _page(parts, view, current, number)
            picture, down = None, 0
            if pictured:
                picture, down = _picture(parts, told, view, current, number)
            seen = Observation(html, screenshot=picture, error=context.observation.error)
            taken = Decision(part.action(number, down), clauses[current])
            made.append((Context(task, instruction, seen, history), taken))
            history += (Step(seen, taken, part.error(number)),)
    return made


def join(instructions: Sequence[str], rng: random.Random) -> tuple[str, list[str]]:
    """One instruction of several, which are carried out in their order, and the clause that
    each of them has become in it.
    """
    clauses = [one.strip().rstrip(".?, ") for one in instructions]
    if len(clauses) == 1:
        return instructions[0], clauses
    late = rng.randint(1, len(clauses) - 1)
    if rng.random() < REVERSED and all(imperative(one) for one in clauses[:-late]):
        after = [gerunds(one) for one in clauses[:-late]]
        first = [clauses[-late], *map(lowered, clauses[len(clauses) - late + 1 :])]
        return f"{_listed(first)}, after {_listed(after)}.", [*after, *first]
    said = [clauses[0], *map(lowered, clauses[1:])]
    last = f"{rng.choice((', and then ', ', then '))}{said[-1]}."
    return ", ".join(said[:-1]) + last, said


def moved(action: Action, offset: int, down: int = 0) -> Action:
    """The action with its refs moved, and points so many pixels further down."""
    refs = tuple(ref + offset for ref in action.refs)
    rest = action.args[len(refs) :]
    if action.name in POINTED:
        rest = tuple(int(one) + down * (place % 2) for place, one in enumerate(rest))
    return replace(action, args=refs + rest)


def _parts(demonstrations: Sequence[Demonstration], rng: random.Random, whole: bool) -> list[Part]:
    parts: list[Part] = []
    offset = 0
    names: Counter[str] = Counter()
    numbered = len(demonstrations) > 1 and rng.random() < NUMBERED
    for number, steps in enumerate(demonstrations):
        seen = [context.observation.html for context, _ in steps]
        pages = [*seen, left(seen[-1], steps[-1][1].action)]
        own = {found[2] for page in pages for found in CALLED.finditer(page)}
        names.update(own)
        renamed = {
            name: f"{name}{number + 1 if numbered else names[name]}"
            for name in own
            if numbered or names[name] > 1
        }
        shown = str(number + 1) if numbered else ""
        part = Part(
            steps[0][0].instruction, steps, pages, _pictures(steps), offset,
            renamed=renamed, number=shown,
        )  # fmt: skip
        last = number == len(demonstrations) - 1
        if not (whole or last) and rng.random() < MERGED:
            part = _without_submit(part)
        parts.append(part)
        offset += max((_highest(page) for page in seen), default=0)
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
    plain = button[0].replace(FOCUSED, "")
    instruction = SUBMIT.sub("", part.instruction.rstrip("."))
    submits = button[1].strip().lower() in SUBMITS and not PRESSED.search(instruction)
    if not submits or any(plain not in page for page in part.pages[:-1]):
        return part
    pages = [page.replace(plain, "", 1) for page in part.pages[:-1]]
    boxes = [seen.observation.boxes.get(decision.action.ref or 0) for seen, _ in part.steps]
    pictures = [without(*one) for one in zip(part.pictures, boxes, strict=False)]
    return replace(
        part, instruction=instruction, steps=part.steps[:-1], pages=pages, pictures=pictures,
        merged=True,
    )  # fmt: skip


def _views(parts: Sequence[Part], rng: random.Random | None) -> list[list[int]]:
    """Which parts are shown together: all, or with `rng` runs of them. A part without a submit
    button of its own is shown with the next.
    """
    views: list[list[int]] = [[]]
    for number in range(len(parts)):
        if rng and views[-1] and not parts[number - 1].merged and rng.random() < CUT:
            views.append([])
        views[-1].append(number)
    return views


def _page(parts: Sequence[Part], view: Sequence[int], current: int, step: int) -> str:
    """What is seen at a step of a part, of the parts that are shown together. The focus is where
    the last action has left it; on a new page, on what has it first.
    """
    areas = {place: parts[place].page(_at(parts, place, current, step)) for place in view}
    focused = [place for place, area in areas.items() if area.has_focus][-1:]
    if step:
        focused = [current]
    elif current - 1 in areas:
        focused = [current - 1]
    shown = [area if place in focused else area.without_focus() for place, area in areas.items()]
    return lay(shown)


def _picture(
    parts: Sequence[Part], told: Sequence[Part], view: Sequence[int], current: int, step: int
) -> tuple[Pixels, int]:
    """The screenshot that goes with a page, and how many pixels further down than alone the
    current part is in it. Its bar says what those of all parts that are asked for say.
    """
    bars = [part.pictures[0] for part in told]
    shown = [parts[place].pictures[_at(parts, place, current, step)] for place in view]
    place = view.index(current)
    above = collage(bars, shown[:place])
    return collage(bars, shown), len(above) - bar_height(shown[place])


def _pictures(steps: Demonstration) -> Sequence[Pixels]:
    """The screenshots of a demonstration, the last twice; none if one is missing."""
    found = [context.observation.screenshot for context, _ in steps]
    there = [one for one in found if one is not None]
    return [*there, there[-1]] if len(there) == len(found) else ()


def _at(parts: Sequence[Part], place: int, current: int, step: int) -> int:
    """At which of its steps a part is shown, at a `step` of the current one."""
    return step if place == current else len(parts[place].steps) if place < current else 0


def _highest(html: str) -> int:
    return max((int(found[2]) for found in REF.finditer(html)), default=0)


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])}, and {items[-1]}"
