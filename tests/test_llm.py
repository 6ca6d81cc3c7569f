"""Chat models over real HTTP: a server on loopback that speaks the protocol, with faults."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence

import pytest

pytest.importorskip("openai")

from webagent.errors import PolicyError, PolicyStop
from webagent.llm.address import checked_url, is_loopback, is_openai
from webagent.llm.cache import Cache
from webagent.llm.endpoint import Endpoint, Settings
from webagent.llm.pace import LONGEST, Pace, delay
from webagent.llm.protocol import Conversation, Usage, assistant, system, user
from webagent.llm.scripted import ScriptedModel, script
from webagent.llm.server import ChatServer, Fault, refusal

KEY = "sk-very-secret"
ECHO = script([(r"say (\S+)", r"\1"), ("who am I", f"your key is {KEY}")])
SHORT = Settings(backoff=0.001, retries=2, timeout=5)
TEXT = {"Content-Type": "text/plain"}


def talk(*words: str) -> list[Conversation]:
    return [(system("Obey."), user(f"say {word}")) for word in words]


def ask(server: ChatServer, words: Sequence[str] = ("hi",), **changes):
    fields = {"name": "scripted", "key": KEY, "settings": SHORT} | changes
    model = Endpoint(url=server.url, **fields)
    return model.chat(talk(*words)), model


def test_replies_come_in_order_and_are_counted():
    prices = Settings(prices=(2.0, 10.0))
    with ChatServer(ECHO, key=KEY) as server:
        replies, model = ask(server, ["a", "b", "c"], settings=prices)
    assert replies == ["a", "b", "c"]
    assert model.usage == Usage(3, 0, 9, 3, pytest.approx((9 * 2 + 3 * 10) / 1e6))
    assert "3 requests (0 more from the cache), 9 tokens in, 3 out" in str(model.usage)


def test_requests_hold_all_that_was_said_and_temperature_zero():
    with ChatServer(ECHO) as server:
        model = Endpoint("scripted", server.url)
        model.chat([(system("a"), user("say b"), assistant("b"), user("say \ud83d c"))])
    [body] = server.requests
    assert [one["role"] for one in body["messages"]] == ["system", "user", "assistant", "user"]
    assert body["messages"][-1]["content"] == "say ? c"
    assert body["temperature"] == 0
    assert "seed" not in body


def test_options_reach_the_endpoint():
    with ChatServer(ECHO) as server:
        ask(server, settings=Settings(temperature=None, seed=7))
    assert server.requests[0]["seed"] == 7
    assert "temperature" not in server.requests[0]


def test_requests_of_a_batch_go_out_together():
    together = threading.Barrier(3)

    def reply(conversation: Conversation) -> str:
        together.wait(20)  # is broken, and answers nothing, unless three come at once
        return conversation[-1].text

    with ChatServer(reply) as server:
        replies, _ = ask(server, ["a", "b", "c"], settings=Settings(concurrency=3, retries=0))
    assert replies == ["say a", "say b", "say c"]


def test_the_same_request_is_sent_once():
    with ChatServer(ECHO) as server:
        replies, model = ask(server, ["a", "b", "a"])
        assert replies == ["a", "b", "a"]
        assert model.chat(talk("b")) == ["b"]
    assert len(server.requests) == 2
    assert (model.usage.requests, model.usage.cached) == (2, 2)


def test_answers_are_kept_for_the_next_process(tmp_path):
    with ChatServer(ECHO, key=KEY) as server:
        ask(server, ["a", "b"], cache=Cache(tmp_path))
        replies, model = ask(server, ["b", "a"], cache=Cache(tmp_path))
        assert (replies, len(server.requests)) == (["b", "a"], 2)
        assert model.usage == Usage(cached=2)
        ask(server, ["a"], cache=Cache(tmp_path), settings=Settings(temperature=1.0))
        assert len(server.requests) == 3
    files = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert len(files) == 3
    assert all(one.suffix == ".json" and KEY not in one.read_text() for one in files)


def test_a_damaged_answer_is_asked_for_again(tmp_path):
    with ChatServer(ECHO) as server:
        ask(server, cache=Cache(tmp_path))
        [file] = tmp_path.rglob("*.json")
        for broken in ("", "{", "[]", "{}"):
            file.write_text(broken)
            assert ask(server, cache=Cache(tmp_path))[0] == ["hi"]
    assert len(server.requests) == 5


def test_an_answer_that_cannot_be_kept_stops_the_run(tmp_path):
    cache = Cache(tmp_path / "cache")
    (tmp_path / "cache").rmdir()
    with ChatServer(ECHO) as server, pytest.raises(PolicyStop, match="can't be kept"):
        ask(server, cache=cache)


def test_a_cache_without_a_place_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PolicyError, match="cannot be kept"):
        Cache(tmp_path / "file" / "cache")


@pytest.mark.parametrize(
    "fault",
    [
        refusal(429, "slow down", retry_after="0.001"),
        refusal(429, "slow down", retry_after="Wed, 21 Oct 2015 07:28:00 GMT"),
        refusal(500),
        refusal(503),
        refusal(408),
        Fault(body='{"choices": [{"mess'),
        Fault(body="{}"),
        Fault(body='{"choices": []}'),
        Fault(body="a page", headers=TEXT),
        Fault(status=502, body="<html>", headers=TEXT),
    ],
    ids=lambda fault: f"{fault.status}-{fault.body[:12]}",
)
def test_passing_faults_are_tried_again(fault):
    with ChatServer(ECHO, faults=[fault, fault]) as server:
        replies, model = ask(server)
    assert replies == ["hi"]
    assert (len(server.requests), model.usage.requests) == (3, 1)


def test_an_endpoint_that_is_too_slow_is_asked_again():
    with ChatServer(ECHO, faults=[Fault(delay=30)]) as server:
        replies, _ = ask(server, settings=Settings(timeout=0.5, backoff=0.001))
    assert replies == ["hi"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (refusal(401, "Incorrect key.", "invalid_api_key"), "401: Incorrect key. Set the key"),
        (refusal(402, "Pay."), "402"),
        (refusal(403, "Not for you."), "403"),
        (refusal(404, "No such model.", "model_not_found"), "model that exists|exist"),
        (refusal(429, "You exceeded your quota.", "insufficient_quota"), "exceeded your quota"),
        (refusal(400, "Unknown model.", "model_not_found"), "Unknown model"),
    ],
)
def test_lasting_faults_stop_at_once(fault, told):
    with ChatServer(ECHO, faults=[fault]) as server:
        with pytest.raises(PolicyStop, match=told):
            ask(server)
        assert len(server.requests) == 1


def test_a_wrong_key_and_an_unknown_model_stop():
    with ChatServer(ECHO, key=KEY) as server:
        with pytest.raises(PolicyStop, match="Incorrect API key"):
            ask(server, key="sk-another")
        with pytest.raises(PolicyStop, match="model other does not exist"):
            ask(server, name="other")


def test_an_endpoint_that_stays_busy_or_away_stops():
    with ChatServer(ECHO, faults=[refusal(429)] * 3) as server:
        with pytest.raises(PolicyStop, match="429"):
            ask(server)
        assert len(server.requests) == 3
    with pytest.raises(PolicyStop, match="cannot be reached"):
        ask(server)  # it has gone


def test_each_wait_is_told_to_the_observer():
    faults = [refusal(503, "busy"), refusal(429, "slow down", retry_after="0.001")]
    with ChatServer(ECHO, faults=faults) as server:
        model = Endpoint("scripted", server.url, settings=SHORT)
        told = []
        model.observer = told.append
        assert model.chat(talk("hi")) == ["hi"]
    assert [(one.attempt, one.attempts) for one in told] == [(2, 3), (3, 3)]
    assert "answers 503: busy. Asked again in 0.0 s, try 2 of 3." in str(told[0])
    assert told[1].seconds == 0.001 and "429" in told[1].told


@pytest.fixture
def interruptible():
    """Ctrl-C is heard, which a shell that runs tests in the background leaves ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interruption_waits_for_no_answer():
    free, answered = threading.Event(), threading.Event()

    def late(conversation: Conversation) -> str:
        os.kill(os.getpid(), signal.SIGINT)  # as Ctrl-C does while one waits
        free.wait(20)
        answered.set()
        return "late"

    with ChatServer(late) as server:
        with pytest.raises(KeyboardInterrupt):
            ask(server, settings=Settings(timeout=60))
        assert not answered.is_set()
        free.set()


