"""The REPL for a person: prompt, colours, completion, several lines, history across sessions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.filters import completion_is_selected
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from planlang.describe import signature_text
from planlang.lang.checked import ModuleFunction
from planlang.lang.parser import is_complete
from planlang.runtime.folders import state_folder
from planlang.terminal import columns, cut

from .completion import PlanCompleter, open_call
from .core import Repl
from .help import functions, head
from .highlighting import STYLE, PlanLexer

if TYPE_CHECKING:
    from planlang.runtime.session import Session


def interact(repl: Repl) -> None:
    """Read inputs from the terminal until `:quit` or Ctrl-D."""
    prompt: PromptSession[str] = PromptSession(
        message=[("class:prompt", "plan> ")],
        prompt_continuation=[("class:continuation", "  ... ")],
        lexer=PlanLexer(),
        completer=PlanCompleter(repl.session),
        complete_while_typing=True,
        auto_suggest=AutoSuggestFromHistory(),
        history=_history(),
        key_bindings=_keys(),
        multiline=True,
        style=STYLE,
        bottom_toolbar=lambda: _toolbar(repl.session, prompt),
        reserve_space_for_menu=6,
    )
    while True:
        try:
            text = prompt.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if not repl.feed(text):
            return


def _history() -> History:
    """History in the user's state folder; in memory where that cannot be written."""
    path: Path = state_folder() / "repl-history"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError:
        print(f"{path} cannot be written: this session's history will be lost", file=sys.stderr)
        return InMemoryHistory()
    return FileHistory(str(path))


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter", filter=~completion_is_selected)
    def _enter(event: KeyPressEvent) -> None:
        """Run a complete input, go on in an unfinished one, indented as before; two empty lines run it anyway."""
        buffer = event.current_buffer
        text = buffer.text
        at_end = not buffer.document.text_after_cursor.strip()
        if at_end and (text.startswith(":") or is_complete(text) or text.endswith("\n\n")):
            buffer.validate_and_handle()
            return
        line = buffer.document.current_line_before_cursor
        indent = len(line) - len(line.lstrip())
        opens = line.rstrip().endswith(("{", "(", "["))
        buffer.insert_text("\n" + " " * (indent + 2 if opens else indent))

    @keys.add("escape", "enter")
    def _newline(event: KeyPressEvent) -> None:
        """Go on in the next line whatever stands here."""
        event.current_buffer.insert_text("\n")

    @keys.add("}")
    @keys.add(")")
    @keys.add("]")
    def _close(event: KeyPressEvent) -> None:
        """A closing bracket that begins a line moves out by one level."""
        buffer = event.current_buffer
        before = buffer.document.current_line_before_cursor
        if before and not before.strip():
            buffer.delete_before_cursor(min(2, len(before)))
        buffer.insert_text(event.data)

    return keys


def _toolbar(session: Session, prompt: PromptSession[str]) -> StyleAndTextTuples:
    """The signature of the function whose arguments are being typed."""
    called = open_call(prompt.default_buffer.document.text_before_cursor)
    text = _head(session, called) if called else ""
    return [("", cut(f" {text}", columns(sys.stdout) - 1) if text else " :help  Ctrl-C cancels  Ctrl-D ends")]


def _head(session: Session, called: str) -> str:
    symbol = session.symbols.get(called)
    if isinstance(symbol, ModuleFunction):
        return head(symbol)
    found = functions(session, called)
    return signature_text(found[0]) if found else ""
