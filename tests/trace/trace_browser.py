"""A real browser, driven over the DevTools protocol through a pipe: no driver, no port, no network.

Chromium of any kind will do: `CHROMIUM` names it, else it is looked for under its usual names.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from base64 import b64decode
from pathlib import Path
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless_shell")
FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",  # containers and root allow none; the page under test is our own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--hide-scrollbars",
)
PATIENCE = 60.0
LAUNCH = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for end, number in zip(ends, (3, 4)):
    os.dup2(end, number, inheritable=True)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Puts the two pipes where Chromium wants them: it reads from 3 and writes to 4."""


def installed() -> str | None:
    """The path of a browser on this machine."""
    return next(filter(None, map(shutil.which, (os.environ.get("CHROMIUM", ""), *NAMES))), None)


class Browser:
    """One browser with one page. What the page logs and asks for is kept in `events`."""

    def __init__(self, profile: Path) -> None:
        """Start it, with nothing of the user's."""
        ours, theirs = os.pipe(), os.pipe()
        ends = (ours[0], theirs[1])
        command = [str(installed()), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, *map(str, ends), *command],
            pass_fds=ends,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(ours[0])
        os.close(theirs[1])
        self._write, self._read = ours[1], theirs[0]
        self._waiting = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = next(t for t in self.ask("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self._session = self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._write)
        os.close(self._read)

    # ── the protocol ─────────────────────────────────────────────────────────────────────────────────────────────────

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while b"\0" not in self._waiting:
            ready, _, _ = select.select([self._read], [], [], max(0.0, end - time.monotonic()))
            found = os.read(self._read, 1 << 20) if ready else b""
            if not found:
                raise TimeoutError("the browser does not answer")
            self._waiting += found
        message, _, self._waiting = self._waiting.partition(b"\0")
        return json.loads(message)

    # ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def open(self, page: Path) -> None:
        """Show a page, and wait until its scripts have built it."""
        self.events.clear()
        self.ask("Page.navigate", url=page.as_uri())
        self.wait("document.readyState === 'complete' && (!!window.trace || !document.getElementById('data'))")

    def wait(self, condition: str) -> None:
        """Wait until an expression is true in the page."""
        end = time.monotonic() + PATIENCE
        while not self.value(condition):
            assert time.monotonic() < end, f"never true: {condition}; {self.problems()}"
            time.sleep(0.02)

    def value(self, expression: str) -> Any:
        """The value of an expression in the page; a promise is waited for."""
        result = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, by their names: `ArrowDown`, `Enter`, `/`."""
        for key in keys:
            text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
            for kind in ("keyDown", "keyUp"):
                more = {"text": text} if text and kind == "keyDown" else {}
                code = {"Tab": 9, "Enter": 13, "Escape": 27}.get(key, 0)
                self.ask("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more)

    def click(self, x: float, y: float) -> None:
        """Click at a place of the window."""
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def size(self, wide: int, high: int) -> None:
        """Make the window that large."""
        self.ask("Emulation.setDeviceMetricsOverride", width=wide, height=high, deviceScaleFactor=1, mobile=False)

    def scheme(self, name: str) -> None:
        """`light` or `dark`."""
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def frames(self) -> None:
        """Wait until the page has been drawn twice."""
        self.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    def screenshot(self, target: Path) -> None:
        """Keep what the window shows."""
        self.frames()
        target.write_bytes(b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))

    def paper(self, target: Path) -> None:
        """Keep what would be printed, as PDF."""
        target.write_bytes(b64decode(self.ask("Page.printToPDF", landscape=True)["data"]))

    # ── what happened ────────────────────────────────────────────────────────────────────────────────────────────────

    def problems(self) -> list[str]:
        """Errors and refusals that the page's console tells of."""
        found = [
            e["params"]["exceptionDetails"]["text"] for e in self.events if e["method"] == "Runtime.exceptionThrown"
        ]
        entries = [e["params"]["entry"] for e in self.events if e["method"] == "Log.entryAdded"]
        return found + [entry["text"] for entry in entries if entry["level"] in ("error", "warning")]

    def requests(self) -> list[str]:
        """The addresses that the page asked for, itself included."""
        sent = [e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent"]
        return [url for url in sent if not url.startswith("data:")]
