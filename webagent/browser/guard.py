"""The only way out for a live page: a proxy on this machine that knows the allow-list.

It stands below the page, its workers, popups and downloads, whatever they do: each slot's
browser profile sends everything through its own gate. A name is looked up here, and what
was checked is what is connected to, so a name cannot change its address in between.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from threading import Thread
from typing import TypeVar
from urllib.parse import urlsplit

from webagent.browser import reach as reaches
from webagent.browser.reach import PORTS, Reach, plain

Result = TypeVar("Result")

HEAD_BYTES = 256 << 10  # a longer head of a request is none
HEAD_SECONDS = 30
CONNECT_SECONDS = 20
CHUNK = 1 << 16
NOT_PASSED_ON = (b"connection:", b"proxy-connection:", b"proxy-authorization:", b"keep-alive:")


@dataclass(slots=True)
class Gate:
    """One slot's way out. Its `reach` changes with the episode."""

    port: int
    reach: Reach

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Refused(Exception):
    """Raised and caught here: `status` and text are the answer to the browser."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status


class Guard:
    """Opens gates on the loopback address; they close with it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._servers: list[asyncio.Server] = []
        self._thread = Thread(target=self._loop.run_forever, name="guard", daemon=True)
        self._thread.start()

    def open(self, reach: Reach) -> Gate:
        """A new gate, on a free port."""
        return self._run(self._open(reach))

    def close(self) -> None:
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def _run(self, work: Coroutine[None, None, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CONNECT_SECONDS)

    async def _open(self, reach: Reach) -> Gate:
        gate = Gate(0, reach)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _serve(gate, reader, writer)

        server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=HEAD_BYTES)
        gate.port = server.sockets[0].getsockname()[1]
        self._servers.append(server)
        return gate

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _serve(gate: Gate, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request and close; a browser opens another connection for the next."""
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS)
        method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        host, port, first = _destination(method, target)
        tunnel = method == "CONNECT"
        there, back = await _connect(await _lookup(gate, host, port, tunnel), port)
        if tunnel:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            back.write(_forwarded(f"{method} {first} HTTP/1.1", head))
        await _relay((reader, back), (there, writer))
    except Refused as refused:
        writer.write(_answer(refused.status, str(refused)))
    except (OSError, TimeoutError) as error:
        writer.write(_answer("502 Bad Gateway", f"The site cannot be reached: {error}"))
    except (ValueError, asyncio.LimitOverrunError, asyncio.IncompleteReadError):
        writer.write(_answer("400 Bad Request", "This is no request to a proxy."))
    finally:
        with contextlib.suppress(OSError, RuntimeError):
            writer.close()
            await writer.wait_closed()


def _destination(method: str, target: str) -> tuple[str, int, str]:
    """Host, port, and the target as the site itself wants it. Raises `ValueError`."""
    if method == "CONNECT":
        host, _, port = target.rpartition(":")
        return plain(host.strip("[]")), int(port), ""
    parts = urlsplit(target)
    if parts.scheme != "http" or not parts.hostname:
        raise Refused("403 Forbidden", "Only http and https pass here.")
    path = parts.path or "/"
    first = f"{path}?{parts.query}" if parts.query else path
    return plain(parts.hostname), parts.port or PORTS["http"], first


async def _lookup(gate: Gate, host: str, port: int, tunnel: bool) -> list[str]:
    """The addresses to connect to. Raises `Refused`, and `OSError` for a name without one.

    Through a `tunnel` passes what nobody can look into: other sites have it for https alone.
    """
    reach = gate.reach
    known = reach.knows(host, port)
    if not known and (reach.strict or (tunnel and port != PORTS["https"])):
        raise _refusal(gate, host, "is not among the allowed domains")
    loop = asyncio.get_running_loop()
    find: Callable[[], list[str]] = lambda: reaches.addresses(host, port)  # noqa: E731
    found = await loop.run_in_executor(None, find)
    inside = any(reaches.address_is_private(one) for one in found)
    if inside and not reach.leads_inside(host, port):
        raise _refusal(gate, host, "leads into a private network")
    return found


async def _connect(
    addresses: list[str], port: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    failure: OSError | TimeoutError = OSError("it has no address")
    for address in addresses:
        try:
            return await asyncio.wait_for(dial(address, port), CONNECT_SECONDS)
        except (OSError, TimeoutError) as error:
            failure = error
    raise failure


async def dial(address: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(address, port)


def _refusal(gate: Gate, host: str, why: str) -> Refused:
    return Refused("403 Forbidden", f"{host} {why} ({gate.reach.names}).")


def _forwarded(first: str, head: bytes) -> bytes:
    """The head of a request as the site gets it: to itself, and for one answer."""
    lines = head.rstrip(b"\r\n").split(b"\r\n")[1:]
    kept = [line for line in lines if not line.lower().startswith(NOT_PASSED_ON)]
    return b"\r\n".join([first.encode("latin-1"), *kept, b"Connection: close", b"", b""])


async def _relay(*ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """Copy both ways until one side has ended."""
    copies = [asyncio.ensure_future(_copy(*way)) for way in ways]
    try:
        await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for copy in copies:
            copy.cancel()
        for _, writer in ways:
            writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()


def _answer(status: str, text: str) -> bytes:
    body = text.encode("utf-8", "replace")
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n"
    return f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
