"""CompWoB: the 50 composed tasks, their reverse instructions, and compositions of your own.

The facts of the benchmark are described in benchmarks/compwob/README.md (CompWoB is by
Furuta et al., arXiv 2311.18751). Every task is the same page with another composition.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal, TypeAlias, cast

from webagent.assets import asset, miniwob_html
from webagent.errors import TaskError
from webagent.policies.protocol import Policy
from webagent.tasks.composition import Composition, Part, Size, View, kinds, suite
from webagent.tasks.display import no_display
from webagent.tasks.protocol import Start, Variant
from webagent.types import Json, Verdict

__all__ = ["CompWobTask", "compose", "expert", "suites", "task"]

Order: TypeAlias = Literal["forward", "reverse"]

STEPS_PER_PART = 10
WIDTH = 160  # px of the task area, as in MiniWoB++
LEAST_CONTENT = 170  # px; a dialog over the content needs as much
WINDOW = (500, 240)  # px; published scores used this window, taller where the page is
OVER = "click-dialog"  # kinds that lie over the page
MERGING = (  # kinds whose fields another part's control can submit
    "click-checkboxes",
    "click-checkboxes-soft",
    "click-checkboxes-transfer",
    "click-option",
    "enter-date",
    "enter-password",
    "enter-text",
    "login-user",
)
SUBMITTING = (*MERGING, "login-user-popup", "multi-layouts", "use-autocomplete")
IGNORE = "#query,#reward-display,#click-canvas,#sync-task-cover"
PREFIXES: dict[str, tuple[str, Order]] = {
    "compwob.": ("suite", "forward"),
    "compwob-reverse.": ("suite", "reverse"),
    "compose.": ("own", "forward"),
    "compose-reverse.": ("own", "reverse"),
}


@dataclass(frozen=True, slots=True)
class CompWobTask:
    """A composition with an order of its instruction. It is judged all or nothing."""

    id: str
    composition: Composition
    order: Order = "forward"
    variant: Variant = field(default_factory=Variant)
    enforce_order: bool = False

    @property
    def step_limit(self) -> int:
        return STEPS_PER_PART * len(self.composition.parts)

    @property
    def labels(self) -> Mapping[str, Json]:
        return {
            "group": self.composition.group,
            "parts": [part.kind for part in self.composition.parts],
            "count": len(self.composition.parts),
            "order": self.order,
            "text": self.variant.text,
            "layout": self.variant.layout,
            "enforce_order": self.enforce_order,
        }

    def start(self, seed: int) -> Start:
        spec = self.composition.spec()
        spec["wrap"] += self._extra_height()
        options = {
            "order": self.order,
            "text": self.variant.text,
            "layout": self.variant.layout,
            "enforce_order": self.enforce_order,
        }
        return Start(
            url="/compwob/page.html",
            mounts={"/compwob/": asset("benchmarks/compwob"), "/": miniwob_html()},
            begin=f"{no_display()}await compwob.begin(options.spec, options.seed, options);",
            options={"spec": spec, "seed": seed, **options},
            probe="compwob.state()",
            ignore=IGNORE,
            window=(WINDOW[0], max(WINDOW[1], spec["wrap"])),
            area=(WIDTH, spec["wrap"]),
        )

    def judge(self, probe: Json) -> Verdict:
        if not isinstance(probe, Mapping):
            raise TaskError(f"The page of {self.id} gives no state: {probe!r}")
        state = cast(Mapping[str, Any], probe)
        return Verdict(
            instruction=state["instruction"],
            done=state["done"],
            raw_reward=state["raw"],
            success=state["done"] and state["raw"] == 1.0,
            facts={"ordered": state["ordered"], "parts": state["parts"]},
        )

    def _extra_height(self) -> int:
        if self.variant.layout == "official":
            return 0
        return sum(_size(part.kind).open for part in self.composition.parts)


def suites() -> Mapping[str, Sequence[str]]:
    """The forward and the reverse suite, each in the order of the datasheet."""
    names = [one.name for one in suite().task]
    return {
        "compwob": [f"compwob.{name}" for name in names],
        "compwob-reverse": [f"compwob-reverse.{name}" for name in names],
    }


def task(task_id: str, variant: Variant | None = None) -> CompWobTask | None:
    """Make "compwob.NAME", "compwob-reverse.NAME", "compose.a+b" or "compose-reverse.a+b".

    In a composition of your own, "a=b" has b's control submit a too, and "a:b" shows b
    once a is done. None for an id that begins otherwise. Raises `TaskError` for an unknown
    name or part.
    """
    prefix = task_id.split(".")[0] + "."
    if prefix not in PREFIXES:
        return None
    source, order = PREFIXES[prefix]
    name = task_id.removeprefix(prefix)
    if source == "own":
        parts, joints = re.split("[+=:]", name), re.findall("[+=:]", name)
        merged, turns = ([i for i, one in enumerate(joints) if one == way] for way in "=:")
        return compose(parts, order, variant, merged=merged, turns=turns)
    found = next((one for one in suite().task if one.name == name), None)
    if found is None:
        raise TaskError(f"CompWoB has no task {name!r}; `suites()` lists the 50 names.")
    return CompWobTask(task_id, found, order, variant or Variant())


def compose(
    parts: Sequence[str],
    order: Order = "forward",
    variant: Variant | None = None,
    enforce_order: bool = False,
    *,
    merged: Collection[int] = (),
    turns: Collection[int] = (),
) -> CompWobTask:
    """A composition of your own: base tasks of any of the 22 kinds, in instructed order.

    Each part gets a block of its own and keeps its own submit control, but for those whose
    number is in `merged`: the next part's control submits them. Parts after one in `turns`
    are shown when it is done. The last part's event ends the episode. `enforce_order` counts
    a part only when all before it are right, and pays only if the instructed order was kept.
    Raises `TaskError` for an unknown part, or one that can't be joined so.
    """
    unknown = [part for part in parts if part not in kinds()]
    if unknown or not parts:
        wrong = f"No part is called {unknown[0]!r}" if unknown else "A composition needs parts"
        raise TaskError(f"{wrong}; there are {', '.join(kinds())}.")
    _check_joints(parts, merged, turns)
    query = 12 * sum(_size(part).lines for part in parts) + 8
    dialogs = any(part.startswith(OVER) for part in parts)
    content = sum(_size(part).height for part in parts) + 20
    cuts = [0, *(index + 1 for index in sorted(turns)), len(parts)]
    views = [View(parts=tuple(range(*pair))) for pair in pairwise(cuts)]
    composition = Composition(
        name=_joined(parts, merged, turns),
        group="own",
        wrap=query + max(content, LEAST_CONTENT),
        query=query,
        area=100 if dialogs else None,
        blocks=True,
        views=tuple(views) if turns else (),
        parts=tuple(
            Part(
                kind=kind,
                merged=index in merged,
                requires=tuple(range(index)) if enforce_order else (),
            )
            for index, kind in enumerate(parts)
        ),
    )
    prefix = "compose" if order == "forward" else "compose-reverse"
    task_id = f"{prefix}.{composition.name}"
    return CompWobTask(task_id, composition, order, variant or Variant(), enforce_order)


def _check_joints(parts: Sequence[str], merged: Collection[int], turns: Collection[int]) -> None:
    for index in merged:
        pair = parts[index : index + 2]
        if len(pair) < 2 or pair[0] not in MERGING or pair[1] not in SUBMITTING:
            raise TaskError(
                f"{'='.join(pair)}: with '=', a form of {', '.join(MERGING)} is submitted by the "
                f"next part, one of these or {', '.join(SUBMITTING[len(MERGING) :])}."
            )
    if turns and (max(turns) >= len(parts) - 1 or any(one.startswith(OVER) for one in parts)):
        raise TaskError("With ':', a part must follow, and no part may be a dialog.")


def _joined(parts: Sequence[str], merged: Collection[int], turns: Collection[int]) -> str:
    ways = ["=" if n in merged else ":" if n in turns else "+" for n in range(len(parts) - 1)]
    return "".join(f"{part}{way}" for part, way in zip(parts, [*ways, ""], strict=True))


def expert(task_id: str) -> Policy | None:
    """None: experts for compositions come with the base tasks, from another package."""
    return None


def _size(kind: str) -> Size:
    return suite().sizes.get(kind, suite().sizes["other"])
