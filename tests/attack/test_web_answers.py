"""Web servers that answer with too much, too slowly, or with what is no answer; and requests that smuggle."""

from __future__ import annotations

import gzip
import resource
import time
import zlib
from typing import NamedTuple

import pytest

from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Limits

from .attempt import Told, attempt
from .servers import Talk, endless, page, saying, serving

HERE = Permissions(net=("127.0.0.1",))
SIZE = 1_000_000
"""Bytes that a value may have in these tests."""


class Answer(NamedTuple):
    """What a server says, and what the plan is told."""

    title: str
    talk: Talk
    kind: str
    says: str


def bomb(times: int) -> bytes:
    """Fifty million zeros, packed again and again."""
    data = bytes(50_000_000)
    for _ in range(times):
        data = gzip.compress(data, 6)
    return data


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
ANSWERS = [
    Answer("a body without end", endless(OK + b"\r\n", b"x" * 65536), "limit", "limit"),
    Answer("chunks without end", endless(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"), "limit", "limit"),
    Answer("a body one byte at a time", endless(OK + b"\r\n", b"x", 0.05), "timeout", "did not answer in time"),
    Answer("a head one byte at a time", endless(OK + b"x-a: ", b"x", 0.05), "timeout", "did not answer in time"),
    Answer("a status line one byte at a time", endless(b"HTTP/1.1 200 ", b"x", 0.05), "timeout", "in time"),
    Answer("heads without end", endless(OK, b"x-a: " + b"x" * 1000 + b"\r\n"), "call", "could not reach"),
    Answer("one head line without end", endless(OK + b"x-a: ", b"x" * 65536), "call", "could not reach"),
    Answer("preliminary answers without end", endless(b"", b"HTTP/1.1 100 Go on\r\n\r\n", 0.01), "timeout", "in time"),
    Answer("nothing at all", endless(b"", b"", 0.05), "timeout", "in time"),
    Answer("hanging up at once", saying(b""), "call", "could not reach"),
    Answer("no HTTP", saying(b"SSH-2.0-OpenSSH_9.6\r\n"), "call", "could not reach"),
    Answer("the HTTP of 1991", saying(b"<html>hello</html>"), "call", "could not reach"),
    Answer("a body that is shorter than it says", saying(OK + b"content-length: 9\r\n\r\nshort"), "call", "could not"),
    Answer("a length below zero", saying(OK + b"content-length: -1\r\n\r\nx"), "call", "could not reach"),
    Answer("two lengths", saying(OK + b"content-length: 1\r\ncontent-length: 2\r\n\r\nxx"), "call", "could not"),
    Answer("a length of a googol", saying(OK + b"content-length: 1" + b"0" * 100 + b"\r\n\r\nx"), "call", "could not"),
    Answer("a chunk of a googol", saying(CHUNKED + b"f" * 100 + b"\r\nx"), "call", "could not reach"),
    Answer("a chunk of no size", saying(CHUNKED + b"zz\r\nx"), "call", "could not reach"),
    Answer("a packed bomb", saying(page(bomb(1), "content-encoding: gzip\r\n")), "limit", "limit"),
    Answer("a bomb packed twice", saying(page(bomb(2), "content-encoding: gzip, gzip\r\n")), "call", "not asked for"),
    Answer("a way of packing for which nobody asked", saying(page(b"x", "content-encoding: br\r\n")), "call", "asked"),
    Answer("a way of packing of Python's own", saying(page(b"x", "content-encoding: bz2\r\n")), "call", "not asked"),
    Answer("no gzip where it says so", saying(page(b"plain", "content-encoding: gzip\r\n")), "call", "and is not"),
    Answer("gzip that ends too early", saying(page(gzip.compress(b"x" * 999)[:-9], "content-encoding: gzip\r\n")),
           "call", "ended too early"),
    Answer("going round in a circle", saying(b"HTTP/1.1 302 F\r\nlocation: /\r\ncontent-length: 0\r\n\r\n"),
           "call", "more than 10 times"),
    Answer("a place of a megabyte to go on to",
           saying(b"HTTP/1.1 302 F\r\nlocation: /" + b"x" * 1_000_000 + b"\r\n\r\n"), "call", "could not reach"),
    Answer("a place to go on to that is none", saying(b"HTTP/1.1 302 F\r\nlocation: http://[::1\r\n\r\n"),
           "value", "no web address"),
]  # fmt: skip


def ask(talk: Talk) -> Told:
    with serving(talk) as server:
        source = f'let answer = http_get("http://127.0.0.1:{server.port}/", timeout=1)\nprint(len(answer.text))\n'
        return attempt(source, HERE, Limits(value_size=SIZE))


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer.title)
def test_an_answer_is_bounded_in_size_and_time(answer: Answer) -> None:
    """The plan is told in about the time that it gave, and in little memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.monotonic()
    told = ask(answer.talk)
    assert (answer.kind, True) == (told.kind, answer.says in told.text), told
    assert time.monotonic() - start < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7", "zip", "base64", "rot13",
                "undefined", "../../os", "os.system", "mbcs", "\u00ff", "x" * 10_000, "utf-8; charset=zip"]
)  # fmt: skip
def test_a_charset_only_decodes(charset: str) -> None:
    """What is no encoding of text, or one that takes long or unpacks, is read as UTF-8."""
    body = zlib.compress(b"x") if charset == "zip" else b"\\x41+AGE- caf\xc3\xa9"
    with serving(saying(page(body, f"content-type: text/plain; charset={charset}\r\n"))) as server:
        told = attempt(f'print(http_get("http://127.0.0.1:{server.port}/").text)\n', HERE)
    assert f"{body.decode('utf-8', 'replace')}\n" == told.out


SMUGGLED = [
    ("a line end in the address", '"http://127.0.0.1:PORT/\\r\\nx-a: y"', "value"),
    ("a NUL in the address", '"http://127.0.0.1:PORT/\\u{0}"', "value"),
    ("a second request in the host", '"http://127.0.0.1:PORT\\r\\n\\r\\nGET / HTTP/1.1\\r\\n/"', "value"),
    ("a user in the address", '"http://user:secret@127.0.0.1:PORT/"', "value"),
    ("a port that is none", '"http://127.0.0.1:PORT0000/"', "value"),
    ("a line end in a header", '"http://127.0.0.1:PORT/", headers={a: "b\\r\\nx-a: y"}', "value"),
    ("a line end in a header's name", '"http://127.0.0.1:PORT/", headers={"a: b\\r\\nx-a": "y"}', "value"),
    ("a colon in a header's name", '"http://127.0.0.1:PORT/", headers={"x-a: b": "y"}', "call"),
    ("a space before a header's colon", '"http://127.0.0.1:PORT/", headers={"x-a ": "y"}', "call"),
    ("no name of a header", '"http://127.0.0.1:PORT/", headers={"": "y"}', "call"),
    ("a header that is no ASCII", '"http://127.0.0.1:PORT/", headers={"x-a": "\u010d\u010a"}', "value"),
    ("another host", '"http://127.0.0.1:PORT/", headers={Host: "metadata.google.internal"}', "value"),
    ("another length", '"http://127.0.0.1:PORT/", headers={"Content-Length": "5"}', "value"),
    ("chunks", '"http://127.0.0.1:PORT/", headers={"transfer-encoding": "chunked"}', "value"),
    ("another protocol", '"http://127.0.0.1:PORT/", headers={upgrade: "h2c", connection: "upgrade"}', "value"),
    ("a proxy's secret", '"http://127.0.0.1:PORT/", headers={"Proxy-Authorization": "x"}', "value"),
    ("a file", '"file:///etc/passwd"', "value"),
    ("another scheme", '"gopher://127.0.0.1:PORT/_GET"', "value"),
    ("no scheme", '"//127.0.0.1:PORT/"', "value"),
    ("no host", '"http:///path"', "value"),
    ("time without end", '"http://127.0.0.1:PORT/", timeout=inf', "value"),
    ("time that ran out", '"http://127.0.0.1:PORT/", timeout=-1', "value"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "arguments", "kind"), SMUGGLED, ids=lambda given: given if " " in given else "")
def test_a_request_says_what_was_asked_for(title: str, arguments: str, kind: str) -> None:
    """Nothing that a plan writes becomes a line, a header or a request of its own."""
    with serving(saying(page())) as server:
        told = attempt(f"print(http_get({arguments.replace('PORT', str(server.port))}))\n", HERE)
        assert kind == told.kind, f"{title}: {told}"
        assert [] == [request for request in server.requests if request]


def test_a_path_is_written_so_that_it_stays_one() -> None:
    """Blanks and what is no ASCII are escaped; dots are left to the server."""
    with serving(saying(page())) as server:
        told = attempt(f'print(http_get("http://127.0.0.1:{server.port}/a b/\u010a HTTP/1.1?q=\u00e9").status)\n', HERE)
        assert ("", "200\n") == (told.kind, told.out)
        assert server.requests[0].startswith(b"GET /a%20b/%C4%8A%20HTTP/1.1?q=%C3%A9 HTTP/1.1\r\n")
