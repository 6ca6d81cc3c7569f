"""Negative controls: ways to carry out a task wrongly, which its page must not accept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from webagent.policies.protocol import Policy
from webagent.tasks.protocol import Task
from webagent.tasks.suites import packages
from webagent.types import Episode

Kind: TypeAlias = Literal["skip", "wrong", "order"]

LATER = "the page shows it only when the part before it is done"
"""The reason of controls that no seed offers, since the page itself keeps the order."""


@dataclass(frozen=True, slots=True)
class Control:
    """One way to fail an episode; `policy` plays it.

    `kind` says what it breaks: a part is left out, done wrong, or done at the wrong time.
    `part` names the part and `how` the way. Without a policy, this page offers no such way,
    for `reason`.
    """

    kind: Kind
    part: str
    how: str
    policy: Policy | None = None
    reason: str = ""


@runtime_checkable
class ControlMaker(Protocol):
    """What a task package may offer besides `webagent.tasks.protocol.TaskPackage`."""

    def controls(self, task: Task, episode: Episode) -> Sequence[Control] | None:
        """Negative controls for the page of an episode that the task's expert solved.

        None where the package has none of its own: then controls are made from the
        expert's actions.
        """
        ...


def package_controls(task: Task, episode: Episode) -> Sequence[Control] | None:
    """The controls of the first package that knows this task."""
    makers = [one for one in packages().values() if isinstance(one, ControlMaker)]
    found = (maker.controls(task, episode) for maker in makers)
    return next((controls for controls in found if controls is not None), None)
