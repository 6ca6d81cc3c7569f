"""A loopback web server for the pages that ship with task packages."""

from __future__ import annotations

import mimetypes
import sys
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

from webagent.errors import TaskError


class Server(ThreadingHTTPServer):
    """Quiet when a browser goes away in the middle of an answer."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class PageServer:
    """Serves mounted folders, read only, to this machine alone, on a free port."""

    def __init__(self) -> None:
        self.mounts: dict[str, Path] = {}
        self._http = Server(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = Thread(target=self._http.serve_forever, name="page-server", daemon=True)
        self._thread.start()

    def mount(self, mounts: Mapping[str, Path]) -> None:
        """Add folders. Raises `TaskError` when a prefix is taken by another folder."""
        for prefix, folder in mounts.items():
            taken = self.mounts.setdefault(prefix, folder)
            if taken != folder:
                raise TaskError(f"Pages under {prefix} come from {taken} and from {folder}.")

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._http.server_port}{path}"

    def find(self, path: str) -> Path | None:
        """The file behind a request path; None outside of the mounted folders."""
        for prefix in sorted(self.mounts, key=len, reverse=True):
            if path.startswith(prefix):
                folder = self.mounts[prefix].resolve()
                file = (folder / path.removeprefix(prefix).replace("\0", "")).resolve()
                return file if file.is_relative_to(folder) and file.is_file() else None
        return None

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(timeout=5)


@lru_cache(maxsize=512)
def _read(file: Path) -> tuple[bytes, str]:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return file.read_bytes(), kind


def _handler(server: PageServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            file = server.find(unquote(urlsplit(self.path).path))
            if file is None:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            body, kind = _read(file)
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "max-age=86400")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing: requests are not the user's business."""

    return Handler
