"""A task on a site: an instruction, and a checker that reads the application's database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

from webagent.errors import TaskError
from webagent.tasks.protocol import Start
from webagent.tasks.sites.folder import ready
from webagent.tasks.sites.registry import Site, sites
from webagent.tasks.sites.server import site_server
from webagent.tasks.sites.state import State, agree, changes, read_state
from webagent.tasks.sites.template import Goal, Template, normal
from webagent.types import Json, Verdict

PREFIX = "sites."
WINDOW = (1280, 900)
PROBE = "({ host: location.host, said })"


@dataclass(frozen=True, slots=True)
class SiteTask:
    """A template on its site. Each episode gets a host name, and so a database, of its own.

    It ends `until` the goal is reached, or, as where nobody judges, until the policy says so.
    """

    site: Site
    template: Template
    until: Literal["goal", "said"] = "goal"

    @property
    def id(self) -> str:
        return f"{PREFIX}{self.site.name}-{self.template.name}"

    @property
    def step_limit(self) -> int:
        return self.template.steps + (self.until == "said")

    @property
    def labels(self) -> Mapping[str, Json]:
        told = {"until": self.until} if self.until != "goal" else {}
        return {"group": self.site.name, "split": self.template.split, "live": True, **told}

    def start(self, seed: int) -> Start:
        server = site_server(self.site.name)
        host = server.fresh_host(seed)
        return Start(
            url=server.begin_url(host, self.template.member, self.template.path),
            probe=PROBE,
            window=WINDOW,
            live=True,
            reload=True,
        )

    def judge(self, probe: Json) -> Verdict:
        """Compare the episode's database with the seeded one.

        The instruction is carried out as soon as just what it asks for has changed; one that
        asks a question ends with the answer. A policy that has to say that it is done has to be
        right then.
        """
        if not isinstance(probe, Mapping):
            raise TaskError(f"The page of {self.id} gives no host name: {probe!r}")
        state = cast(Mapping[str, Any], probe)
        host, said = str(state.get("host", "")), state.get("said")
        seed = self._seed(host)
        goal = self.template.goal(self.template.values(seed))
        server = site_server(self.site.name)
        now = read_state(server.database(host), self.site.views, self.site.passwords)
        added, removed = changes(_before(self.site.name), now)
        kept = agree(goal.added, added, goal.ignore) and agree(goal.removed, removed, goal.ignore)
        reached = kept and _answered(goal, said)
        over = _says(said, "answer") or (self.until == "said" and _says(said, "done"))
        done = over or (self.until == "goal" and reached)
        success = done and reached
        return Verdict(
            instruction=self.template.instruction(seed),
            done=done,
            raw_reward=float(success),
            success=success,
            facts={"changed": sorted({*added, *removed})},
        )

    def _seed(self, host: str) -> int:
        name, _, rest = host.partition("-")
        seed = rest.split("-")[0]
        if name != self.site.name or not seed.isdigit():
            raise TaskError(f"The page left the {self.site.name}: it is on {host or 'no host'}.")
        return int(seed)


def _says(said: Any, action: str) -> bool:
    return isinstance(said, Mapping) and cast(Mapping[str, Any], said).get("action") == action


def _answered(goal: Goal, said: Any) -> bool:
    if not goal.answers:
        return True
    if not isinstance(said, Mapping):
        return False
    given = str(cast(Mapping[str, Any], said).get("text", ""))
    return normal(given) in {normal(one) for one in goal.answers}


@cache
def _before(name: str) -> State:
    site = sites()[name]
    return read_state(ready(name, site.content_json()).database, site.views, site.passwords)
