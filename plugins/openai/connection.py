"""Requests to one endpoint: only to addresses that the plan may reach, bounded in size and time, and ended at once.

Connections are kept open between requests. Each is made by the runtime's own door (`web_exchange`): a name is looked
up once, the addresses are compared with the plan's rights, and the connection goes to one of them. Redirects are not
followed.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import httpcore
import httpx

from planlang.plugins import Failure
from planlang.runtime.addresses import reach_of
from planlang.runtime.errors import PlanError
from planlang.runtime.permissions import Permissions
from planlang.runtime.standard.web_exchange import Deadline, Door, proxy_for, unpacked

LARGEST = 64 << 20
"""Bytes of an answer, unpacked."""
_TURN = 0.2
"""Seconds between two looks at whether anybody still waits."""
_CONNECTING = 20.0
"""Seconds that making a connection may take."""
_IDLE = 30.0
"""Seconds that a connection is kept open for the next request."""


class Reply(NamedTuple):
    """What a server answered: headers by their names in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Patience(Deadline):
    """A deadline for each thread, which also ends once nobody waits for what the thread does."""

    def __init__(self, stopping: Callable[[], bool]) -> None:
        """`stopping` says whether the calling thread's work is still wanted."""
        super().__init__(0.0)
        self.stopping = stopping
        self._here = threading.local()

    def begin(self, seconds: float) -> None:
        """The calling thread has so long from now on."""
        self._here.at = time.monotonic() + seconds

    def left(self, error: type[Exception]) -> float:
        """The seconds that the calling thread has; raises `error` where there are none, or nobody waits for it."""
        left: float = self._here.at - time.monotonic()
        if left <= 0 or self.stopping():
            raise error("no time is left")
        return min(left, _CONNECTING) if error is httpcore.ConnectTimeout else left

    def turn(self, error: type[Exception]) -> float:
        """A moment."""
        return min(self.left(error), _TURN)


class _KeyDoor(Door):
    """A door through which a key does not go unencrypted to the Internet."""

    def permitted(self, host: str, port: int, addresses: list[str]) -> list[str]:
        found = super().permitted(host, port, addresses)
        if any(reach_of(address) == "public" for address in found):
            text = f"the key for {host} would travel unencrypted"
            raise PlanError("permission", text, "its endpoint must begin with https://")
        return found


class Connection:
    """Connections to one endpoint; used by several threads."""

    def __init__(self, url: str, key: str | None, net: tuple[str, ...] | None, patience: Patience, most: int) -> None:
        """net: the hosts that the plan may reach. most: requests under way at the same time."""
        self.url = httpx.URL(url)
        self._permissions = Permissions(net=net)
        self._patience = patience
        self._headers = {
            "host": self.url.netloc.decode("ascii"),
            "content-type": "application/json",
            "accept": "application/json",
            "accept-encoding": "gzip",
            "user-agent": "planlang",
        }
        if key is not None:
            if not (key.isascii() and key.isprintable() and key):
                raise Failure("the key of this endpoint is no line of plain text", hint="look at its secret")
            self._headers["authorization"] = f"Bearer {key}"
        self._pool = self._open_pool(most, with_key=key is not None)

    def _open_pool(self, most: int, *, with_key: bool) -> httpcore.ConnectionPool:
        proxy = proxy_for(self.url)
        secure = self.url.scheme == "https"
        kind = _KeyDoor if with_key and not secure else Door
        door = kind(self._permissions, self._patience, to_proxy=proxy is not None)
        context: ssl.SSLContext | None = httpx.create_ssl_context() if secure else None
        return httpcore.ConnectionPool(
            ssl_context=context,
            proxy=proxy,
            network_backend=door,
            max_connections=most,
            max_keepalive_connections=most,
            keepalive_expiry=_IDLE,
        )

    @property
    def host(self) -> str:
        """Host and port, for messages."""
        return self.url.netloc.decode("ascii")[:200]

    def post(self, path: str, body: bytes, seconds: float) -> Reply:
        """Send `body` to `path` below the endpoint, and read the answer, within so many seconds; raises `Failure`."""
        self._patience.begin(seconds)
        try:
            self._permissions.host(self.url.host, self.url.port or (443 if self.url.scheme == "https" else 80))
            return self._exchange(path, body)
        except httpcore.TimeoutException as error:
            raise self._late(error, seconds) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, OSError) as error:
            raise self._unreached(error) from None

    def _exchange(self, path: str, body: bytes) -> Reply:
        url = self.url
        target = url.raw_path.rstrip(b"/") + path.encode("ascii")
        place = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=target)
        headers = {**self._headers, "content-length": str(len(body))}
        sent = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
        with self._pool.stream("POST", place, headers=sent, content=body) as answer:
            received = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return Reply(answer.status, received, self._read(answer, received))

    def _read(self, answer: httpcore.Response, headers: Mapping[str, str]) -> bytes:
        pieces: list[bytes] = []
        length = 0
        for piece in unpacked(answer, headers.get("content-encoding", "")):
            length += len(piece)
            if length > LARGEST:
                raise Failure(f"the answer of {self.host} is larger than {LARGEST >> 20} MB")
            self._patience.left(httpcore.ReadTimeout)
            pieces.append(piece)
        return b"".join(pieces)

    def _late(self, error: Exception, seconds: float) -> Failure:
        if self._patience.stopping():
            return Failure("nobody waits for it any more")
        if isinstance(error, (httpcore.ConnectTimeout, httpcore.PoolTimeout)):
            return Failure(f"{self.host} cannot be reached: it does not answer", retryable=True)
        hint = "timeout= of [plugins.openai] in plan.toml gives more time"
        return Failure(f"{self.host} did not answer within {seconds:g} seconds", kind="timeout", hint=hint)

    def _unreached(self, error: Exception) -> Failure:
        reason: Any = str(error).split("\n", maxsplit=1)[0][:200]
        if isinstance(error, httpcore.ConnectError):
            hint = "is the server running, and its address right?"
            return Failure(f"{self.host} cannot be reached: {_plain(reason)}", retryable=True, hint=hint)
        return Failure(f"the connection to {self.host} broke off", retryable=True)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


def _plain(reason: str) -> str:
    """The reason without the number that the system has for it."""
    return reason.partition("] ")[2] if reason.startswith("[Errno") else reason
