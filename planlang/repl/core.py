"""What the REPL does with one input: run it, show its value, or explain what is wrong. Knows no terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from planlang.lang.diagnostics import CheckError, Diagnostic
from planlang.rendering import render_diagnostic, write_error
from planlang.results import pretty
from planlang.runtime.errors import Interrupted, PlanError
from planlang.runtime.progress import CallsDone, Event
from planlang.terminal import columns, uses_color, visible
from planlang.usage import UsageError

if TYPE_CHECKING:
    from planlang.progress import StatusLine
    from planlang.runtime.session import Session
    from planlang.runtime.values import Value


class Repl:
    """A session with a person: keeps what was entered, and whether anything failed."""

    def __init__(self, session: Session, out: TextIO, err: TextIO, status: StatusLine | None = None) -> None:
        """Values go to `out`, messages to `err`; `status` shows how far an input is."""
        self.session = session
        self.out = out
        self.err = err
        self.status = status
        self.entered: list[str] = []
        """The inputs that ran without an error, for `:save`."""
        self.failures = 0
        self.calls = 0
        """Model calls that the session has made."""

    def feed(self, text: str) -> bool:
        """Take one input, a command that begins with `:` or plan code; False when the session is to end."""
        if not text.strip():
            return True
        try:
            if text.lstrip().startswith(":"):
                from .commands import run_command

                return run_command(self, text.strip())
            self.evaluate(text)
        except (KeyboardInterrupt, Interrupted):
            self.failures += 1
            self.say("interrupted")
        except UsageError as error:
            self.failures += 1
            self.say(error.message + (f"\n  hint: {error.hint}" if error.hint else ""))
        except CheckError as error:
            self.failures += 1
            self._write(error.diagnostics)
        except PlanError as error:
            self.failures += 1
            write_error(error, self.err)
            self.err.flush()
        return True

    def _write(self, findings: list[Diagnostic]) -> None:
        """Findings without a closing line that counts them: there is one input only."""
        for finding in findings:
            self.err.write(render_diagnostic(finding, color=uses_color(self.err), columns=columns(self.err)) + "\n")
        self.err.flush()

    def evaluate(self, text: str) -> float:
        """Run plan code and show its value; gives the seconds it took. Errors are the caller's to show."""
        from planlang.runtime.session import NOTHING

        started = time.perf_counter()
        try:
            value = self.session.evaluate(text)
        finally:
            if self.status:
                self.status.reset()
        seconds = time.perf_counter() - started
        self.entered.append(text.strip())
        if self.session.warnings:
            self._write(self.session.warnings)
        if value is not NOTHING and value is not None:
            self.show(value)
        return seconds

    def show(self, value: Value) -> None:
        """A value as a literal of the language, laid out for the width there is."""
        self.out.write(pretty(value, columns(self.out), bare=False) + "\n")
        self.out.flush()

    def say(self, text: str) -> None:
        """A line about the session itself."""
        self.err.write(visible(text) + "\n")
        self.err.flush()

    def on_progress(self, event: Event) -> None:
        """Count model calls, for `:time`, and pass the event on to the status line."""
        if self.status:
            self.status.on_progress(event)
        if isinstance(event, CallsDone):
            self.calls = event.count
