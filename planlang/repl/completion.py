"""What could stand where the cursor is: names, fields of known values, functions with their docs, arguments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document

from planlang.describe import call_text, first_line
from planlang.lang.lexer import tokens
from planlang.lang.signatures import Signature
from planlang.lang.source import Source
from planlang.lang.tokens import KEYWORDS
from planlang.lang.types import DictType, ListType, RecordType, Scalar, TupleType, Type

from .commands import COMMANDS
from .help import functions

if TYPE_CHECKING:
    from planlang.runtime.session import Session

_WORD = re.compile(r"[^\W\d]?\w*$")
_RECEIVER = re.compile(r"""([^\W\d]\w*(?:\.[^\W\d]\w*|\[(?:-?\d+|"[^"\\{]*"|'[^']*')\])*)\s*\.\s*[^\W\d]?\w*$""")
_STEP = re.compile(r"""\.([^\W\d]\w*)|\[(-?\d+)\]|\["([^"]*)"\]|\['([^']*)'\]""")
_MISSING = object()


class PlanCompleter(Completer):
    """Completes plan code and the REPL's own commands for prompt_toolkit."""

    def __init__(self, session: Session) -> None:
        """Names and values come from `session`."""
        self._session = session
        self._paths = PathCompleter(expanduser=True)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """The completions at the cursor of `document`."""
        before = document.text_before_cursor
        if before.startswith(":"):
            yield from self._commands(before, complete_event)
            return
        if _in_text(before):
            return
        word = _word(before)
        receiver = _RECEIVER.search(before)
        if receiver:
            yield from _fitting(self._members(receiver[1]), word)
        elif not before[: len(before) - len(word)].rstrip().endswith(("let", ".")):
            call = open_call(before)
            if call and word:
                yield from _fitting(self._arguments(call), word)
            if word or complete_event.completion_requested:
                yield from _fitting(self._names(), word)

    def _commands(self, before: str, event: CompleteEvent) -> Iterator[Completion]:
        command, space, argument = before[1:].partition(" ")
        if not space:
            yield from _fitting(((name, text) for name, (_, _, text) in COMMANDS.items()), command)
        elif command in ("load", "save"):
            yield from self._paths.get_completions(Document(argument, len(argument)), event)
        else:
            yield from self.get_completions(Document(argument, len(argument)), event)

    def _names(self) -> Iterator[tuple[str, str]]:
        values = self._session.names()
        for name in reversed(self._session.symbols):
            yield name, _short(values[name]) if name in values else ""
        library = self._session.library
        for name in sorted(library.names):
            yield name, self._about(name)
        for name in library.plugins:
            yield name, "plugin"
        for name in sorted(KEYWORDS):
            yield name, ""

    def _members(self, receiver: str) -> Iterator[tuple[str, str]]:
        """Fields of the value, then the functions that can take it as their first argument."""
        library = self._session.library
        if receiver in library.plugins and receiver not in self._session.names():
            yield from ((name, _summary(signature)) for name, signature in library.plugins[receiver].items())
            return
        value = self._value(receiver)
        if value is _MISSING:
            return
        if isinstance(value, dict):
            yield from (
                (key, _short(item)) for key, item in value.items() if isinstance(key, str) and key.isidentifier()
            )
        for name in sorted(library.names):
            found = functions(self._session, name)
            if found and found[0].params and _takes(found[0].params[0].type, value):
                yield name, _summary(found[0])

    def _arguments(self, name: str) -> Iterator[tuple[str, str]]:
        for signature in functions(self._session, name):
            yield from ((f"{p.name}=", p.description) for p in signature.params if not p.variadic)

    def _about(self, name: str) -> str:
        found = functions(self._session, name)
        return _summary(found[0]) if found else ""

    def _value(self, path: str) -> Any:
        """The value of a chain of fields and indexes of a variable; `_MISSING` where it leads nowhere."""
        name = path.split(".", 1)[0].split("[", 1)[0]
        value: Any = self._session.names().get(name, _MISSING)
        for step in _STEP.finditer(path, len(name)):
            key: Any = (
                int(step[2]) if step[2] else next(part for part in (step[1], step[3], step[4], "") if part is not None)
            )
            try:
                value = value[key]
            except Exception:  # noqa: BLE001 - whatever is wrong with half-typed code, there is nothing to complete
                return _MISSING
        return value


def open_call(before: str) -> str | None:
    """The function whose arguments the cursor stands in, as it is written before its `(`; None outside of any."""
    found = tokens(Source(before))
    depth = 0
    for at in range(len(found) - 1, 0, -1):
        token = found[at]
        if token.start == token.end:
            continue
        if token.kind in (")", "]", "}", "BLOCK_CLOSE"):
            depth += 1
        elif token.kind in ("(", "[", "{", "BLOCK_OPEN"):
            depth -= 1
            if depth < 0:
                called = re.search(r"[^\W\d][\w.]*$", before[: token.start])
                return called[0] if token.kind == "(" and called else None
    return None


def _in_text(before: str) -> bool:
    """Whether the cursor stands in a text or a comment, where nothing is completed."""
    # A letter typed here becomes part of a name, of a text, or of a comment, which is no token.
    found = tokens(Source(before + "x"))
    last = found[-1] if found else None
    return last is None or last.end <= len(before) or last.kind.startswith("TEXT")


def _word(before: str) -> str:
    found = _WORD.search(before)
    return found[0] if found else ""


def _fitting(candidates: Iterable[tuple[str, str]], word: str) -> Iterator[Completion]:
    """Those that begin with `word`, then those that contain it, each once and otherwise in the order given."""
    fitting: dict[str, str] = {}
    for text, about in candidates:
        if word.lower() in text.lower():
            fitting.setdefault(text, about)
    for text in sorted(fitting, key=lambda text: not text.lower().startswith(word.lower())):
        if text != word:
            yield Completion(text, -len(word), display_meta=fitting[text])


def _summary(signature: Signature) -> str:
    return f"{call_text(signature.name, signature.params[:4], signature.result)}  {first_line(signature.doc)}"


def _short(value: Any) -> str:
    from planlang.results import pretty
    from planlang.terminal import cut

    return cut(pretty(value, 10**9, bare=False), 40) if not isinstance(value, (list, dict)) or len(value) < 50 else "…"


_HELD: dict[type, tuple[type, ...]] = {
    ListType: (list, range),
    TupleType: (list,),
    DictType: (dict,),
    RecordType: (dict,),
}
_SCALARS: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float)}


def _takes(first: Type, value: Any) -> bool:
    """Whether a parameter of type `first` is meant for values like this one; `any` is meant for none in particular."""
    kinds = _SCALARS.get(first.name, ()) if isinstance(first, Scalar) else _HELD.get(type(first), ())
    return isinstance(value, kinds)
