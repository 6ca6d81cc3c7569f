"""What the modular agent's programmer could know of an element: planner and snippet, or program.

A step that went wrong is the program's fault where what it should have acted on stood in the
snippet it was written for, and the plan's where it did not.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from webagent.actions import Action
from webagent.html import cut, refs
from webagent.types import Step


class Shown(StrEnum):
    """Where the elements of an action were, when the program of a step was written."""

    INSIDE = "in the snippet"
    OUTSIDE = "outside of the snippet"
    LATER = "not on the page yet"
    NOWHERE = "no element"
    UNWRITTEN = "no program"


def shown(steps: Sequence[Step], action: Action) -> Shown:
    """What the program that the last of these steps belongs to was written for had of `action`.
    Where the planner ended the episode by that step, there is no program.
    """
    begun = next((step for step in reversed(steps) if step.decision.program), None)
    if begun is None or begun.decision.note != steps[-1].decision.note:
        return Shown.UNWRITTEN
    acted, page = set(action.refs), begun.observation.html
    if not acted:
        return Shown.NOWHERE
    if not acted <= set(refs(page)):
        return Shown.LATER
    snippet = cut(page, begun.decision.refs) or page
    return Shown.INSIDE if acted <= set(refs(snippet)) else Shown.OUTSIDE