def test_what_breaks_in_a_thread_is_raised_where_it_was_asked():
    def broken(_):
        raise ZeroDivisionError

    with ChatServer(ECHO, faults=[refusal(503)]) as server:
        model = Endpoint("scripted", server.url, settings=SHORT)
        model.observer = broken
        with pytest.raises(ZeroDivisionError):
            model.chat(talk("a", "b"))


def test_what_stays_wrong_with_one_conversation_ends_that_one():
    faults = [refusal(400, "too long"), *[refusal(500, "oops")] * 3]
    with ChatServer(ECHO, faults=faults) as server:
        model = Endpoint("scripted", server.url, settings=SHORT)
        for told in ("too long", "oops"):
            [error] = model.chat(talk("hi"))
            assert isinstance(error, PolicyError)
            assert not isinstance(error, PolicyStop)
            assert told in str(error)
        assert model.chat([*talk("a"), (user("no rule fits"),), *talk("b")])[::2] == ["a", "b"]


def test_an_endpoint_that_takes_no_temperature_says_how_it_can_be_used():
    fault = refusal(400, "Unsupported value: 'temperature' does not support 0 with this model.")
    with ChatServer(ECHO, faults=[fault]) as server:
        replies, _ = ask(server)
        assert "temperature=none" in str(replies[0])
        assert ask(server, settings=Settings(temperature=None))[0] == ["hi"]
    assert "temperature" not in server.requests[-1]


