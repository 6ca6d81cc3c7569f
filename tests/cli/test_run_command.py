"""`webagent run`, as a user types it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.conftest import PAGES
from webagent.cli.main import app
from webagent.errors import RunError, WebAgentError
from webagent.llm.server import ChatServer
from webagent.policies.prompted.rules import reply_by_rules
from webagent.tasks.server import PageServer

PLAYER = """
from webagent.errors import PolicyStop
from webagent.policies.protocol import decide
import re
from dataclasses import replace
from webagent.types import Try

class Player:
    steps = [
        'type(#name, "anna")', 'type(#password, "{{PW}}")', 'click(#send)', 'answer("4\\x1b2")'
    ]
    def act(self, contexts):
        return [self.next(context) for context in contexts]
    def next(self, context):
        step = self.steps[len(context.history) % len(self.steps)]
        def ref(found):
            there = re.search(rf'ref="(\\d+)" id="{found[1]}"', context.observation.html)
            return there[1] if there else "0"
        return decide(re.sub(r"#(\\w+)", ref, step), "a thought")

class Tries(Player):
    def next(self, context):
        if context.history:
            return replace(decide("done()", "a thought"), gave_up=True)
        failed = Try('type(99, "x")', "line 1: no ref 99", "log \x1b[1min")
        return replace(super().next(context), program='type(17, "anna")', tries=(failed,))

class Clear(Player):
    steps = ['type(#password, "clear text")', 'click(#send)', 'done()']

class GivesUp(Player):
    def next(self, context):
        return replace(decide("done()"), gave_up=True)

class Idle(Player):
    steps = ['scroll(#link, 1)']

class Hangs(Player):
    steps = ['click(#loop)']

class Stops(Player):
    def next(self, context):
        if context.history:
            raise PolicyStop("no money left")
        return decide("click(1)")

class Fails(Player):
    def next(self, context):
        raise ValueError("broken")

class Interrupted(Player):
    def next(self, context):
        if context.history:
            raise KeyboardInterrupt
        return decide("click(1)")
