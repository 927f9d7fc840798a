"""From Python tracebacks to places in a plan: generated code carries the plan's own lines and columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from operator import length_hint
from types import CodeType, FrameType, TracebackType
from typing import Any

from planlang.lang.source import Source, Span

from . import operators
from .errors import IN_TEST, Frame, LimitError, Place, PlanError
from .steps import Steps

_FOREVER = 2**62
_SHOWN = 20
"""Frames kept at each end of a deep call stack."""


Entry = tuple[Source, Span, FrameType, CodeType]
"""One plan frame of a traceback."""
_FUNCTION_VALUE = "library_function_value"
"""The code name of the wrapper that `support.library_value` makes."""


class Sources:
    """The sources of a run by the file name that their code carries."""

    def __init__(self) -> None:
        """Know no source yet."""
        self._by_name: dict[str, Source] = {}

    def add(self, file_name: str, source: Source) -> None:
        """Remember the source of the code compiled as `file_name`."""
        self._by_name[file_name] = source

    def get(self, file_name: str) -> Source | None:
        """The source of the code compiled as `file_name`; None for Python code that is no plan's."""
        return self._by_name.get(file_name)

    def translate(self, error: BaseException, steps: Steps | None = None) -> PlanError | None:
        """`error` as a plan error with place and call stack; None if it is none of the plan's doing."""
        entries = list(self.entries(error.__traceback__))
        plan_error = self.plain(error, entries, steps)
        return _placed(plan_error, entries) if plan_error is not None else None

    def plain(self, error: BaseException, entries: list[Entry], steps: Steps | None = None) -> PlanError | None:
        """`error` in the plan's words, without a place; None if it is none of the plan's doing."""
        plan_error = error if isinstance(error, PlanError) else _foreign(error, steps)
        # A wrong number of arguments for a plan's function is found by whoever calls it, and names the function.
        ours = "·" in str(error) or self._raised_by_plan(error.__traceback__)
        if plan_error is None and entries and ours:
            plan_error = _raised(error, entries[-1])
        return plan_error

    def frames(self, entries: list[Entry], above: list[Frame]) -> tuple[Frame, ...]:
        """The call stack that `entries` show, with the frames `above` them before it."""
        return tuple(_shortened([*above, *_calls(entries)]))

    def placed(self, error: PlanError, traceback: TracebackType | None) -> PlanError:
        """`error`, with the place and call stack that `traceback` shows."""
        return _placed(error, list(self.entries(traceback)))

    def _raised_by_plan(self, traceback: TracebackType | None) -> bool:
        """Whether an exception comes from generated code itself (or the thin wrapper of a function value)."""
        while traceback is not None and traceback.tb_next is not None:
            traceback = traceback.tb_next
        code = traceback.tb_frame.f_code if traceback is not None else None
        return code is not None and (code.co_filename in self._by_name or code.co_name == _FUNCTION_VALUE)

    def entries(self, traceback: TracebackType | None) -> Iterator[Entry]:
        """The plan's frames in a traceback, outermost first."""
        while traceback is not None:
            code = traceback.tb_frame.f_code
            source = self._by_name.get(code.co_filename)
            if source is not None:
                span = _span(source, code, traceback.tb_lasti)
                if span is not None:
                    yield source, span, traceback.tb_frame, code
            traceback = traceback.tb_next


def _placed(error: PlanError, entries: list[Entry]) -> PlanError:
    if error.place is None and entries:
        error.place = Place(entries[-1][0], entries[-1][1])
    if not error.frames:
        error.frames = tuple(_shortened([*_calls(entries)]))
    return error


