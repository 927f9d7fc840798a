"""The REPL's own commands: `:help :type :time :load :save :reset :quit`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from planlang.lang.suggestions import closest
from planlang.terminal import visible
from planlang.usage import UsageError

if TYPE_CHECKING:
    from .core import Repl

KEYS = "Enter runs a complete input and goes on in an unfinished one, Tab completes, Ctrl-C cancels, Ctrl-D ends."


def run_command(repl: Repl, line: str) -> bool:
    """Run one `:command argument`; False when the session is to end. Raises UsageError for what cannot be done."""
    word, _, argument = line[1:].partition(" ")
    if word in ("quit", "q", "exit"):
        return False
    found = COMMANDS.get(word)
    if found is None:
        near = closest(word, COMMANDS)
        raise UsageError(f"there is no command :{word}", f"did you mean :{near}?" if near else ":help lists them")
    found[0](repl, argument.strip())
    return True


def _help(repl: Repl, name: str) -> None:
    from .help import about

    if name:
        repl.out.write(visible(about(repl.session, name)) + "\n")
        return
    rows = [(f":{word} {what}".rstrip(), text) for word, (_, what, text) in COMMANDS.items()]
    rows.append((":quit", "end the session"))
    wide = max(len(usage) for usage, _ in rows)
    repl.out.write("\n".join(f"{usage:<{wide}}  {text}" for usage, text in rows))
    repl.out.write(f"\n`_` is the last value. {KEYS}\n")


def _type(repl: Repl, expression: str) -> None:
    from planlang.lang.type_text import display

    of = repl.session.type_of(_needed(expression, "type", "EXPRESSION"))
    repl.out.write(visible(display(of)) + "\n")


def _time(repl: Repl, expression: str) -> None:
    before = repl.calls
    seconds = repl.evaluate(_needed(expression, "time", "EXPRESSION"))
    made = repl.calls - before
    calls = f", {made:,} model call{'' if made == 1 else 's'}" if made else ""
    repl.say(f"{seconds:.6f} s{calls}" if seconds < 0.01 else f"{seconds:.3f} s{calls}")


def _load(repl: Repl, name: str) -> None:
    path = Path(_needed(name, "load", "FILE")).expanduser()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}") from None
    repl.evaluate(text)


def _save(repl: Repl, name: str) -> None:
    path = Path(_needed(name, "save", "FILE")).expanduser()
    if path.exists():
        raise UsageError(f"{path} is there already", "choose another name")
    try:
        path.write_text("\n".join(repl.entered) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    repl.say(f"saved {len(repl.entered)} inputs to {path}")


def _reset(repl: Repl, _: str) -> None:
    repl.session.reset()
    repl.entered.clear()
    repl.say("forgotten: all names are gone")


def _needed(argument: str, word: str, what: str) -> str:
    if not argument:
        raise UsageError(f":{word} needs {what}")
    return argument


COMMANDS: dict[str, tuple[Callable[[Repl, str], None], str, str]] = {
    "help": (_help, "[NAME]", "what there is, or what NAME or an error code is"),
    "type": (_type, "EXPRESSION", "its type, without running it"),
    "time": (_time, "EXPRESSION", "run it and say how long it took"),
    "load": (_load, "FILE", "run a file in this session"),
    "save": (_save, "FILE", "write what was entered and ran to a file, for :load"),
    "reset": (_reset, "", "forget all names"),
}
