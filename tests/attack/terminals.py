"""Runs the command on a terminal of its own, with a plugin that says hostile things, and keeps every byte shown."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

OSC = "\x1b]52;c;ZXZpbA==\x07\x1b]0;title\x07\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\"
"""Puts a text into the clipboard, sets the title, hides an address behind a word."""
HOSTILE = (
    f"evil{OSC}\x1b[2J\x1b[1;1H\x1b[8mhidden\x1b[201~\x1bP$q q\x1b\\\x1bc\x9b2J\x9d0;t\x9c\x90q\x9c\x08\x08\x7f\x0e"
    "\x1b[?1049h"
    "\x1b[6n\rover\u202eright\u2066iso\u2069\u2028line\U000e0041tag\x85\x0b\x0c"
)
"""Also clears the screen, conceals, ends a paste, asks the terminal back, turns the direction, and hides characters."""
IN_A_NAME = HOSTILE.replace("/", "_")
"""The same as far as the name of a file can hold it."""

_OURS = re.compile(r"\x1b\[(?:0|1|2|3[0-9]|1;3[0-9])?m|\r\x1b\[2K|\r?\n")
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")

PLUGIN = '''
"""DOC"""
import time
from planlang.plugins import Failure, function, hookimpl, worker

HOSTILE = {hostile!r}

class Model:
    def load(self, context):
        self.context = context
        time.sleep(0.5)

    def say(self, batch):
        for done in range(len(batch)):
            self.context.report(done, len(batch))
        time.sleep(0.6)
        return [Failure(HOSTILE, hint=HOSTILE) if item["text"] == "fail" else HOSTILE for item in batch]

@worker(f"{{__name__}}:Model.say", model=HOSTILE)
def hostile(text: str) -> str:
    """DOC"""

@function
def quick(text: str = {hostile!r}) -> str:
    """DOC"""
    return HOSTILE

@hookimpl
def register_functions(register):
    register(hostile)
    register(quick)

@hookimpl
def register_commands(register):
    register("evil", HOSTILE, lambda arguments: 0)
'''


def install(folder: Path, name: str, target: str, text: str | None, *, version: str = "1.0") -> None:
    """An installed package with one plugin, in a folder of packages; `text` is that of its module."""
    info = folder / "evil_package-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: evil-package\nVersion: {version}\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[planlang]\n{name} = {target}\n", encoding="utf-8")
    if text is not None:
        (folder / f"{target.partition(':')[0]}.py").write_text(text, encoding="utf-8")


def hostile_plugin() -> str:
    return (
        PLUGIN.format(hostile=HOSTILE)
        .replace('"""DOC"""', f"__doc__ = {HOSTILE!r}", 1)
        .replace('"""DOC"""', f"{HOSTILE!r}")
    )


def shown(arguments: list[str], folder: Path, typed: str = "", **environment: str) -> str:
    """Everything that `plan` writes to a terminal of 100 columns."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    settings = termios.tcgetattr(theirs)
    settings[3] &= ~termios.ECHO  # what is typed is not what is shown
    termios.tcsetattr(theirs, termios.TCSANOW, settings)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "planlang", *arguments],
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "NO_COLOR": "", **environment},
    )
    os.close(theirs)
    if typed:
        os.write(ours, typed.encode())
    try:
        return _all(ours, process)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _all(ours: int, process: subprocess.Popen[bytes]) -> str:
    found = b""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if not select.select([ours], [], [], 0.1)[0]:
            if process.poll() is not None:
                break
            continue
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the terminal's other side was closed
            break
        if not piece:
            break
        found += piece
    return found.decode("utf-8", "surrogateescape")


def raw(text: str) -> list[str]:
    """What must not have reached the terminal: all control characters but those that planlang itself draws with."""
    return _FORBIDDEN.findall(_OURS.sub("\n", text))
