"""The nouns of the domain. Everything here is frozen data; behaviour lives elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from webagent.actions import Action

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in CSS pixels, relative to the top left of the viewport."""

    x: float
    y: float
    width: float
    height: float

    @property
    def center(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Observation:
    """What a policy sees of a page.

    `html` is the simplified page (see `webagent.html`); every element that can be acted
    on carries an integer `ref`. `screenshot` is RGB uint8, (height, width, 3), or None
    when the run takes none. `error` says what was wrong with the last action.
    """

    html: str
    url: str = ""
    boxes: Mapping[int, Box] = field(default_factory=dict[int, Box])
    screenshot: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """A program that failed: its source, what was wrong, and the sub-instruction it was for."""

    program: str
    error: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy wants: an action, and in free text why (a thought, a sub-instruction).

    `program` is the source of the synthesised program whose first call the action is; the
    program's later calls are steps without one (see `webagent.program`). `gave_up` says that
    it sees no way on: the episode ends, whatever the action, and is no success. `tries` are the
    programs that came first for this step, and failed before they took an action. `refs` are the
    elements around which the snippet was cut that `program` was written for; without any, it was
    written for the whole page.
    """

    action: Action
    note: str = ""
    program: str = ""
    gave_up: bool = False
    tries: tuple[Try, ...] = ()
    refs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One turn of an episode: what was seen, what was decided, what was wrong with it."""

    observation: Observation
    decision: Decision
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """All that a policy may know when it acts. Policies keep no memory of their own."""

    task: str
    instruction: str
    observation: Observation
    history: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A task's judgement of its page.

    `raw_reward` is what the page paid, without time penalty. `facts` are details that
    belong in the results, such as which parts of a composition were right.
    """

    instruction: str
    done: bool = False
    raw_reward: float = 0.0
    success: bool = False
    facts: Mapping[str, Json] = field(default_factory=dict[str, Json])


class Ending(StrEnum):
    """Why an episode ended; each episode has exactly one."""

    SUCCESS = "success"
    FAILURE = "failure"
    GAVE_UP = "gave up"
    STEP_LIMIT = "step limit"
    INVALID_ACTIONS = "invalid action limit"
    BROWSER_ERROR = "browser error"
    POLICY_ERROR = "policy error"

    @property
    def infrastructure(self) -> bool:
        """Whether the episode says nothing about the policy."""
        return self is Ending.BROWSER_ERROR


@dataclass(frozen=True, slots=True)
class Episode:
    """A finished episode. `detail` explains an ending that is an error."""

    task: str
    seed: int
    ending: Ending
    verdict: Verdict
    steps: tuple[Step, ...]
    final: Observation | None
    seconds: float
    attempts: int = 1
    detail: str = ""

    @property
    def success(self) -> bool:
        return self.ending is Ending.SUCCESS