def test_what_was_answered_before_a_stop_is_kept(tmp_path):
    with ChatServer(ECHO, faults=[Fault(), Fault(), refusal(401)]) as server:
        one = Settings(concurrency=1)
        with pytest.raises(PolicyStop):
            ask(server, ["a", "b", "c", "d"], settings=one, cache=Cache(tmp_path))
        assert ask(server, ["a", "b", "c", "d"], cache=Cache(tmp_path))[1].usage.cached == 2


def test_the_key_is_told_to_nobody(tmp_path, caplog):
    caplog.set_level("DEBUG")
    with ChatServer(ECHO, faults=[refusal(400, f"bad key {KEY}")]) as server:
        model = Endpoint("scripted", server.url, KEY, SHORT, Cache(tmp_path))
        [error] = model.chat(talk("a"))
        [reply] = model.chat([(user("who am I"),)])
    assert str(error).endswith("bad key ***.")
    assert reply == "your key is ***"
    told = [one.read_text() for one in tmp_path.rglob("*.json")]
    assert KEY not in "".join([repr(model), caplog.text, *told])


@pytest.mark.parametrize(
    "url",
    [
        "http://me:secret@a.example/v1",
        "https://a.example/v1?key=secret",
        "http://a:b/",
        "http://[/",
        "http://a b/",
        "v1",
        "",
    ],
)
def test_addresses_that_hold_a_secret_or_are_none_are_refused(url):
    with pytest.raises(PolicyError) as caught:
        checked_url(url)
    assert "secret" not in str(caught.value)


def test_whose_an_address_is():
    assert is_openai("https://api.openai.com/v1") and is_openai("https://eu.api.openai.com/v1")
    for url in (
        "http://api.openai.com/v1",
        "https://api.openai.com.evil.test",
        "https://a.test/v1",
    ):
        assert not is_openai(url)
    for host in ("127.0.0.1:8000", "127.8.8.8", "[::1]:1", "localhost", "model.localhost:8000"):
        assert is_loopback(f"http://{host}/v1")
    for host in ("10.0.0.1", "0.0.0.0", "a.test", "localhost.test", "127.0.0.1.test"):
        assert not is_loopback(f"http://{host}/v1")


def test_endpoints_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(PolicyError, match=r"pip install '\.\[llm\]'"):
        Endpoint("any")


def test_requests_are_spread_and_held_back():
    waits: list[float] = []

    class Recorder(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0.0)
            return False

    pace = Pace(per_minute=6)
    for _ in range(3):
        pace.wait(Recorder())
    pace.hold(100)
    pace.wait(Recorder())
    assert waits == pytest.approx([0, 10, 20, 100], abs=5)


def test_waits_grow_to_a_limit_unless_the_endpoint_says_how_long():
    assert 0.5 <= delay(0, 1.0, None) <= 1.0
    assert 4.0 <= delay(3, 1.0, None) <= 8.0
    assert delay(30, 1.0, None) <= LONGEST
    assert (delay(3, 1.0, 2.5), delay(3, 1.0, 1e9)) == (2.5, LONGEST)


def test_vectors_come_from_another_model_of_the_endpoint():
    with ChatServer(ECHO) as server:
        model = Endpoint("chat", server.url)
        with pytest.raises(PolicyStop, match="model other"):
            model.embed("other", ["a"])
        one, same, other = model.embed("scripted", ["red fox", "fox RED", "blue sea"])
    assert one == same != other
    assert model.usage.prompt_tokens == 6


def test_a_script_answers_by_its_first_rule_that_fits():
    model = ScriptedModel(script([("a(.)c", r"got \1"), ("a", "later")]))
    replies = model.chat([(user("abc"),), (user("a"),), (user("x"),)])
    assert replies[:2] == ["got b", "later"]
    assert isinstance(replies[2], PolicyError)
    assert model.usage == Usage(2, 0, 2, 3)
