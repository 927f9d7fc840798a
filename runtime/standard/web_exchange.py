"""One exchange with a web server, over connections that go nowhere but where the plan may reach.

A name is looked up once, the addresses found are compared with the plan's rights, and the connection is made to one of
them: a name that leads elsewhere a moment later (DNS rebinding) leads nowhere. One deadline holds for all of it,
however slowly the other side sends, and what comes is unpacked in pieces of bounded size.
"""

from __future__ import annotations

import socket
import ssl
import time
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from planlang.runtime.addresses import numeric, reach_of
from planlang.runtime.errors import PlanError
from planlang.runtime.permissions import Permissions

if TYPE_CHECKING:
    from .web import Request

_UNPACKED = 1 << 18
"""Bytes that are unpacked at a time."""
_GZIP = 16 + zlib.MAX_WBITS


class Deadline:
    """Until when all must be done, on the clock of `time.monotonic`."""

    def __init__(self, at: float) -> None:
        """See the class."""
        self._at = at

    def left(self, error: type[Exception]) -> float:
        """The seconds that are left; raises `error` where there are none."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise error("no time is left")
        return left

    def turn(self, error: type[Exception]) -> float:
        """The seconds after which somebody who waits should ask again; raises `error` as `left` does."""
        return self.left(error)


class Door(httpcore.NetworkBackend):
    """Makes connections, to permitted addresses and until a deadline."""

    def __init__(self, permissions: Permissions, deadline: Deadline, *, to_proxy: bool = False) -> None:
        """to_proxy: the user's own proxy is what is connected to, and it decides what is reached."""
        self._permissions = permissions
        self._deadline = deadline
        self._to_proxy = to_proxy

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline decides
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the host's permitted addresses that answers."""
        addresses = _addresses(host, port)
        permitted = addresses if self._to_proxy else self.permitted(host, port, addresses)
        failure: Exception | None = None
        for address in permitted:
            left = self._deadline.left(httpcore.ConnectTimeout)
            try:
                made = httpcore.SyncBackend().connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            return _Timed(made, self._deadline)
        raise failure or httpcore.ConnectError("this name has no address")

    def permitted(self, host: str, port: int, addresses: list[str]) -> list[str]:
        """The addresses that may be reached; raises the `permission` error of the first where none may."""
        found: list[str] = []
        refusal: PlanError | None = None
        for address in addresses:
            try:
                self._permissions.address(host, port, address)
            except PlanError as error:
                refusal = refusal or error
            else:
                found.append(address)
        if not found and refusal is not None:
            raise refusal
        return found


class _Timed(httpcore.NetworkStream):
    """A connection on which nothing lasts beyond the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline decides
        while True:
            try:
                return self._inner.read(max_bytes, self._deadline.turn(httpcore.ReadTimeout))
            except httpcore.ReadTimeout:
                self._deadline.left(httpcore.ReadTimeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the deadline decides
        self._inner.write(buffer, self._deadline.left(httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the deadline decides
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(httpcore.ConnectTimeout)
        return _Timed(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _addresses(host: str, port: int) -> list[str]:
    """The numeric addresses of a host, the first to be tried first."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is no name of a host"
        raise httpcore.ConnectError(reason) from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@contextmanager
def exchange(permissions: Permissions, request: Request) -> Generator[httpcore.Response]:
    """Send a request and give the answer, its body still to come. Raises `PlanError` and the exceptions of httpcore."""
    url = request.url
    proxy = proxy_for(url)
    door = Door(permissions, Deadline(request.deadline), to_proxy=proxy is not None)
    context = httpx.create_ssl_context() if url.scheme == "https" else None
    target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    with (
        httpcore.ConnectionPool(ssl_context=context, proxy=proxy, network_backend=door) as pool,
        pool.stream(request.method, target, headers=_sent(request), content=request.body) as answer,
    ):
        yield answer


def _sent(request: Request) -> list[tuple[bytes, bytes]]:
    defaults = {"accept": "*/*", "accept-encoding": "gzip", "user-agent": "planlang"}
    own = {"host": request.url.netloc.decode("ascii"), "connection": "close"}
    if request.body is not None:
        own["content-length"] = str(len(request.body))
    return [(k.encode("ascii"), v.encode("ascii")) for k, v in {**own, **defaults, **request.headers}.items()]


def proxy_for(url: httpx.URL) -> httpcore.Proxy | None:
    """The proxy that the environment names for `url`; addresses of this machine and of private networks need none."""
    literal = numeric(url.host)
    if literal is not None and reach_of(literal) != "public":
        return None
    named = getproxies()
    found = named.get(url.scheme) or named.get("all")
    if not found or url.host == "localhost" or proxy_bypass(url.host):
        return None
    place = httpx.URL(found if "://" in found else f"http://{found}")
    if place.scheme not in ("http", "https"):
        raise PlanError("call", f"the proxy that is set for {url.scheme} is neither one of http nor of https")
    auth = (place.username, place.password) if place.username else None
    return httpcore.Proxy(
        httpcore.URL(scheme=place.raw_scheme, host=place.raw_host, port=place.port, target=b"/"), auth
    )


def unpacked(answer: httpcore.Response, packing: str) -> Iterator[bytes]:
    """The body of an answer in pieces of bounded size, unpacked. Raises a `call` error for what was not asked for."""
    name = packing.strip().lower()
    if name in ("", "identity"):
        yield from answer.iter_stream()
        return
    if name not in ("gzip", "x-gzip"):
        raise PlanError("call", "the answer is packed in a way that was not asked for", "only gzip is unpacked")
    unpacker = zlib.decompressobj(_GZIP)
    try:
        for piece in answer.iter_stream():
            waiting = piece
            while waiting and not unpacker.eof:
                yield unpacker.decompress(waiting, _UNPACKED)
                waiting = unpacker.unconsumed_tail
    except zlib.error:
        raise PlanError("call", "the answer says that it is packed with gzip, and is not") from None
    if not unpacker.eof:
        raise PlanError("call", "the answer ended too early")
