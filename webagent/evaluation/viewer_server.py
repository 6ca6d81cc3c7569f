"""The web server of `webagent view`: this machine only, every reply under a strict policy."""

from __future__ import annotations

import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from webagent.errors import RunError
from webagent.evaluation.viewer import Reply, Viewer, failure

POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class ViewerServer:
    """Serves a `Viewer` to this machine alone. Use it in a `with` statement.

    Port 0 takes a free one. Requests whose Host is another name are refused, so that no
    web site can reach the runs by pointing its own name at this machine.
    """

    def __init__(self, viewer: Viewer, port: int = 0) -> None:
        try:
            self._http = _Server(("127.0.0.1", port), _handler(viewer))
        except OSError as error:
            raise RunError(f"Cannot serve on port {port}: {error}. Choose another one.") from error

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/"

    def serve(self) -> None:
        """Answer requests until `shutdown`, or until an exception ends it."""
        self._http.serve_forever(poll_interval=0.1)

    def shutdown(self) -> None:
        """End `serve`, which must be running in another thread."""
        self._http.shutdown()

    def __enter__(self) -> ViewerServer:
        return self

    def __exit__(self, *error: object) -> None:
        self._http.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report what goes wrong, but not a browser that goes away."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def _handler(viewer: Viewer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def do_GET(self) -> None:
            self._send(self._reply(), body=True)

        def do_HEAD(self) -> None:
            self._send(self._reply(), body=False)

        def _reply(self) -> Reply:
            name = self.headers.get("Host", "").rpartition(":")[0]
            if name not in ("127.0.0.1", "localhost"):
                return failure(HTTPStatus.FORBIDDEN, "Use the address that the viewer printed.")
            return viewer.answer(self.path)

        def _send(self, reply: Reply, *, body: bool) -> None:
            self.send_response(reply.status)
            for name, value in HEADERS.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if body:
                self.wfile.write(reply.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing: the terminal shows the address alone."""

    return Handler
