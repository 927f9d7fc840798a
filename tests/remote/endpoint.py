"""An endpoint of OpenAI's API on this machine that answers as a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from planlang.plugins.loader import load
from planlang.runtime.engine import Engine
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import RunOptions
from planlang.runtime.values import to_python


class Asked(NamedTuple):
    """A request as the endpoint got it."""

    path: str
    headers: dict[str, str]
    body: Any


class Reply(NamedTuple):
    """What the endpoint answers: `body` is sent as JSON unless it is bytes."""

    body: Any
    status: int = 200
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


Script = Callable[[Asked], Reply]


class Endpoint(ThreadingHTTPServer):
    """Listens on this machine; each request is answered by the script, in a thread of its own."""

    daemon_threads = True

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.asked: list[Asked] = []
        self.under_way = self.most = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    @property
    def model(self) -> str:
        return f"openai:tiny@{self.url}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Endpoint

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.path, headers, json.loads(data))
        with self.server.lock:
            self.server.asked.append(asked)
            self.server.under_way += 1
            self.server.most = max(self.server.most, self.server.under_way)
        try:
            reply = self.server.script(asked)
        finally:
            with self.server.lock:
                self.server.under_way -= 1
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        for name, value in {"content-length": str(len(body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(script: Script) -> Iterator[Endpoint]:
    """An endpoint while the block runs."""
    endpoint = Endpoint(script)
    thread = threading.Thread(target=lambda: endpoint.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.shutdown()
        endpoint.server_close()
        thread.join()


def text(said: str, tokens: int = 7, reason: str = "stop") -> Reply:
    """An answer with one text."""
    return Reply(
        {"choices": [{"message": {"content": said}, "finish_reason": reason}], "usage": {"total_tokens": tokens}}
    )


def refusing(status: int, said: Any = "no", **headers: str) -> Reply:
    """An answer with an error."""
    return Reply({"error": {"message": said}}, status, {name.replace("_", "-"): v for name, v in headers.items()})


def echo(asked: Asked) -> Reply:
    """What the user said last, in capital letters."""
    return text(asked.body["messages"][-1]["content"].upper())


def run(plan: str, *, net: tuple[str, ...] | None = ("127.0.0.1",), **options: Any) -> Any:
    """What the plan's `main` gives, with its model calls answered by fresh workers."""
    plugins = load(installed=False)
    try:
        return to_python(Engine(plugins).load(text=plan).run(options=RunOptions(Permissions(net=net), **options)))
    finally:
        plugins.close()
