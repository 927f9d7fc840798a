"""Standard functions that talk to web servers. Every address on the way, redirects included, needs its permission."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from planlang.runtime.display import quoted
from planlang.runtime.errors import PlanError
from planlang.runtime.run import Run
from planlang.runtime.sizes import check_length
from planlang.runtime.values import PlanDict, Value, new_dict

from .arguments import need_dict, need_number, need_text
from .jsons import to_json
from .registry import Registry

if TYPE_CHECKING:
    import httpcore
    import httpx

FUNCTIONS = Registry()
_MOST_REDIRECTS = 10
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_SECRET_HEADERS = frozenset(("authorization", "cookie", "proxy-authorization"))
_OWN_HEADERS = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect",
     "proxy-authorization", "proxy-connection")
)  # fmt: skip
"""Headers that say where a request goes and where it ends: a plan that sets them could speak to another server."""
_ODD_ENCODINGS = frozenset(("punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7"))


class Request(NamedTuple):
    """What is sent, and until when the answer must be there (on the clock of `time.monotonic`)."""

    method: str
    url: Any
    headers: dict[str, str]
    body: bytes | None
    deadline: float


@FUNCTIONS.add_with_run
def http_get(run: Run, url: Value, headers: Value = None, timeout: Value = 30) -> PlanDict:
    """Fetch a web address."""
    return _exchange(run, "http_get", _request("http_get", url, headers, timeout, None))


@FUNCTIONS.add_with_run
def http_post(run: Run, url: Value, body: Value = None, headers: Value = None, timeout: Value = 30) -> PlanDict:
    """Send `body` to a web address."""
    text = body if type(body) is str else "" if body is None else to_json(run, body)
    request = _request("http_post", url, headers, timeout, text.encode("utf-8", "replace"))
    if type(body) is not str and body is not None:
        request.headers.setdefault("content-type", "application/json")
    return _exchange(run, "http_post", request)


def _request(name: str, url: Value, headers: Value, timeout: Value, body: bytes | None) -> Request:
    seconds = need_number(name, timeout, "timeout")
    if not 0 < seconds <= 86_400:
        raise PlanError("value", f"`{name}` needs a `timeout` above 0 seconds and of a day at most")
    address = _address(need_text(name, url, "url"))
    method = "GET" if body is None else "POST"
    return Request(method, address, _headers(name, headers), body, time.monotonic() + seconds)


def _address(url: str) -> httpx.URL:
    import httpx

    shown = quoted(url[:200])
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise PlanError("value", f"{shown} is no web address") from None
    if address.port is not None and not 0 < address.port < 65_536:
        raise PlanError("value", f"{shown} is no web address", "a port is a number up to 65535")
    if address.scheme not in ("http", "https") or not address.host:
        raise PlanError("value", f"{shown} is no web address", "it must begin with https:// or http://")
    if address.userinfo:
        hint = "give them as a header: authorization"
        raise PlanError("value", "a web address cannot hold a user name or password", hint)
    return address


def _headers(name: str, headers: Value) -> dict[str, str]:
    if headers is None:
        return {}
    for key, value in need_dict(name, headers, "headers").items():
        for text in (key, value):
            if not (need_text(name, text, "headers").isascii() and text.isprintable()):
                raise PlanError("value", f"`{name}` needs headers of plain ASCII text on one line")
        if key.lower() in _OWN_HEADERS:
            raise PlanError("value", f"`{name}` sets the header {quoted(key)} itself", "leave it out")
    return {key.lower(): value for key, value in headers.items()}


def _exchange(run: Run, name: str, request: Request) -> PlanDict:
    import httpcore

    try:
        return _follow(run, request)
    except httpcore.TimeoutException:
        raise _late(request) from None
    except (*_troubles(), OSError, UnicodeError, ValueError) as error:
        reason = re.sub(r"^\[Errno -?\d+\] ", "", str(error).split("\n")[0][:200])
        raise PlanError("call", f"`{name}` could not reach {request.url.host[:200]}", reason) from None


def _troubles() -> tuple[type[Exception], ...]:
    import httpcore

    return (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, httpcore.UnsupportedProtocol)


def _late(request: Request) -> PlanError:
    return PlanError("timeout", f"{request.url.host[:200]} did not answer in time", "give more time with timeout=")


def _follow(run: Run, request: Request) -> PlanDict:
    from .web_exchange import exchange

    for _ in range(_MOST_REDIRECTS):
        url = request.url
        run.permissions.host(url.host, url.port or (443 if url.scheme == "https" else 80))
        if time.monotonic() >= request.deadline:
            raise _late(request)
        with exchange(run.permissions, request) as response:
            headers = _received(response)
            if response.status not in _REDIRECTS or "location" not in headers:
                return _answer(run, response, headers, request)
            request = _redirected(request, response.status, headers["location"])
    raise PlanError("call", f"{request.url.host[:200]} redirects more than {_MOST_REDIRECTS} times")


def _received(response: httpcore.Response) -> dict[str, str]:
    """The headers of an answer, those that stand there twice joined by commas."""
    found: dict[str, list[str]] = {}
    for key, value in response.headers:
        found.setdefault(key.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return {key: ", ".join(values) for key, values in found.items()}


def _redirected(request: Request, status: int, location: str) -> Request:
    """The request that a redirect asks for; secrets do not go to another host."""
    import httpx

    try:
        joined = str(request.url.join(location))
    except (httpx.InvalidURL, ValueError):
        joined = location
    url = _address(joined)
    headers = request.headers
    if (url.scheme, url.host, url.port) != (request.url.scheme, request.url.host, request.url.port):
        headers = {key: value for key, value in headers.items() if key not in _SECRET_HEADERS}
    if status in (301, 302, 303) and request.method == "POST":
        return request._replace(method="GET", url=url, headers=headers, body=None)
    return request._replace(url=url, headers=headers)


def _answer(run: Run, response: httpcore.Response, headers: dict[str, str], request: Request) -> PlanDict:
    from .web_exchange import unpacked

    pieces: list[bytes] = []
    length = 0
    for piece in unpacked(response, headers.get("content-encoding", "")):
        length += len(piece)
        check_length(length, run.limits, "the answer")
        if time.monotonic() > request.deadline:
            raise _late(request)
        pieces.append(piece)
    run.tick(length >> 3)
    text = b"".join(pieces).decode(_encoding(headers.get("content-type", "")), "replace")
    return new_dict({"status": response.status, "text": text, "headers": new_dict(headers)})


def _encoding(content_type: str) -> str:
    """The encoding that an answer names; UTF-8 for one that is none, or that takes long or does more than decode."""
    import codecs
    from email.message import Message

    message = Message()
    message["content-type"] = content_type.replace("\n", " ").replace("\r", " ")
    named = message.get_content_charset("utf-8")
    try:
        found = codecs.lookup(named)
    except (LookupError, ValueError):
        return "utf-8"
    plain = found._is_text_encoding and found.name not in _ODD_ENCODINGS  # noqa: SLF001 - keeps zip and base64 out
    return found.name if plain else "utf-8"
