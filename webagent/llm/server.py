"""A small server that speaks OpenAI's protocol on loopback, with faults on demand.

It lets the client be tried over real HTTP: what it sends, and what it makes of limits, wrong
keys, broken answers and slow ones.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

import orjson

from webagent.errors import PolicyError
from webagent.llm.protocol import Message
from webagent.llm.scripted import Replier, count

DIMENSIONS = 64  # of its embeddings


@dataclass(frozen=True, slots=True)
class Fault:
    """What one request meets in place of its answer.

    `body` is sent as it is; None sends the real answer, after `delay` seconds.
    """

    status: int = 200
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    delay: float = 0.0


def refusal(status: int, message: str = "no", code: str = "", **headers: str) -> Fault:
    """An error as such endpoints word it. In names of headers, _ stands for -."""
    told = {"error": {"message": message, "code": code or None, "type": "error", "param": None}}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(status, orjson.dumps(told).decode(), named)


class ChatServer:
    """Serves `replier` as the model `model` on a free port. Use it in a `with` statement.

    The first requests meet `faults`, one each. With a `key`, others are refused. `requests`
    holds the bodies of all requests so far, in order of arrival.
    """

    def __init__(
        self,
        replier: Replier,
        *,
        model: str = "scripted",
        key: str = "",
        faults: Iterable[Fault] = (),
    ) -> None:
        self.requests: list[Mapping[str, Any]] = []
        self.faults = list(faults)
        self._replier = replier
        self._model = model
        self._key = key
        self._lock = Lock()
        self._closed = Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.chat = self
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> ChatServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, key: str, body: Mapping[str, Any]) -> Fault:
        """Status, body and headers of the answer to one request."""
        with self._lock:
            self.requests.append(body)
            fault = self.faults.pop(0) if self.faults else Fault()
        self._closed.wait(fault.delay)
        if fault.body is not None:
            return fault
        if self._key and key != f"Bearer {self._key}":
            return refusal(401, "Incorrect API key provided.", "invalid_api_key")
        if body.get("model") != self._model:
            return refusal(404, f"The model {body.get('model')} does not exist.", "model_not_found")
        return self._reply(path, body)

    def _reply(self, path: str, body: Mapping[str, Any]) -> Fault:
        if path.endswith("/embeddings"):
            return _embedding(str(body["input"]))
        if not path.endswith("/chat/completions"):
            return refusal(404, f"Nothing is served at {path}.")
        conversation = tuple(Message(one["role"], one["content"]) for one in body["messages"])
        try:
            reply = self._replier(conversation)
        except PolicyError as error:
            return refusal(400, str(error))
        usage = count(conversation, reply)
        into, out = usage.prompt_tokens, usage.completion_tokens
        told = {
            "id": "chatcmpl-0",
            "object": "chat.completion",
            "created": 0,
            "model": self._model,
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "stop",
                    "message": {"role": "assistant", "content": reply},
                }
            ],
            "usage": _tokens(into, out),
        }
        return Fault(body=orjson.dumps(told).decode())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    chat: ChatServer


class _Handler(BaseHTTPRequestHandler):
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers.get("Authorization", "")
        answer = self.server.chat.answer(self.path, key, body)
        data = (answer.body or "").encode()
        try:
            self.send_response(answer.status)
            headers = {"Content-Type": "application/json", **answer.headers}
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            self.close_connection = True  # the client has gone, as it does when it waited enough

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def _embedding(text: str) -> Fault:
    """Counts of words, hashed: texts with the same words are near each other."""
    vector = [0.0] * DIMENSIONS
    for word in text.lower().split():
        vector[zlib.crc32(word.encode()) % DIMENSIONS] += 1
    told = {
        "object": "list",
        "model": "scripted",
        "data": [{"object": "embedding", "index": 0, "embedding": vector}],
        "usage": _tokens(len(text.split()), 0),
    }
    return Fault(body=orjson.dumps(told).decode())


def _tokens(into: int, out: int) -> dict[str, int]:
    return {"prompt_tokens": into, "completion_tokens": out, "total_tokens": into + out}
