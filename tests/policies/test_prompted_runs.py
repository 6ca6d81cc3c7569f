"""Prompted agents in whole runs, over real HTTP: they solve tasks, stop, go on, keep secrets."""

from __future__ import annotations

import json
import re
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from typer.testing import CliRunner

pytest.importorskip("openai")
pytest.importorskip("pydantic_monty")

from webagent.cli.main import app
from webagent.errors import PolicyError, PolicyStop, WebAgentError
from webagent.llm.protocol import user
from webagent.llm.scripted import script
from webagent.llm.server import ChatServer, Fault, refusal
from webagent.play import Job, play
from webagent.policies.load import load_policy
from webagent.policies.models import usage_of
from webagent.policies.prompted.make import chat_model
from webagent.policies.prompted.options import Options
from webagent.policies.prompted.rules import reply_by_rules
from webagent.tasks.suites import load_task
from webagent.types import Ending

KEY = "sk-very-secret"
TASKS = ("miniwob.enter-password", "miniwob.click-link", "compwob.click-link_enter-text")
QUICK = "backoff=0.001&retries=1"


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("MY_KEY", KEY)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def spec(server: ChatServer, agent: str = "synapse", more: str = "") -> str:
    return f"{agent}?model=scripted&endpoint={server.url}&key_env=MY_KEY&{QUICK}{more}"


@pytest.mark.parametrize("agent", ["rci", "adaplanner", "synapse"])
def test_agents_solve_tasks(agent, browser):
    with ChatServer(reply_by_rules, key=KEY) as server:
        policy = load_policy(spec(server, agent))
        episodes = list(play([Job(load_task(one), 3) for one in TASKS], policy, browser))
    assert [one.ending for one in episodes] == [Ending.SUCCESS] * 3
    assert usage_of(policy).requests == len(server.requests)
    assert usage_of(load_policy("expert")) is None
    assert policy.card["model"] == "scripted"


@pytest.mark.parametrize("parts", ["planner=llm", "planner=none&programmer=llm"])
def test_the_modular_agent_solves_tasks_by_rules(parts, browser):
    policy = load_policy(f"webagent?{parts}&model=rules")
    episodes = list(play([Job(load_task(one), 3) for one in TASKS], policy, browser))
    assert [one.ending for one in episodes] == [Ending.SUCCESS] * 3
    assert not any(step.decision.tries for one in episodes for step in one.steps)


def test_adaplanner_recovers_from_a_wrong_program(browser):
    replies = script(
        [
            ("This program was run.*no Submit", "click(find('#subbtn')[0])"),
            (
                "Write the program",
                'type(find("#tt")[0], ask("Which name?"))\nassert 0, "no Submit"',
            ),
            ("Question: Which name.*", "Thaddeus"),
        ]
    )
    with ChatServer(replies) as server:
        policy = load_policy(spec(server, "adaplanner"))
        [episode] = play([Job(load_task("miniwob.enter-text"), 1)], policy, browser)
    assert [bool(step.decision.program) for step in episode.steps] == [True, True]
    assert "Answered: Thaddeus" in episode.steps[0].decision.note
    assert [one.decision.action.name for one in episode.steps] == ["type", "click"]


def test_one_episode_that_cannot_be_told_ends_alone(browser):
    def reply(conversation):
        if "username" in conversation[-1].text:
            return script([])(conversation)
        return reply_by_rules(conversation)

    tasks = ("miniwob.login-user", "miniwob.click-link")
    with ChatServer(reply) as server:
        policy = load_policy(spec(server))
        found = {
            one.task: one for one in play([Job(load_task(t), 1) for t in tasks], policy, browser)
        }
    assert found["miniwob.click-link"].success
    assert found["miniwob.login-user"].ending is Ending.POLICY_ERROR
    assert "no rule" in found["miniwob.login-user"].detail


def evaluate(server, folder, cache):
    words = ["eval", *(word for task in TASKS for word in ("--task", task)), "--seeds", "0-1"]
    policy = spec(server, "rci", f"&cache={cache}&concurrency=1")
    return CliRunner().invoke(
        app, [*words, "--policy", policy, "--out", str(folder), "--slots", "1", "--replays", "1"]
    )


