"""When requests to an endpoint may be sent: within its rate limits, as plan.toml and the server itself state them."""

from __future__ import annotations

import email.utils
import re
import threading
import time
from collections.abc import Callable, Mapping

_TURN = 0.2
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_FIRST, _LONGEST = 0.5, 8.0
"""Seconds to wait for a server that is busy and does not say how long: twice as many each time."""
_LIMITS = ("requests", "tokens")


class Pace:
    """Lets requests through one after the other; used by several threads.

    A server that is busy is asked by half as many at the same time from then on; each answer lets half a request more
    through again.
    """

    def __init__(self, most: int, per_minute: float | None) -> None:
        """At most so many under way, and so many begun in a minute."""
        self._most = most
        self._gap = 60.0 / per_minute if per_minute is not None else 0.0
        self._allowed = float(most)
        self._under_way = 0
        self._next = 0.0
        self._shut = 0.0
        self._changed = threading.Condition()

    def enter(self, until: float, stopping: Callable[[], bool]) -> bool:
        """Wait until a request may be sent; False where that is not before `until`, or nobody waits any more."""
        with self._changed:
            while True:
                now = time.monotonic()
                wait = max(self._shut, self._next) - now
                if wait <= 0 and self._under_way < int(self._allowed):
                    self._under_way += 1
                    self._next = max(self._next, now) + self._gap
                    return True
                if now >= until or stopping():
                    return False
                self._changed.wait(min(_TURN, wait) if wait > 0 else _TURN)

    def leave(self, pause: float | None, headers: Mapping[str, str]) -> None:
        """A request is through; `pause` where the server was busy: for so many seconds none is sent."""
        spent = used_up(headers)
        with self._changed:
            self._under_way -= 1
            if pause is not None:
                self._allowed = max(1.0, self._allowed / 2)
            else:
                self._allowed = min(float(self._most), self._allowed + 0.5)
            self._shut = max(self._shut, time.monotonic() + max(pause or 0.0, spent))
            self._changed.notify_all()


def asked_pause(headers: Mapping[str, str], tries: int) -> float:
    """Seconds after which a busy server may be asked again: as it says itself, else more from try to try."""
    told = [_seconds(headers.get("retry-after-ms", ""), "ms"), _after(headers.get("retry-after", ""))]
    found = next((each for each in told if each is not None), None)
    if found is None and (spent := used_up(headers)):
        found = spent
    return found if found is not None else min(_LONGEST, _FIRST * 2.0**tries)


def used_up(headers: Mapping[str, str]) -> float:
    """Seconds until a limit that the server says is used up starts anew; 0 where none is."""
    waits = [
        _seconds(headers.get(f"x-ratelimit-reset-{limit}", ""), "s") or 0.0
        for limit in _LIMITS
        if headers.get(f"x-ratelimit-remaining-{limit}", "").strip() == "0"
    ]
    return max(waits, default=0.0)


def _after(text: str) -> float | None:
    """The seconds of a `Retry-After`: a number of them, or a date."""
    if (seconds := _seconds(text, "s")) is not None:
        return seconds
    try:
        at = email.utils.parsedate_to_datetime(text)
        return max(0.0, at.timestamp() - time.time())
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _seconds(text: str, unit: str) -> float | None:
    """The seconds of `1.5` (in `unit`), `250ms` or `1m30s`; None for anything else."""
    text = text.strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text):
        return float(text) * _UNITS[unit]
    parts = re.findall(r"(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d)", text[:60])
    if not parts or "".join(map("".join, parts)) != text:
        return None
    return sum(float(number) * _UNITS[each] for number, each in parts)
