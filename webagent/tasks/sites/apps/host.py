"""Serves one real application to the tasks: `host.py SITE DATA COPIES PORT`.

This program runs in the application's own virtual environment and imports nothing of
`webagent`. The application is unmodified; what is ours is around it:

- Each host name NAME.localhost has a copy of the database in DATA, made at its first request,
  in COPIES. Requests are answered one after another, so that each can have its own database
  and its own clock: a fixed date that moves on by a second a request.
- It listens on loopback only, refuses other host names than those, and ends when its standard
  input is closed, which happens when the parent process ends.
"""

# pyright: basic, reportMissingImports=false, reportMissingModuleSource=false

from __future__ import annotations

import json
import mimetypes
import os
import random
import re
import shutil
import sys
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import lru_cache
from http.cookies import SimpleCookie
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Lock, Thread
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from seeding import NOW, Clock, prepare, session_key

BEGIN = "/.begin"  # logs in and goes to a page: /.begin?user=anna&next=/basket/
KEEP = 128  # copies of the database; older ones are removed
HOST = re.compile(r"([a-z0-9-]+)\.localhost(:\d+)?", re.IGNORECASE)
# Pages load nothing from elsewhere: not the scripts that some would take from a CDN.
POLICY = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none'"


class Copies:
    """A database for each host name."""

    def __init__(self, seed: Path, folder: Path) -> None:
        self._seed, self._folder = seed, folder
        self._requests: dict[str, int] = {}  # least recently used first

    def use(self, name: str) -> tuple[Path, int]:
        """The database of a host name, and how many requests it has had before."""
        path = self._folder / f"{name}.sqlite3"
        count = self._requests.pop(name, 0)
        if not count:
            fresh = path.with_suffix(".new")
            shutil.copyfile(self._seed, fresh)
            fresh.replace(path)
        self._requests[name] = count + 1
        for old in list(self._requests)[:-KEEP]:
            del self._requests[old]
            (self._folder / f"{old}.sqlite3").unlink(missing_ok=True)
        return path, count


class Host:
    """The WSGI application around the application."""

    def __init__(self, application: Callable, copies: Copies, clock: Clock, data: Path) -> None:
        self._application, self._copies, self._clock = application, copies, clock
        self._roots = {"/static/": data / "static", "/media/": data / "media"}
        self._lock = Lock()

    def __call__(self, environ: dict, start: Callable) -> Iterable[bytes]:
        host = HOST.fullmatch(environ.get("HTTP_HOST", ""))
        if not host:
            start("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"Open http://NAME.localhost with this port."]
        path = environ["PATH_INFO"]
        for prefix, root in self._roots.items():
            if path.startswith(prefix):
                return _send(root, path.removeprefix(prefix), start)
        with self._lock:
            return self._answer(host[1].lower(), environ, start)

    def _answer(self, name: str, environ: dict, start: Callable) -> Iterable[bytes]:
        database, count = self._copies.use(name)
        self._clock.move(NOW + timedelta(seconds=count))
        random.seed(count)
        connect(database)
        if environ["PATH_INFO"] == BEGIN:
            return _begin(environ, start)

        def begin(status: str, headers: list, error: object = None) -> Callable:
            kept = [pair for pair in headers if pair[0].lower() != "content-security-policy"]
            return start(status, [*kept, ("Content-Security-Policy", POLICY)], error)

        answer = self._application(environ, begin)
        try:
            return [b"".join(answer)]
        finally:
            if hasattr(answer, "close"):
                answer.close()
            disconnect()


def connect(database: Path) -> None:
    from django.db import connection

    connection.close()
    connection.settings_dict = {**connection.settings_dict, "NAME": str(database)}


def disconnect() -> None:
    from django.db import connection

    connection.close()


def _begin(environ: dict, start: Callable) -> list[bytes]:
    query = parse_qs(environ.get("QUERY_STRING", ""))
    path = query.get("next", ["/"])[0]
    headers = [("Location", "/" + path.lstrip("/")), ("Content-Length", "0")]
    if user := query.get("user", [""])[0]:
        cookie = SimpleCookie({"sessionid": session_key(user)})
        cookie["sessionid"]["path"] = "/"
        headers.append(("Set-Cookie", cookie["sessionid"].OutputString()))
    start("302 Found", headers)
    return []


@lru_cache(maxsize=1024)
def _read(path: Path) -> bytes:
    return path.read_bytes()


def _send(root: Path, name: str, start: Callable) -> list[bytes]:
    path = (root / name).resolve()
    if not (path.is_relative_to(root.resolve()) and path.is_file()):
        start("404 Not Found", [("Content-Type", "text/plain")])
        return [b"There is no such file."]
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    body = _read(path)
    start(
        "200 OK",
        [
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "max-age=86400"),
        ],
    )
    return [body]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def address_string(self) -> str:
        return self.client_address[0]


def serve(site: str, data: Path, copies: Path, port: int) -> None:
    from django.core.wsgi import get_wsgi_application

    host = Host(get_wsgi_application(), Copies(data / "seed.sqlite3", copies), Clock(), data)
    server = make_server("127.0.0.1", port, host, server_class=Server, handler_class=Handler)
    Thread(target=_end_with_parent, args=[copies], daemon=True).start()
    print(json.dumps({"port": server.server_port}), flush=True)  # noqa: T201
    server.serve_forever()


def _end_with_parent(copies: Path) -> None:
    sys.stdin.read()
    shutil.rmtree(copies, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    site, data, copies, port = sys.argv[1:]
    prepare(site, Path(data))
    serve(site, Path(data), Path(copies), int(port))
