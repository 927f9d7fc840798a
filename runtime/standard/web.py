"""Standard functions that talk to web servers. Every address on the way, redirects included, needs its permission."""

from __future__ import annotations

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
    import httpx

FUNCTIONS = Registry()
_MOST_REDIRECTS = 10
_SECRET_HEADERS = frozenset(("authorization", "cookie", "proxy-authorization"))


class _Request(NamedTuple):
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


def _request(name: str, url: Value, headers: Value, timeout: Value, body: bytes | None) -> _Request:
    seconds = need_number(name, timeout, "timeout")
    if not 0 < seconds <= 86_400:
        raise PlanError("value", f"`{name}` needs a `timeout` above 0 seconds and of a day at most")
    address = _address(need_text(name, url, "url"))
    method = "GET" if body is None else "POST"
    return _Request(method, address, _headers(name, headers), body, time.monotonic() + seconds)


def _address(url: str) -> httpx.URL:
    import httpx

    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise PlanError("value", f"{quoted(url[:200])} is no web address") from None
    if address.scheme not in ("http", "https") or not address.host:
        raise PlanError("value", f"{quoted(url[:200])} is no web address", "it must begin with https:// or http://")
    return address


def _headers(name: str, headers: Value) -> dict[str, str]:
    if headers is None:
        return {}
    for key, value in need_dict(name, headers, "headers").items():
        for text in (key, value):
            if not (need_text(name, text, "headers").isascii() and text.isprintable()):
                raise PlanError("value", f"`{name}` needs headers of plain ASCII text on one line")
    return {key.lower(): value for key, value in headers.items()}


def _exchange(run: Run, name: str, request: _Request) -> PlanDict:
    import httpx

    try:
        with httpx.Client(follow_redirects=False) as client:
            return _follow(run, client, request)
    except httpx.TimeoutException:
        raise _late(request) from None
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, UnicodeError, ValueError) as error:
        reason = str(error).split("\n")[0][:200]
        raise PlanError("call", f"`{name}` could not reach {request.url.host}", reason) from None


def _late(request: _Request) -> PlanError:
    return PlanError("timeout", f"{request.url.host} did not answer in time", "give more time with timeout=")


def _follow(run: Run, client: httpx.Client, request: _Request) -> PlanDict:
    for _ in range(_MOST_REDIRECTS):
        run.permissions.host(request.url.host, request.url.port or (443 if request.url.scheme == "https" else 80))
        left = request.deadline - time.monotonic()
        if left <= 0:
            raise _late(request)
        with client.stream(
            request.method, request.url, headers=request.headers, content=request.body, timeout=left
        ) as response:
            if not response.has_redirect_location:
                return _answer(run, response, request)
            request = _redirected(request, response)
    raise PlanError("call", f"{request.url.host} redirects more than {_MOST_REDIRECTS} times")


def _redirected(request: _Request, response: httpx.Response) -> _Request:
    """The request that a redirect asks for; secrets do not go to another host."""
    url = _address(str(request.url.join(response.headers["location"])))
    headers = request.headers
    if (url.scheme, url.host, url.port) != (request.url.scheme, request.url.host, request.url.port):
        headers = {key: value for key, value in headers.items() if key not in _SECRET_HEADERS}
    if response.status_code in (301, 302, 303) and request.method == "POST":
        return request._replace(method="GET", url=url, headers=headers, body=None)
    return request._replace(url=url, headers=headers)


def _answer(run: Run, response: httpx.Response, request: _Request) -> PlanDict:
    pieces: list[bytes] = []
    length = 0
    for piece in response.iter_bytes():
        length += len(piece)
        check_length(length, run.limits, "the answer")
        if time.monotonic() > request.deadline:
            raise _late(request)
        pieces.append(piece)
    run.tick(length >> 3)
    text = b"".join(pieces).decode(_encoding(response), "replace")
    headers = new_dict((key.lower(), value) for key, value in response.headers.items())
    return new_dict({"status": response.status_code, "text": text, "headers": headers})


def _encoding(response: httpx.Response) -> str:
    import codecs

    try:
        found = codecs.lookup(response.charset_encoding or "utf-8")
    except LookupError:
        return "utf-8"
    return found.name if found._is_text_encoding else "utf-8"  # noqa: SLF001 - keeps zip, base64 and the like out