def _span(source: Source, code: CodeType, offset: int) -> Span | None:
    """The place of the instruction at `offset`."""
    position = next(islice(code.co_positions(), offset // 2, None), None)
    if position is None:
        return None
    line, end_line, column, end_column = position
    if line is None or column is None or end_line is None or end_column is None:
        return None
    starts = source.starts
    if line > len(starts) or end_line > len(starts):
        return None
    return Span(starts[line - 1] + column, starts[end_line - 1] + end_column)


def _calls(entries: list[Entry]) -> list[Entry]:
    """The entries that are calls of plan functions."""
    calls: list[Entry] = []
    for entry in entries:
        if entry[3].co_name in ("<listcomp>", "<dictcomp>") and calls:
            calls[-1] = (entry[0], entry[1], *calls[-1][2:])  # the same function, but a more exact place
        elif _is_call(entry[3]) or entry is entries[-1]:
            calls.append(entry)
    return calls


def _shortened(calls: list[Entry | Frame]) -> Iterator[Frame]:
    """The plan's call stack, outermost first; the middle of a very deep one is left out."""
    left_out = max(0, len(calls) - 2 * _SHOWN)
    if left_out:
        calls = calls[:_SHOWN] + calls[-_SHOWN:]
    for i, call in enumerate(calls):
        skipped = left_out if i == _SHOWN else 0
        if isinstance(call, Frame):
            yield call._replace(skipped=skipped)
            continue
        source, span, frame, code = call
        local = frame.f_locals
        step = str(local.get("step", ""))
        yield Frame(plan_name(code.co_name), Place(source, span), tuple(turns_of(local)), step, skipped)


def _is_call(code: CodeType) -> bool:
    """Whether a frame is one of the plan's functions, not a comprehension or the entrance for unknown callers."""
    return code.co_name not in ("<listcomp>", "<dictcomp>") and not code.co_name.startswith("wf·")


def plan_name(name: str) -> str:
    """What the plan calls a generated function or variable."""
    if name == "main·":
        return ""
    if re.fullmatch(r"test\d+·", name):
        return IN_TEST
    return name.partition("·")[2]


def turns_of(local: dict[str, object]) -> Iterator[int]:
    """The loop turns in progress in a frame: each loop's iterator says how much of it is left."""
    for name, value in local.items():
        kind = type(value).__name__
        if name[0] != "t" or not name[1:].isdigit():
            continue
        if kind == "repeat":
            yield _FOREVER - length_hint(value)
        elif kind in _ITERATORS and (turn := _ITERATORS[kind](value)) is not None:
            yield turn


def _list_turn(iterator: object) -> int | None:
    state: Any = iterator.__reduce__()
    return state[2] if len(state) > 2 else None


_ITERATORS = {
    "list_iterator": _list_turn,
    "tuple_iterator": _list_turn,
    "range_iterator": _list_turn,
    "str_iterator": _list_turn,
    "str_ascii_iterator": _list_turn,
}


# --- Python's own exceptions, as the plan's errors -------------------------------------------------------


def _foreign(error: BaseException, steps: Steps | None) -> PlanError | None:
    match error:
        case ZeroDivisionError():
            return operators.division_by_zero()
        case OverflowError():
            return PlanError("arithmetic", "the result is too large for a float", "floats reach up to about 1.8e308")
        case ValueError() if str(error) == "math domain error":
            return PlanError("arithmetic", "this function has no real value here")
        case RecursionError():
            return LimitError(
                "the calls nest too deeply (more than 100,000 function calls inside one another)",
                "does this recursion ever end? A loop needs no depth",
            )
        case MemoryError():
            return LimitError("there is not enough memory for this value")
        case StopIteration() if steps is not None and steps.limit is not None:
            return steps.exhausted()
        case _:
            return None


def _raised(error: BaseException, entry: Entry) -> PlanError | None:
    """What Python itself has against an operation of generated code."""
    match error:
        case IndexError():
            return _index_error(entry)
        case TypeError():
            return _type_error(str(error))
        case NameError():
            python = getattr(error, "name", None) or str(error).partition("'")[2].partition("'")[0]
            name = plan_name(python)
            return PlanError("value", f"`{name}` is used before its `let` has run", "move the `let` further up")
        case _:
            return None


def _index_error(entry: Entry) -> PlanError:
    """Python does not say which list or index: look at the variables by name where the source is that plain."""
    source, span, frame, _ = entry
    found = re.fullmatch(r"\s*(\w+)\s*\[\s*(-?\w+)\s*\]\s*", source.text[span.start : span.end])
    held = {**frame.f_globals, **frame.f_locals}  # the variables of a session and constants of files are global
    values = {plan_name(k): v for k, v in held.items() if k.startswith("v")}
    if found and found[1] in values and hasattr(values[found[1]], "__len__"):
        place = values.get(found[2], int(found[2]) if re.fullmatch(r"-?\d+", found[2]) else None)
        place = _held_index(frame, len(values[found[1]])) if place is None else place
        if type(place) is int:
            return operators.out_of_range(values[found[1]], place)
    return PlanError("index", "this index is out of range")


def _held_index(frame: FrameType, size: int) -> int | None:
    """An index that only a temporary variable holds, as in lifted code: the one there that is out of range."""
    held = {v for k, v in frame.f_locals.items() if k[0] == "t" and k[1:].isdigit() and type(v) is int}
    outside = [place for place in held if not -size <= place < size]
    return outside[0] if len(outside) == 1 else None


_OPERATOR = "`{op}` does not work on {a} and {b}"
_MESSAGES = (
    (r"unsupported operand type\(s\) for (?P<op>\S+?):? '(?P<a>\w+)' and '(?P<b>\w+)'", _OPERATOR),
    (r"'(?P<op>\S+)' not supported between instances of '(?P<a>\w+)' and '(?P<b>\w+)'", _OPERATOR),
    (r"'in <string>' requires string as left operand, not (?P<a>\w+)", "`in` looks for text in text, not for {a}"),
    (r"argument of type '(?P<a>\w+)' is not iterable", "`in` looks into lists, dicts and texts, not into {a}"),
    (r"'(?P<a>\w+)' object is not callable", "{a} is not a function, so it cannot be called"),
    (r"'(?P<a>\w+)' object is not subscriptable", "{a} has no elements"),
    (r"unhashable type: '(?P<a>\w+)'", "{a} cannot be a key of a dict"),
    (r"(?P<f>\S+) missing \d+ required positional arguments?: (?P<names>.*)", "{f} needs {names}"),
    (r"(?P<f>\S+) takes 1 positional argument but (?P<m>\d+) w", "{f} takes 1 argument, not {m}"),
    (r"(?P<f>\S+) takes (?:from \d+ to )?(?P<n>\d+) pos.* but (?P<m>\d+) w", "{f} takes {n} arguments, not {m}"),
    (r"(?P<f>\S+) got an unexpected keyword argument '(?P<name>\S+)'", "{f} has no parameter called {name}"),
    (r"(?P<f>\S+) got multiple values for argument '(?P<name>\S+)'", "{f} was given {name} twice"),
)  # fmt: skip
_KINDS = {
    "str": "text", "int": "an int", "float": "a float", "bool": "a bool", "NoneType": "none", "PlanList": "a list",
    "range": "a list", "PlanDict": "a dict", "function": "a function", "builtin_function_or_method": "a function",
    "method": "a function", "TypeValue": "a type",
}  # fmt: skip


def _type_error(text: str) -> PlanError:
    """A TypeError of Python raised by generated code itself, in the plan's words."""
    for pattern, message in _MESSAGES:
        if found := re.search(pattern, text):
            words = {name: _word(name, value) for name, value in found.groupdict().items()}
            if message is _OPERATOR:
                return operators.refused(words["op"], words["a"], words["b"])
            return PlanError("type", message.format(**words))
    # The checker has ruled this out for values that are of their type; a mock's answer need not be.
    return PlanError(
        "type", "a value here is not of the type that it should have", "does a mock answer with another type?"
    )


def _word(group: str, value: str) -> str:
    if group in ("a", "b"):
        return _KINDS.get(value, "a value")
    if group == "f":
        name = plan_name(value.rpartition(".")[2].removesuffix("()")) or value.removesuffix("()")
        return "this function" if name == "fn" else f"`{name}`"
    if group in ("names", "name"):
        return ", ".join(f"`{plan_name(n) or n}`" for n in re.findall(r"[^\s',]+", value) if n != "and")
    return value
