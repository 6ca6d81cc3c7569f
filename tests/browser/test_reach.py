"""The allow-list, and the proxy that keeps it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from threading import Thread

import pytest

from webagent import actions
from webagent.browser import reach
from webagent.browser.guard import Guard
from webagent.browser.reach import Domain, Reach, address_is_private, domain_of, reach_of
from webagent.browser.secrets import Vault, is_below
from webagent.errors import TaskError
from webagent.tasks.protocol import Secret, Start
from webagent.tasks.server import Server

PUBLIC = Reach((Domain("example.com"), Domain("10.0.0.1", 80)))


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://example.com/a?b#c", True),
        ("http://www.Example.com.:8080/", True),
        ("https://notexample.com/", False),
        ("https://example.com.evil.org/", False),
        ("https://example.com@evil.org/", False),
        ("https://evil.org\\@example.com/", False),
        ("https://example.com:x/", False),
        (" https://example.com/", False),
        ("//example.com/", False),
        ("ftp://example.com/", False),
        ("javascript:alert(1)//example.com", False),
        ("http://10.0.0.1/", True),
        ("http://10.0.0.1:81/", False),
        ("http://x.10.0.0.1/", False),
    ],
)
def test_pages(url: str, allowed: bool):
    assert (PUBLIC.refusal(url) == "") is allowed


@pytest.mark.parametrize(
    ("url", "kind", "method", "default", "strict"),
    [
        ("https://example.com/x", "XHR", "POST", True, True),
        ("wss://www.example.com/x", "WebSocket", "GET", True, True),
        ("https://cdn.org/x", "Script", "GET", True, False),
        ("https://cdn.org/x", "Image", "POST", False, False),
        ("https://cdn.org/x", "Fetch", "GET", False, False),
        ("https://cdn.org/x", "Ping", "POST", False, False),
        ("https://cdn.org/x", "Document", "GET", False, False),
        ("file:///x", "Image", "GET", False, False),
    ],
)
def test_requests(url: str, kind: str, method: str, default: bool, strict: bool):
    assert PUBLIC.loads(url, kind, method) is default
    assert Reach(PUBLIC.domains, strict=True).loads(url, kind, method) is strict


def test_a_start_on_this_machine_stands_for_its_port_alone():
    found = reach_of(Start("http://127.0.0.1:8000/x", allow=("*.example.com",)))
    assert found.leads_inside("127.0.0.1", 8000) and not found.leads_inside("127.0.0.1", 80)
    assert not found.strict
    assert found.names == "127.0.0.1:8000, example.com"
    assert reach_of(Start("http://localhost/", secrets={"A": Secret("long enough")})).strict


@pytest.mark.parametrize("name", ["", "http://x.org", "x.org/path", "*", "a b", "u@x.org"])
def test_what_is_no_domain_is_said(name: str):
    with pytest.raises(TaskError, match="no domain"):
        domain_of(name)


def test_a_name_without_a_dot_has_no_subdomains():
    assert not domain_of("com").holds("example.com", 443)
    assert domain_of("münchen.de").holds("www.xn--mnchen-3ya.de", 443)
    assert domain_of("[::1]:80").holds("::1", 80)


@pytest.mark.parametrize(
    "address",
    (
        *("127.0.0.1", "10.1.2.3", "169.254.169.254", "0.0.0.0", "100.64.0.1", "::1"),
        *("fe80::1%eth0", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1"),
    ),
)
def test_private_addresses(address: str):
    assert address_is_private(address)
    assert not address_is_private("93.184.216.34") and not address_is_private("2606:4700::1111")


@pytest.fixture
def site() -> Iterator[int]:
    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"{self.path} {self.headers['Host']} {self.headers['Proxy-Connection']}"
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = Server(("127.0.0.1", 0), Site)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def guard() -> Iterator[Guard]:
    opened = Guard()
    yield opened
    opened.close()


def ask(port: int, request: str) -> str:
    with socket.create_connection(("127.0.0.1", port), 5) as line:
        line.sendall(request.encode())
        answer = b""
        while data := line.recv(4096):
            answer += data
    return answer.decode()


def test_the_proxy_passes_what_is_allowed(guard: Guard, site: int):
    gate = guard.open(Reach((Domain("127.0.0.1", site, private=True),)))
    url = f"http://127.0.0.1:{site}/a?b"
    got = ask(gate.port, f"GET {url} HTTP/1.1\r\nHost: x\r\nProxy-Connection: yes\r\n\r\n")
    assert got.endswith("/a?b x None")
    tunnel = f"CONNECT 127.0.0.1:{site} HTTP/1.1\r\n\r\nGET /in HTTP/1.0\r\nHost: y\r\n\r\n"
    assert ask(gate.port, tunnel).endswith("/in y None")


def test_the_proxy_refuses_all_else(guard: Guard, site: int, monkeypatch: pytest.MonkeyPatch):
    gate = guard.open(Reach((Domain("shop.test"),)))
    monkeypatch.setattr(reach, "addresses", lambda host, port: ["127.0.0.1"])
    for target in ("shop.test", "other.test", "127.0.0.1"):
        for asked in (f"GET http://{target}:{site}/ HTTP/1.1", f"CONNECT {target}:{site} HTTP/1.1"):
            assert "403 Forbidden" in ask(gate.port, f"{asked}\r\n\r\n")
    assert "403 Forbidden" in ask(gate.port, "GET file:///etc/passwd HTTP/1.1\r\n\r\n")
    assert "400 Bad Request" in ask(gate.port, "nonsense\r\n\r\n")
    gate.reach = Reach((Domain("shop.test", private=True),))
    assert "200 OK" in ask(gate.port, f"GET http://shop.test:{site}/ HTTP/1.1\r\n\r\n")


def test_a_name_that_was_public_at_the_start_never_leads_inside(
    guard: Guard, site: int, monkeypatch: pytest.MonkeyPatch
):
    leads = {"intranet": "127.0.0.1", "wiki.test": "127.0.0.1", "partner.test": "93.184.216.34"}
    monkeypatch.setattr(reach, "addresses", lambda host, port: [leads[host]])
    allow = ("wiki.test", "partner.test")
    gate = guard.open(reach_of(Start(f"http://intranet:{site}/", allow=allow)))
    leads |= dict.fromkeys(("partner.test", "below.partner.test"), "127.0.0.1")

    def asked(host: str) -> str:
        return ask(gate.port, f"GET http://{host}:{site}/ HTTP/1.1\r\n\r\n")

    for host in ("partner.test", "below.partner.test"):
        assert f"{host} leads into a private network" in asked(host)
    for host in ("intranet", "wiki.test"):
        assert "200 OK" in asked(host)


def test_from_a_public_start_nothing_leads_inside(monkeypatch: pytest.MonkeyPatch):
    leads = {"shop.test": "93.184.216.34", "127.0.0.1": "127.0.0.1"}
    monkeypatch.setattr(reach, "addresses", lambda host, port: [leads[host]])
    found = reach_of(Start("http://shop.test/", allow=("127.0.0.1:80",)))
    assert found.knows("127.0.0.1", 80) and not found.leads_inside("127.0.0.1", 80)


def test_a_short_secret_is_refused():
    with pytest.raises(TaskError, match="PIN must have at least 4"):
        Vault({"PIN": Secret("123")}, Domain("x.org"))


def test_a_secret_has_any_name_that_the_command_takes():
    vault = Vault({"été": Secret("long enough")}, Domain("x.org"))
    filled, places = vault.fill(actions.type(1, "{{ été }}"))
    assert filled == actions.type(1, "long enough") and places == [Domain("x.org")]


def test_secrets_do_not_print():
    assert "hunter2" not in repr(Start("/", secrets={"A": Secret("hunter2")}))
    assert "hunter2" not in repr(Secret("hunter2"))


def test_secrets_are_found_in_the_forms_that_browsers_give_them() -> None:
    secret = "a~b*c!'\"&@"
    vault = Vault({"PW": Secret(secret)}, Domain("x.org"))
    for shown in (
        secret,
        "a~b*c!'\"&amp;@",
        "a~b*c!'&quot;&amp;@",
        "q=a%7Eb*c%21%27%22%26%40",
        "q=a~b*c!'%22%26%40",
        "said: a~b*c!…",
    ):
        assert "a~b" not in vault.mask(shown) and "a%7Eb" not in vault.mask(shown), shown


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (Domain("::1", 443), "location.hostname === '[::1]'"),
        (Domain("x.org", 443), "(location.protocol === 'https:' ? 443 : 80)) == 443"),
    ],
)
def test_pages_are_told_by_host_and_port(place: Domain, says: str) -> None:
    assert says in is_below(place)