def test_a_run_that_had_to_stop_goes_on_where_it_was(tmp_path):
    faults = [Fault()] * 30 + [refusal(429, f"No quota for {KEY}.", "insufficient_quota")]
    run, cache = tmp_path / "run", tmp_path / "cache"
    with ChatServer(reply_by_rules, key=KEY, faults=faults) as server:
        stopped = evaluate(server, run, cache)
        assert isinstance(stopped.exception, PolicyStop)
        assert "No quota for ***" in str(stopped.exception)
        assert "goes on from here" in str(stopped.exception)
        before = len((run / "episodes.jsonl").read_bytes().splitlines())
        assert 1 <= before < 6
        assert len(server.requests) == 31
        done = evaluate(server, run, cache)
        assert (done.exception, done.exit_code) == (None, 0)
        asked = [json.dumps(body) for body in server.requests]
        assert len(set(asked)) == len(asked) - 1  # the one that was refused
    records = [json.loads(line) for line in (run / "episodes.jsonl").read_text().splitlines()]
    assert [one["success"] for one in records] == [True] * 6
    files = [one for place in (run, cache) for one in place.rglob("*") if one.is_file()]
    assert len(files) > 30
    assert not [one for one in files if KEY in one.read_text("utf-8", "replace")]
    assert KEY not in stopped.output + done.output


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("rci", "rci needs a model: rci.model=NAME"),
        ("synapse?shots=1", "model=rules"),
        ("rci?model=a", "OPENAI_API_KEY"),
        ("rci?model=a&key_env=NO_SUCH_KEY", "variable NO_SUCH_KEY"),
        ("rci?model=a&endpoint=https://a.example/v1", "key_env=VARIABLE, or key_env=none"),
        ("rci?model=a&endpoint=http://api.openai.com/v1", "OPENAI_API_KEY goes to OpenAI alone"),
        ("rci?model=a&endpoint=http://1.1.1.1/v1&key_env=MY_KEY", "for all to read: use https"),
        ("rci?model=rules&key=secret", "no option 'key'"),
        ("rci?model=rules&shots=many", "shots=many"),
        ("rci?model=rules&temperature=3", "temperature=3"),
        ("rci?model=rules&exemplars=third", "exemplars=third"),
        ("rci?model=rules&memory=none.jsonl", "webagent exemplars"),
        ("synapse?model=rules&embeddings=a", "needs an endpoint"),
        ("rci?model=a&endpoint=http://me:secret@b.example/v1", "user, password"),
        ("rci?model=a&endpoint=localhost", "address such as"),
    ],
)
def test_wrong_options_are_explained(named, told):
    with pytest.raises(WebAgentError, match=told) as caught:
        load_policy(named)
    assert "secret" not in str(caught.value)


def test_openais_key_goes_to_nobody_else(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    to_openai, here = Options(model="a"), Options(model="a", endpoint="http://127.0.0.1:1/v1")
    assert (to_openai.key, here.key) == (KEY, "")
    elsewhere = "https://a.example/v1"
    with pytest.raises(PolicyError, match="OPENAI_API_KEY goes to OpenAI alone"):
        _ = Options(model="a", endpoint=elsewhere).key
    assert Options(model="a", endpoint=elsewhere, key_env="none").key == ""
    assert Options(model="a", endpoint=elsewhere, key_env="MY_KEY").key == KEY
    assert Options(model="a", endpoint="http://10.1.2.3/v1", key_env="MY_KEY").key == KEY


def test_an_endpoint_on_this_machine_is_told_nothing_of_openais_account(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, KEY)
    heard = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(str(self.headers))
            self.send_error(400)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        Thread(target=server.handle_request).start()
        endpoint = f"http://127.0.0.1:{server.server_port}/v1"
        chat_model(Options(model="a", endpoint=endpoint)).chat([(user("hi"),)])
    assert "authorization: Bearer none" in heard[0] and KEY not in heard[0]


def test_the_error_without_a_model_lists_every_option():
    with pytest.raises(WebAgentError) as caught:
        load_policy("rci")
    assert all(f"{name}: " in str(caught.value) for name in Options.model_fields)
    assert all(field.description for field in Options.model_fields.values())


def test_the_rules_need_neither_network_nor_key():
    policy = load_policy("synapse?model=rules&shots=1")
    assert policy.card == {
        "agent": "synapse",
        "model": "rules",
        "temperature": "0.0",
        "exemplars": "nearest",
        "memory": policy.card["memory"],
    }
    assert re.fullmatch(r"[0-9a-f]{16}", policy.card["memory"])


def test_exemplars_can_be_found_by_embeddings(browser):
    with ChatServer(reply_by_rules) as server:
        policy = load_policy(spec(server, "synapse", "&embeddings=scripted&shots=1"))
        [episode] = play([Job(load_task("miniwob.click-link"), 1)], policy, browser)
    assert episode.success
    told = next(body["messages"] for body in server.requests if "messages" in body)
    assert "Click on the link" in told[1]["content"]
