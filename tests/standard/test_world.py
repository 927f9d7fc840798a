"""Standard functions that talk to the user, the environment and the network."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Limits, RunOptions

from .conftest import Caller


class Terminal(io.StringIO):
    """An output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def printed(stream: io.StringIO, *arguments: object, **named: object) -> str:
    Caller(RunOptions(out=stream))("print", *arguments, **named)
    return stream.getvalue()


def test_print_joins_texts():
    assert 'a 1 ["b", none]\n' == printed(io.StringIO(), "a", 1, ["b", None])
    assert "a-b!" == printed(io.StringIO(), "a", "b", sep="-", end="!")
    assert "\n" == printed(io.StringIO())


def test_a_pipe_gets_text_as_it_is_and_a_terminal_no_control_characters():
    assert "\x1b[2J\ta\n" == printed(io.StringIO(), "\x1b[2J\ta")
    assert "\\u{1b}[2J\ta\\u{d}\\u{9b}1m\n" == printed(Terminal(), "\x1b[2J\ta\r\x9b1m")


def test_what_an_output_cannot_encode_is_replaced():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Caller(RunOptions(out=stream))("print", "é")
    stream.flush()
    assert b"?\n" == raw.getvalue()


def test_warn_writes_to_the_error_output():
    out, err = io.StringIO(), io.StringIO()
    Caller(RunOptions(out=out, err=err))("warn", "careful")
    assert ("", "careful\n") == (out.getvalue(), err.getvalue())


def test_ask_reads_a_line(monkeypatch: pytest.MonkeyPatch):
    err = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO("Ada\r\n"))
    caller = Caller(RunOptions(err=err))
    assert "Ada" == caller("ask", "name? ")
    assert "name? " == err.getvalue()
    assert "value" == caller.error("ask").kind
    assert "Ada?" == Caller(RunOptions(ask=lambda prompt: f"Ada{prompt}"))("ask", "?")


def test_env_sees_what_is_granted(granted, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PLAN_X", "1")
    assert "1" == granted("env", "PLAN_X")
    assert "permission" == granted.error("env", "HOME").kind
    monkeypatch.delenv("PLAN_X")
    assert "key" == granted.error("env", "PLAN_X").kind
    assert granted("env", "PLAN_X", default=None) is None


# --- The web ---------------------------------------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    """Answers with what it was asked, or as the path says."""

    def do_GET(self) -> None:
        if self.path == "/latin":
            self.answer(200, "é".encode("latin-1"), "text/plain; charset=latin-1")
        elif self.path == "/missing":
            self.answer(404, b"no")
        elif self.path == "/large":
            self.answer(200, b"x" * 100_000)
        elif self.path == "/away":
            self.answer(302, b"", location="http://localhost:9/")
        elif self.path == "/round":
            self.answer(302, b"", location="/round")
        elif self.path == "/there":
            self.answer(302, b"", location="/hello")
        elif self.path == "/slow":
            self.server.wait.wait(5)
            self.answer(200, b"late")
        else:
            self.answer(200, f"{self.path} {self.headers.get('x-a', '')}".encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path == "/moved":
            self.answer(303, b"", location="/hello")
        else:
            self.answer(200, f"{self.headers.get('content-type', '')} {body.decode()}".encode())

    def answer(self, status: int, body: bytes, kind: str = "text/plain", location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.wait = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.wait.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def web() -> Caller:
    return Caller(RunOptions(permissions=Permissions(net=("127.0.0.1",)), limits=Limits(value_size=50_000)))


def test_an_address_is_fetched(web, server: str):
    answer = web("http_get", f"{server}/hello", {"X-A": "1"})
    assert (200, "/hello 1") == (answer["status"], answer["text"])
    assert "text/plain" == answer["headers"]["content-type"]
    assert 404 == web("http_get", f"{server}/missing")["status"]
    assert "é" == web("http_get", f"{server}/latin")["text"]


def test_bodies_are_text_or_json(web, server: str):
    assert " plain" == web("http_post", server, "plain")["text"]
    assert 'application/json {"a": [1]}' == web("http_post", server, {"a": [1]})["text"]
    assert "/hello " == web("http_post", f"{server}/moved", "x")["text"]


def test_redirects_are_followed_as_far_as_they_are_permitted(web, server: str):
    assert "/hello " == web("http_get", f"{server}/there")["text"]
    assert "permission" == web.error("http_get", f"{server}/away").kind
    assert "call" == web.error("http_get", f"{server}/round").kind


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["http://127.0.0.1:9/"], "call"),
        (["http://localhost:9/"], "permission"),
        (["ftp://127.0.0.1/"], "value"),
        (["hello"], "value"),
        (["http://[::1/"], "value"),
        (["http://127.0.0.1/", {"a": "b\nc"}], "value"),
        (["http://127.0.0.1/", {"a": 1}], "type"),
        (["http://127.0.0.1/", None, 0], "value"),
        (["file:///etc/passwd"], "value"),
    ],
)
def test_what_cannot_be_fetched(web, arguments: list, kind: str):
    assert kind == web.error("http_get", *arguments).kind


def test_answers_are_bounded_in_size_and_time(web, server: str):
    assert "limit" == web.error("http_get", f"{server}/large").kind
    assert "timeout" == web.error("http_get", f"{server}/slow", None, 0.2).kind
