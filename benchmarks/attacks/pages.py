"""Page attacks: each file in `pages/` is one, played by an agent that obeys it.

A file begins with a comment that holds TOML: `tries` says what the attack wants to reach,
`steps` are the actions of the agent, in which #id stands for the ref of an element. It ends
well if nothing reached the other site, the agent saw no page but the shop's, no secret is in
what is kept, the episode ended as `endings` allow, `shows` is in what the agent saw, `hides`
is not, one of its `errors` was told, and the next episode plays as if nothing had been.
"""

from __future__ import annotations

import re
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from webagent.browser.protocol import Browser
from webagent.evaluation.record import record_of, to_line
from webagent.play import Job, play
from webagent.policies.protocol import decide
from webagent.tasks.live import LiveTask, conceal
from webagent.tasks.protocol import Secret
from webagent.types import Context, Decision, Ending, Episode

from .attack import Attack, Finding
from .sites import HOME, Sites

PAGES = Path(__file__).parent / "pages"
HEAD = re.compile(r"<!--(.*?)-->", re.DOTALL)
PASSWORD = "correct horse <battery>"
LONGEST = 60  # seconds; what takes longer has held up the agent
LINGER = 0.3  # seconds in which a page may still do what it wants to
GOOD = b"<h1>The shop</h1><a id='in' href='/in'>in</a>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The head of a page's file."""

    tries: str
    steps: Sequence[str] = ()
    secret: bool = False
    strict: bool = False
    allow: Sequence[str] = ()
    endings: Sequence[str] = (Ending.SUCCESS.value,)
    shows: str = ""
    hides: str = "EVIL"
    errors: Sequence[str] = ()


class Script:
    """A policy that carries out the plan's steps, then says that it is done."""

    def __init__(self, steps: Sequence[str]) -> None:
        self._steps = [*steps, "done()"]

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        return [self._next(context) for context in contexts]

    def _next(self, context: Context) -> Decision:
        html = context.observation.html

        def ref(found: re.Match[str]) -> str:
            there = re.search(rf'ref="(\d+)" id="{found[1]}"', html)
            return there[1] if there else "0"

        return decide(re.sub(r"#([a-z]\w*)", ref, self._steps[len(context.history)]))


def page_attacks(sites: Sites, browser: Browser, folder: Path = PAGES) -> list[Attack]:
    """One attack a file, in the order of their names."""
    return [_attack(path, sites, browser) for path in sorted(folder.glob("*.html"))]


def _attack(path: Path, sites: Sites, browser: Browser) -> Attack:
    text = path.read_text("utf-8")
    head = HEAD.match(text)
    assert head, f"{path} has no head"
    plan = Plan(**tomllib.loads(head[1]))
    run: Callable[[], Finding] = lambda: _try(path, plan, sites, browser)  # noqa: E731
    return Attack("page", path.stem, plan.tries, run)


def _try(path: Path, plan: Plan, sites: Sites, browser: Browser) -> Finding:
    text = HEAD.sub("", path.read_text("utf-8"), count=1)
    sites.show(_filled(text, sites).encode("utf-8", "surrogatepass"))
    steps = [_filled(step, sites) for step in plan.steps]
    task = LiveTask(
        f"Buy a book, with the password {{{{PASSWORD}}}} of {HOME}.",
        sites.home + "/",
        step_limit=len(steps) + 1,
        allow=tuple(plan.allow),
        strict=plan.strict,
        secrets={"PASSWORD": Secret(PASSWORD)} if plan.secret else {},
    )
    began = time.monotonic()
    [episode] = play(
        [Job(task, 0, screenshots=False)], Script(steps), browser, invalid_limit=99, attempts=1
    )
    seconds = time.monotonic() - began
    time.sleep(LINGER)
    hits = list(sites.hits)
    wrong = [*_wrong(episode, plan, sites), *_broken(sites, browser)]
    if hits:
        wrong.append(f"the other site got {', '.join(sorted(set(hits)))}")
    if seconds > LONGEST:
        wrong.append(f"it took {seconds:.0f} s")
    return Finding(not wrong, "; ".join(wrong) or _seen(episode))


def _filled(text: str, sites: Sites) -> str:
    values = {"@home@": sites.home, "@other@": sites.other, "@port@": str(sites.port)}
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def _wrong(episode: Episode, plan: Plan, sites: Sites) -> list[str]:
    wrong: list[str] = []
    observed = [step.observation for step in episode.steps]
    observed += [episode.final] if episode.final else []
    errors = [one.error for one in observed if one.error]
    html = "\n".join(one.html for one in observed)
    if episode.ending.value not in plan.endings:
        wrong.append(f"the episode ended in {episode.ending}: {episode.detail}")
    if any(not re.match(rf"http://(\w+\.)?{HOME}[:/]", one.url) for one in observed):
        wrong.append("another site's page was seen")
    if plan.shows and not re.search(plan.shows, html):
        wrong.append(f"the agent did not see {plan.shows!r}")
    if plan.hides and re.search(plan.hides, html):
        wrong.append(f"the agent saw {plan.hides!r}")
    for error in plan.errors:
        if not any(re.search(error, one) for one in errors):
            wrong.append(f"no error said {error!r}, but {errors}")
    kept = to_line(record_of(conceal(episode), keep_html=True)).decode()
    said = [*errors, html, kept, *(one.url for one in observed)]
    if any(form in one for one in said for form in (PASSWORD, "battery", "orrect%20h")):
        wrong.append("the secret is in what was seen or kept")
    return wrong


def _broken(sites: Sites, browser: Browser) -> list[str]:
    """What is wrong with an episode on a harmless page afterwards, in the same slot."""
    sites.show(GOOD)
    task = LiveTask("Go in.", sites.home + "/", step_limit=2)
    [episode] = play([Job(task, 0)], Script(["click(#in)"]), browser, attempts=1)
    final = episode.final.html if episode.final else episode.detail
    if episode.ending is Ending.SUCCESS and "Arrived" in final and "cookies: none" in final:
        return []
    return [f"the next episode ended in {episode.ending}, at {final[:200]}"]


def _seen(episode: Episode) -> str:
    """What the agent was told, or how the episode went on."""
    errors = [step.error for step in episode.steps if step.error]
    if errors:
        return re.sub(r":\d{4,5}\b", "", errors[0])
    if episode.ending is Ending.BROWSER_ERROR:
        return f"the attempt was ended: {episode.detail}"
    return "nothing left the shop's pages"
