"""Two websites on this machine: the one an agent works on, and one it must never reach."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from threading import Event, Thread
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit

from webagent.browser import guard, reach
from webagent.tasks.server import Server

HOME, OTHER = "shop.test", "evil.test"
INSIDE = "inside.shop.test"  # a name of the shop's domain that leads to this machine
ATTACHED, LOGIN = 'attachment; filename="evil.exe"', 'Basic realm="x"'
PUBLIC = "1.2.3.4"  # what the two names seem to stand for; it is dialled as this machine


@dataclass(slots=True)
class Sites:
    """`page` is what the shop's start page shows; `hits` is what reached the other site."""

    home: str = ""
    other: str = ""
    port: int = 0  # of the other site, also by other names of this machine
    page: bytes = b""
    hits: list[str] = field(default_factory=list[str])
    closing: Event = field(default_factory=Event)

    def show(self, page: bytes) -> None:
        self.page = page
        self.hits.clear()


@contextlib.contextmanager
def open_sites() -> Iterator[Sites]:
    """Serve both sites under names that seem public."""
    sites = Sites()
    home = Server(("127.0.0.1", 0), _shop(sites))
    other = Server(("127.0.0.1", 0), _other(sites))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", other.server_port))
    udp.settimeout(0.2)
    sites.home = f"http://{HOME}:{home.server_port}"
    sites.port = other.server_port
    sites.other = f"http://{OTHER}:{other.server_port}"
    for server in (home, other):
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
    Thread(target=_datagrams, args=(udp, sites), daemon=True).start()
    try:
        with (
            mock.patch.object(reach, "addresses", _addresses),
            mock.patch.object(guard, "dial", _dial),
        ):
            yield sites
    finally:
        sites.closing.set()
        for server in (home, other):
            server.shutdown()
            server.server_close()
        udp.close()


def _addresses(host: str, port: int) -> list[str]:
    if host.endswith(".test") and host != INSIDE:
        return [PUBLIC]
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    return ["127.0.0.1"]


async def _dial(address: str, port: int) -> Any:
    return await asyncio.open_connection("127.0.0.1" if address == PUBLIC else address, port)


def _datagrams(udp: socket.socket, sites: Sites) -> None:
    while not sites.closing.is_set():
        with contextlib.suppress(TimeoutError):
            try:
                udp.recvfrom(2048)
            except TimeoutError:
                continue
            except OSError:
                return
            sites.hits.append("a datagram")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, body: bytes, code: int = 200, **headers: str) -> None:
        self.send_response(code)
        named = {"Content-Type": "text/html", "Content-Length": str(len(body)), **headers}
        for name, value in named.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def _other(sites: Sites) -> type[BaseHTTPRequestHandler]:
    class Other(_Handler):
        def setup(self) -> None:
            sites.hits.append("a connection")
            super().setup()

        def do_GET(self) -> None:
            self.reply(b"<h1>EVIL</h1>", Access_Control_Allow_Origin="*")

        do_POST = do_PUT = do_HEAD = do_OPTIONS = do_GET  # noqa: N815

    return Other


def _shop(sites: Sites) -> type[BaseHTTPRequestHandler]:
    class Shop(_Handler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            pages: dict[str, Callable[[Mapping[str, str]], None]] = {
                "/": lambda _: self.reply(sites.page),
                "/redirect": self._redirect,
                "/loop": lambda _: self.reply(b"", 302, Location="/loop"),
                "/refresh": lambda q: self.reply(b"<h1>Wait</h1>", Refresh=f"0;url={q['to']}"),
                "/download": lambda _: self.reply(b"MZ", Content_Disposition=ATTACHED),
                "/auth": lambda _: self.reply(b"<h1>Who?</h1>", 401, WWW_Authenticate=LOGIN),
                "/script.js": self._script,
                "/silent": lambda _: self._silence(),
                "/drip": lambda _: self._drip(),
                "/cookie": lambda _: self.reply(b"<h1>Set</h1>", Set_Cookie="seen=yes"),
            }
            pages.get(parts.path, self._arrived)(query)

        def _redirect(self, query: Mapping[str, str]) -> None:
            self.reply(b"", int(query.get("code", "302")), Location=query["to"])

        def _script(self, query: Mapping[str, str]) -> None:
            self.reply(query.get("text", "").encode(), Content_Type="text/javascript")

        def _arrived(self, _: Mapping[str, str]) -> None:
            said = f"<h1>Arrived</h1><p>cookies: {self.headers.get('Cookie', 'none')}</p>"
            self.reply(said.encode())

        def _silence(self) -> None:
            """A page that never comes."""
            self.close_connection = True
            sites.closing.wait(30)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def _drip(self) -> None:
            """A page that goes on for ever."""
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            began = time.monotonic()
            while not sites.closing.is_set() and time.monotonic() - began < 60:
                self.wfile.write(b"<p>more</p>\n")
                self.wfile.flush()
                time.sleep(0.05)

    return Shop
