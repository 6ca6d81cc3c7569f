"""The applications themselves: installed, served, played. Needs pip's package index once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from html import unescape
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from typer.testing import CliRunner

from webagent.browser.protocol import Mode, Page
from webagent.browser.session import Session, open_browser
from webagent.cli.main import app
from webagent.cli.sites import install_command
from webagent.play import Job, play
from webagent.policies.expert import ExpertPolicy
from webagent.policies.protocol import Policy, decide
from webagent.tasks import sites
from webagent.tasks.sites.registry import sites as registry
from webagent.tasks.sites.server import site_server
from webagent.tasks.sites.site_task import SiteTask
from webagent.types import Context, Decision, Ending, Episode, Step, Verdict

pytestmark = pytest.mark.slow

NAMES = list(registry())
SEEDS = (0, 1)


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    """Installs the sites where the user's are, so that a second run has them already."""
    install_command(NAMES)


@pytest.fixture(scope="module")
def slots() -> Iterator[Session]:
    with open_browser(slots=2, mode=Mode.POINTER) as session:
        yield session


class Idle:
    """Says at once that it is done."""

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        return [decide("done()") for _ in contexts]


class Other:
    """Follows the expert of another instruction: everything works, but for other values."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def act(self, contexts: Sequence[Context]) -> list[Decision]:
        return [self._one(context) for context in contexts]

    def _one(self, context: Context) -> Decision:
        made = sites.task(context.task)
        assert isinstance(made, SiteTask)
        said = made.template.instruction(self._seed)
        other = Context(context.task, said, context.observation, context.history)
        return load(context.task).act([other])[0]


def jobs(site: str, seeds: tuple[int, ...]) -> Iterator[Job]:
    for made in tasks(site):
        yield from (Job(made, seed) for seed in seeds)


def load(task_id: str) -> Policy:
    expert = sites.expert(task_id)
    assert expert is not None
    return expert


def tasks(site: str) -> list[SiteTask]:
    return [SiteTask(registry()[site], one) for one in registry()[site].templates]


@pytest.mark.parametrize("site", NAMES)
def test_the_expert_solves_every_task(site: str, slots: Session):
    episodes = list(play(jobs(site, SEEDS), ExpertPolicy(cache(load)), slots))
    assert not [(one.task, one.seed, one.ending, one.detail) for one in episodes if not one.success]
    assert not [said for one in episodes for said in untold(one)]


def untold(episode: Episode) -> Iterator[tuple[str, str, str]]:
    """Of what is learnt from: the instruction's values that are typed or chosen and that the
    step's note does not tell. Of several lines typed, those that the page has are no values.
    """
    made = sites.task(episode.task)
    assert isinstance(made, SiteTask)
    for step in episode.steps if made.template.split == "train" else ():
        action, note = step.decision.action, step.decision.note
        text = str(action.args[-1]) if action.name in ("type", "select") else ""
        if len(lines := text.splitlines()) > 1:
            page = unescape(step.observation.html)
            text = "\n".join(line for line in lines if line not in page)
        for value in made.template.read(episode.verdict.instruction).values():
            if value in text and value not in note:
                yield episode.task, value, note


@pytest.mark.parametrize("site", NAMES)
def test_experts_solve_most_chains(site: str, slots: Session):
    asked = [sites.task(one) for one in sites.suites()[f"sites-{site}-chains"][::5]]
    made = [replace(one, until="said") for one in asked if isinstance(one, SiteTask)]
    episodes = list(play((Job(one, 0) for one in made), ExpertPolicy(cache(load)), slots))
    failed = [(one.task, one.ending, one.detail) for one in episodes if not one.success]
    assert len(failed) <= 0.1 * len(made), failed


@pytest.mark.parametrize("site", NAMES)
def test_an_episode_may_end_only_when_the_policy_says_so(site: str, slots: Session):
    asked = [replace(one, until="said") for one in tasks(site)]
    policy = ExpertPolicy(cache(load))
    for episode in play((Job(made, 0) for made in asked), policy, slots):
        last = episode.steps[-1].decision.action.name
        assert episode.success and last in ("done", "answer"), (episode.task, episode.ending, last)
    early = list(play((Job(made, 0) for made in asked), Idle(), slots))
    assert {one.ending for one in early} == {Ending.FAILURE}


@pytest.mark.parametrize("site", NAMES)
def test_doing_nothing_is_not_paid(site: str, slots: Session):
    episodes = list(play(jobs(site, (0,)), Idle(), slots))
    assert {one.ending for one in episodes} == {Ending.GAVE_UP}


@pytest.mark.parametrize("site", NAMES)
def test_the_right_thing_with_other_values_is_not_paid(site: str, slots: Session):
    paid = [one.task for one in play(jobs(site, (0,)), Other(7), slots) if one.success]
    same = [
        one.id
        for one in tasks(site)
        if one.template.goal(one.template.values(0)) == one.template.goal(one.template.values(7))
    ]
    assert set(paid) <= set(same)


@pytest.mark.parametrize("site", NAMES)
def test_the_same_seed_gives_the_same_first_page(site: str, slots: Session):
    made = tasks(site)[0]
    pages = slots.reset({0: made.start(3), 1: made.start(3)})
    first, second = pages[0], pages[1]
    assert isinstance(first, Page)
    assert isinstance(second, Page)
    assert first.observation.html == second.observation.html
    assert first.probe != second.probe


def test_slots_do_not_see_each_other(slots: Session):
    made, expert = sites.task("sites.shop-empty-cart"), load("sites.shop-empty-cart")
    assert made is not None
    verdict = Verdict("")
    pages = slots.reset({0: made.start(1), 1: made.start(1)})
    history: tuple[Step, ...] = ()
    for _ in range(made.step_limit):
        page = pages[0]
        assert isinstance(page, Page)
        verdict = made.judge(page.probe)
        if verdict.done:
            break
        context = Context(made.id, verdict.instruction, page.observation, history)
        decision = expert.act([context])[0]
        history += (Step(page.observation, decision),)
        pages = slots.step({0: decision.action})
    assert verdict.success
    other = slots.step({1: decide("scroll(1, 10)").action})[1]
    assert isinstance(other, Page)
    assert made.judge(other.probe).facts == {"changed": []}


@pytest.mark.parametrize("site", NAMES)
def test_only_names_of_this_machine_are_served(site: str):
    server = site_server(site)
    foreign = Request(f"http://127.0.0.1:{server.port}/", headers={"Host": "example.org"})
    with pytest.raises(HTTPError, match="403"):
        urlopen(foreign, timeout=10)


@pytest.mark.parametrize("path", ["/static/../seed.sqlite3", "/media/..%2fseed.sqlite3"])
def test_files_outside_of_the_folders_are_not_served(path: str):
    server = site_server("wiki")
    wanted = Request(
        f"http://127.0.0.1:{server.port}{path}", headers={"Host": "wiki-0-x.localhost"}
    )
    with pytest.raises(HTTPError, match="404"):
        urlopen(wanted, timeout=10)


def test_the_server_ends_with_its_parent():
    code = (
        "import os\n"
        "from webagent.tasks.sites.server import site_server\n"
        "print(site_server('wiki').pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    pid = int(done.stdout)
    for _ in range(100):
        if not running(pid):
            return
        time.sleep(0.1)
    pytest.fail("The server is still running.")


def test_started_sites_can_be_run_on_without_a_network(tmp_path: Path):
    command = [sys.executable, "-m", "webagent", "sites", "start", "wiki"]
    heeded = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # also where tests ignore it
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=heeded) as served:
        assert served.stdout
        told = served.stdout.readline()
        [url] = re.findall(r"http://wiki\.localhost:\d+/\S+", told)
        chat = ["--planner", "llm", "--model", "rules"]
        words = ["run", 'Click "Nature", then click "Edit".', "--url", url, *chat]
        done = CliRunner().invoke(app, [*words, "--out", str(tmp_path / "out")])
        served.send_signal(signal.SIGINT)
        rest = served.communicate(timeout=60)[0]
    assert (done.exit_code, served.returncode) == (0, 0), done.output
    assert re.search(r"at http://wiki\.localhost:\d+/nature/_edit/", done.stdout)
    assert rest.endswith("Ended.\n")


def running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    if stat.parent.parent.exists():
        return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
