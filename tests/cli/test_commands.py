"""The commands compare, verify, view, compwob fetch, and eval --pages, as a user types them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from webagent.cli.main import app
from webagent.errors import WebAgentError
from webagent.tasks.official import page_names

PAGES = Path(__file__).parents[1] / "pages" / "official"
NAME = "click-link_click-dialog"
TASKS = ("--task", f"compwob.{NAME}", "--task", f"compwob-reverse.{NAME}")


def run(*words):
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, WebAgentError):
        return 2, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A run on the built-in pages and one on official files, of the same tasks and seeds."""
    place = tmp_path_factory.mktemp("runs")
    common = ("--seeds", "0-1", "--replays", 1, "--slots", 2)
    for name, more in (("own", ()), ("official", ("--pages", PAGES))):
        code, out = run("eval", *TASKS, *common, "--out", place / name, *more)
        assert code == 0, out
    return place


def test_eval_plays_official_pages(folders):
    config = json.loads((folders / "official" / "config.json").read_text())
    assert config["text"] == "official"
    assert {labels["pages"] for labels in config["tasks"].values()} == {"official files"}
    summary = json.loads((folders / "official" / "summary.json").read_text())
    assert summary["success"]["value"] == 1.0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--suite", "compwob"), "lacks 49 of 50 pages"),
        ((*TASKS, "--mode", "pointer"), "--mode element"),
        ((*TASKS, "--layout", "open"), "--mode element"),
        (("--task", "miniwob.click-link"), "no published page"),
    ],
)
def test_eval_says_why_pages_cannot_be_played(tmp_path, words, told):
    code, message = run("eval", *words, "--pages", PAGES, "--out", tmp_path / "run")
    assert code == 2
    assert told in message
    assert not (tmp_path / "run").exists()


def test_verify_confirms_a_run(folders):
    assert run("verify", folders / "own", "--slots", 2)[0] == 0
    assert json.loads((folders / "own" / "verify.json").read_text())["agreed"] == 4
    code, out = run("verify", folders / "official", "--pages", PAGES, "--limit", 2)
    assert (code, "2 of 2 replayed episodes agree" in out) == (0, True)


def test_verify_needs_the_pages_that_were_played(folders):
    code, message = run("verify", folders / "official")
    assert (code, "--pages" in message) == (2, True)


def test_verify_finds_a_changed_record(folders, tmp_path):
    (tmp_path / "run").mkdir()
    for name in ("config.json", "episodes.jsonl"):
        text = (folders / "own" / name).read_text()
        (tmp_path / "run" / name).write_text(text.replace('"raw_reward":1', '"raw_reward":-1'))
    code, out = run("verify", tmp_path / "run", "--limit", 1)
    assert code == 1
    assert "raw reward: -1.0 -> 1" in " ".join(out.split())


def test_retrace_says_where_failed_episodes_leave_the_experts_way(folders, tmp_path):
    code, message = run("retrace", folders / "own")
    assert (code, "no failed episode" in message) == (2, True)
    common = ("--policy", "random", "--seeds", "0-1", "--replays", 0, "--slots", 2)
    assert run("eval", *TASKS, *common, "--out", tmp_path / "run")[0] == 0
    code, out = run("retrace", tmp_path / "run", "--slots", 2, "--limit", 3)
    assert code == 0
    assert re.search(r"3 of 3 failed episodes leave the way of expert", out)
    assert re.search(r"seed \d, step \d: Click .*\n  did   .*\n  would click\(\d+\) <", out)
    assert len(json.loads((tmp_path / "run" / "retrace.json").read_text())["episodes"]) == 3


def test_compare_refuses_different_pages_unless_forced(folders, tmp_path):
    pair = (folders / "own", folders / "official")
    code, message = run("compare", *pair)
    assert (code, "--force" in message) == (2, True)
    code, out = run("compare", *pair, "--force", "--json", "--out", tmp_path / "page.html")
    result = json.loads(out)
    assert code == 0
    assert result["all"]["difference"] == 0
    assert result["all"]["pairs"] == 4
    assert "text: clean, official" in result["obstacles"]
    assert "Paired comparison" in (tmp_path / "page.html").read_text()


def test_compare_prints_a_table(folders):
    code, out = run("compare", folders / "own", folders / "own")
    assert code == 0
    assert "all pairs" in out
    assert "2 tasks do not differ" in out


@pytest.mark.parametrize("words", [("compare", "x"), ("verify",), ("view",)])
def test_a_folder_that_is_no_run_is_named(tmp_path, words):
    code, message = run(*words, tmp_path / "nothing")
    assert code == 2
    assert "x is not a run" in message or "nothing" in message


def test_view_serves_until_it_is_interrupted(folders):
    # A shell that runs tests in the background leaves Ctrl-C ignored.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code = heard + "from webagent.cli.main import main; main()"
    command = [sys.executable, "-u", "-c", code, "view", str(folders)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())[0]
            with urlopen(address) as reply:
                assert b"official" in reply.read()
        finally:
            os.kill(process.pid, signal.SIGINT)
        assert process.wait(20) == 0


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_fetch_gets_all_pages_of_a_pin(tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    for name in page_names():
        (source / name).write_text(f"<script src='../core/core.js'></script>{name}")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=source))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    pin = tmp_path / "pin.toml"
    pin.write_text(f'commit = "abc"\nbase = "http://127.0.0.1:{server.server_port}/"\n')
    try:
        first = run("compwob", "fetch", tmp_path / "pages", "--pin", pin)
        second = run("compwob", "fetch", tmp_path / "pages", "--pin", pin)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert (first[0], "100 downloaded now" in first[1]) == (0, True)
    assert (second[0], "0 downloaded now" in second[1]) == (0, True)
