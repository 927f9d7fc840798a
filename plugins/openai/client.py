"""Questions to one endpoint as JSON: sent at its pace, sent again where it is busy, its errors told in plain words."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from planlang.plugins import Failure

from . import jsons
from .connection import Connection, Patience, Reply
from .endpoints import Endpoint
from .pace import Pace, asked_pause

_BUSY = frozenset((429, 503, 529))
_REFUSED = frozenset((400, 422))
_LONGEST = 300
"""Characters of a server's message that are told."""
_MOST_TRIES = 100


class Refused(Failure):
    """The server takes no request of this form; `told` is what it said, in small letters."""

    def __init__(self, message: str, told: str, hint: str) -> None:
        """See the class."""
        super().__init__(message, hint=hint)
        self.told = told.lower()


class Client:
    """Asks one endpoint; used by several threads."""

    def __init__(
        self, endpoint: Endpoint, key: str | None, net: tuple[str, ...] | None, stopping: Callable[[], bool]
    ) -> None:
        """key: what is sent as the key. net: the hosts that the plan may reach. stopping: of the worker's context."""
        self._endpoint = endpoint
        self._patience = Patience(stopping)
        self._pace = Pace(endpoint.concurrency, endpoint.requests_per_minute)
        self._connection = Connection(endpoint.url, key, net, self._patience, endpoint.concurrency)

    def ask(self, path: str, question: Mapping[str, Any]) -> dict[str, Any]:
        """The server's answer to `question`; raises `Refused` where it takes no such question, or another `Failure`."""
        body = json.dumps({k: v for k, v in question.items() if k not in self._endpoint.leave_out}).encode()
        until = time.monotonic() + self._endpoint.patience
        for tries in range(_MOST_TRIES):
            reply = self._send(path, body, tries)
            if reply.status not in _BUSY or "insufficient_quota" in _message(reply):
                return self._read(reply)
            if time.monotonic() + asked_pause(reply.headers, tries) > until:
                break
        else:
            raise Failure(f"{self._connection.host} was busy {_MOST_TRIES} times")
        raise self._busy(reply, asked_pause(reply.headers, tries))

    def _send(self, path: str, body: bytes, tries: int) -> Reply:
        """One request, once it may be sent."""
        endpoint = self._endpoint
        if not self._pace.enter(time.monotonic() + max(endpoint.timeout, endpoint.patience), self._patience.stopping):
            raise Failure(f"{self._connection.host} could not be asked: too many wait for it", kind="timeout")
        reply: Reply | None = None
        try:
            reply = self._connection.post(path, body, endpoint.timeout)
            return reply
        finally:
            busy = reply is not None and reply.status in _BUSY
            headers = reply.headers if reply is not None else {}
            self._pace.leave(min(asked_pause(headers, tries), endpoint.patience) if busy else None, headers)

    def _busy(self, reply: Reply, pause: float) -> Failure:
        text = f"{self._connection.host} is busy ({reply.status}){_quoted(_message(reply))}"
        hint = f"it asks to wait {pause:.3g} seconds; patience= of [plugins.openai] in plan.toml says how long to wait"
        return Failure(text, hint=f"{hint}, requests_per_minute= and concurrency= how much to ask")

    def _read(self, reply: Reply) -> dict[str, Any]:
        if reply.status == 200:
            found = _json(reply.body)
            if isinstance(found, dict):
                return cast(dict[str, Any], found)
            raise Failure(f"the answer of {self._connection.host} is no JSON object", hint=_HINTS[404])
        said = _message(reply)
        text = f"{self._connection.host} answered {reply.status}{_quoted(said)}"
        if 300 <= reply.status < 400:
            raise Failure(f"{self._connection.host} sends elsewhere ({reply.status}), which is not followed",
                          hint="name the address itself as the endpoint")  # fmt: skip
        if reply.status in _REFUSED:
            raise Refused(text, said, "")
        raise Failure(text, retryable=reply.status >= 500 or reply.status == 408, hint=_HINTS.get(reply.status, ""))

    def close(self) -> None:
        """Close all connections."""
        self._connection.close()


_HINTS = {
    401: 'name its key in plan.toml: [plugins.openai] key = "api_key", with api_key below [plugins.openai.secrets]',
    403: "may this key use this model?",
    404: "is the model's name right, and the endpoint? Most end in /v1",
    413: "the question is too long for this server",
}


def _json(body: bytes) -> Any:
    try:
        return jsons.read(body.decode("utf-8"))
    except ValueError:
        return None


def _message(reply: Reply) -> str:
    """What the server says is wrong, on one line of plain text."""
    found: Any = _json(reply.body[: 1 << 20])
    for _ in range(3):
        if isinstance(found, dict):
            said = cast(dict[str, Any], found)
            keys = [key for key in ("error", "message", "detail") if said.get(key)]
            code = said.get("code")
            found = said[keys[0]] if keys else ""
            if code == "insufficient_quota" and isinstance(found, str):
                found += " (insufficient_quota)"
        elif isinstance(found, list) and found:
            found = found[0]
    text = found if isinstance(found, str) else ""
    plain = "".join(each if each.isprintable() else " " for each in text[: 4 * _LONGEST])
    return " ".join(plain.split())[:_LONGEST]


def _quoted(said: str) -> str:
    return f": {said}" if said else ""