"""


@pytest.fixture(scope="module")
def site():
    server = PageServer()
    server.mount({"/pages/": PAGES})
    yield server.url("/pages/live/index.html")
    server.close()


@pytest.fixture
def player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHOP_PASSWORD", "correct horse")
    monkeypatch.setenv("SHORT", "abc")
    path = tmp_path / "player.py"
    path.write_text(PLAYER)
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["run", *map(str, words)])


def kept(folder: Path) -> str:
    return "".join(path.read_text("utf-8") for path in folder.rglob("*") if path.is_file())


def test_a_run_tells_each_step_and_keeps_a_trace(site: str, player: Path, tmp_path: Path):
    place = tmp_path / "out"
    done = run(
        "Log in as anna with {{PW}}.", "--url", site, "--policy", f"{player}:Player",
        "--secret", "PW=SHOP_PASSWORD", "--out", place,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "Log in as anna with {{PW}}." in done.stdout and "a thought" in done.stdout
    assert '2. type(17, "{{PW}}")' in done.stdout or '"{{PW}}")' in done.stdout
    assert "Success after 4 steps" in done.stdout and "Answer: 4\ufffd2" in done.stdout
    assert "\x1b" not in done.stdout
    assert done.stdout.count("a thought") == 1  # it is the same at each step
    assert re.search(r"3\. click\(\d+\)\n     at http\S+/next\.html\?", done.stdout)
    assert done.stdout.count("     at http") == 1
    record = json.loads((place / "episodes.jsonl").read_text())
    assert record["success"] and record["steps"][2]["html"]
    replay = json.loads(next((place / "replays").glob("*.json")).read_text())
    assert replay["steps"][0]["picture"] and (place / "report.html").exists()
    assert "correct horse" not in kept(place) + done.output


def test_the_model_of_rules_plans_and_writes_without_a_network(site: str, tmp_path: Path):
    words = ("--url", site, "--planner", "llm", "--model", "rules", "--out")
    done = run('Enter the password "apples", then click "send".', *words, tmp_path / "out")
    assert done.exit_code == 0, done.output
    assert "into text field 1." in done.stdout and 'Click what says "send".' in done.stdout
    assert "Success after 3 steps" in done.stdout and "/next.html?" in done.stdout
    lost = run('Click "what is not there".', *words, tmp_path / "lost")
    assert lost.exit_code == 1 and "Gave up after 1 steps" in lost.stdout


def test_json_is_one_document(site: str, player: Path, tmp_path: Path):
    done = run("x", "--url", site, "-p", f"{player}:Clear", "--json", "--out", tmp_path / "out")
    document = json.loads(done.stdout)
    assert document["success"] and document["answer"] is None
    assert (document["exit_code"], document["usage"]) == (0, None)
    assert document["steps"][0]["action"].endswith('"••••••••")')
    assert "clear text" not in kept(tmp_path / "out") + done.output


@pytest.mark.parametrize(
    ("words", "code", "ending", "says"),
    [
        (("--url", "file:///etc"), 2, None, "no address of a website"),
        (("--url", "shop.test", "-p", "nobody"), 2, None, "No policy is called 'nobody'"),
        (("--url", "shop.test", "--browser", "/no/browser"), 3, "browser error", "/no/browser"),
    ],
)
def test_json_is_one_document_whatever_goes_wrong(
    player: Path, tmp_path: Path, words: tuple[str, ...], code: int, ending: str | None, says: str
):
    usual = ("-p", f"{player}:Clear", "--json", "--out", tmp_path / "out")
    done = run("x", *usual, *words)
    document = json.loads(done.stdout)
    assert (done.exit_code, document["exit_code"], document["ending"]) == (code, code, ending)
    assert says in document["detail"] and says in done.stderr
    same = run("x", "--url", "shop.test", *usual, "--browser", "/no/browser")
    assert document.keys() == json.loads(same.stdout).keys() >= {"success", "steps", "usage"}


def test_programs_that_failed_without_an_action_are_told_and_kept(
    site: str, player: Path, tmp_path: Path
):
    place = tmp_path / "out"
    words = ("--url", site, "-p", f"{player}:Tries", "--out")
    told = run("x", *words, place).stdout.splitlines()
    first = told.index('     | type(99, "x")')
    assert told[first - 1 : first + 4] == [
        "     log \ufffd[1min", '     | type(99, "x")',
        "     Failed without an action: line 1: no ref 99",
        "     a thought", '     | type(17, "anna")',
    ]  # fmt: skip
    assert [one for one in told if "a thought" in one] == ["     a thought"]
    failed = {"program": 'type(99, "x")', "error": "line 1: no ref 99", "note": "log \x1b[1min"}
    record = json.loads((place / "episodes.jsonl").read_text())
    assert [one.get("tries") for one in record["steps"]] == [[failed], None]
    assert [one.get("gave_up") for one in record["steps"]] == [None, True]
    document = json.loads(run("x", *words, tmp_path / "json", "--json").stdout)
    assert [one["tries"] for one in document["steps"]] == [[failed], []]
    assert "no ref 99" in (place / "report.html").read_text()


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("Idle", 1, "Step limit after 2 steps"),
        ("GivesUp", 1, "Gave up after 1 steps"),
        ("Hangs", 3, "Browser error"),
        ("Stops", 4, "no money left"),
        ("Fails", 4, "broken"),
        ("Interrupted", 130, "Interrupted"),
    ],
)
def test_exit_codes(site: str, player: Path, tmp_path: Path, name: str, code: int, says: str):
    place = tmp_path / "out"
    policy = f"{player}:{name}"
    done = run("x", "--url", site, "-p", policy, "--steps", 2, "--out", place, "--timeout", 2)
    assert (done.exit_code, says in done.stdout) == (code, True), done.output
    assert (place / "report.html").exists()


def test_waits_for_an_endpoint_are_told_and_no_run_is_said_to_go_on(site: str, tmp_path: Path):
    with ChatServer(reply_by_rules) as server:
        away = server.url
    chat = ("--planner", "llm", "--model", "m", "--endpoint", away)
    quick = ("--option", "retries=1", "--option", "backoff=0.001")
    done = run("x", "--url", site, *chat, *quick, "--out", tmp_path / "out")
    assert done.exit_code == 4
    assert re.search(r"cannot be reached.* Asked again in 0\.0 s, try 2 of 2\.", done.stdout)
    assert "goes on" not in done.stdout


def test_a_folder_that_holds_a_run_is_not_written_over(site: str, player: Path, tmp_path: Path):
    words = ("--url", site, "-p", f"{player}:Clear", "--out", tmp_path / "out")
    assert run("x", *words).exit_code == 0
    again = run("y", *words)
    assert isinstance(again.exception, RunError) and "holds a run already" in str(again.exception)
    assert len((tmp_path / "out" / "episodes.jsonl").read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--url", "file:///etc"), "no address of a website"),
        (("--url", "shop.test", "--allow", "http://x"), "no domain"),
        (("--url", "shop.test", "--secret", "PW"), "NAME=VARIABLE"),
        (("--url", "shop.test", "--secret", "PW=NOT_THERE"), "NOT_THERE of the secret PW"),
        (("--url", "shop.test", "--secret", "PW=SHOP_PASSWORD@a b"), "is no domain"),
        (("--url", "shop.test", "--secret", "PW=SHORT"), "at least 4 characters"),
    ],
)
def test_wrong_usage(player: Path, tmp_path: Path, words: tuple[str, ...], says: str):
    done = run("x", *words, "-p", f"{player}:Player", "--out", tmp_path / "out")
    assert isinstance(done.exception, WebAgentError) and says in str(done.exception)
    assert not (tmp_path / "out").exists()
