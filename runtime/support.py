"""What generated code calls besides operators: errors, steps, checks. Some of it belongs to one run."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from itertools import repeat
from typing import Any

from . import changing, operators
from .display import formatted, literal, text
from .errors import LimitError, PlanError
from .growth import Growth
from .run import Run
from .standard.arguments import ABSENT
from .traces import Sources
from .values import FUNCTIONS, PlanDict, PlanList, TypeValue, Value, new_dict, share

_SHOWN = 60
_KEPT = 10_000
"""Caught errors that `fail` can raise again with their first place."""


def is_list_of(value: Value, count: int) -> bool:
    """Whether `value` is a list of exactly `count` elements, for patterns."""
    return (type(value) is PlanList or type(value) is range) and len(value) == count


def no_case(value: Value) -> None:
    """Raise the error for a value that no `case` matches."""
    raise PlanError("value", f"no case matches {_short(value)}", "add `case _ { … }` for everything else")


def callable_value(value: Value) -> Value:
    """`value` if it can be called."""
    return value if isinstance(value, FUNCTIONS) else operators.call_value(value)


def assertion(message: Value, op: str = "", left: Value = None, right: Value = None) -> PlanError:
    """The error of a failed `assert`; with `op`, the test was `left op right`."""
    compared = f"{_short(left)} {op} {_short(right)}" if op else ""
    if message is None:
        return PlanError("assert", f"this does not hold: {compared}" if compared else "this does not hold")
    return PlanError("assert", text(message), f"it was {compared}" if compared else "")


def _short(value: Value) -> str:
    shown = literal(value)
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 2] + " …"


class RunSupport:
    """The functions of generated code that belong to one run."""

    def __init__(self, run: Run, sources: Sources) -> None:
        """Serve `run`, whose code comes from `sources`."""
        self.run = run
        self.sources = sources
        self._caught: OrderedDict[int, tuple[str, PlanError]] = OrderedDict()
        """What was caught last, by the very text of its place that its `catch` bound, which goes wherever that goes.
        Texts that are merely equal say the same place, but in another turn or call."""

    def begin_step(self, title: str) -> None:
        """`step "title"`."""
        report = self.run.options.on_progress
        if report is not None:
            from .progress import StepStarted  # nobody watches most runs

            report(StepStarted(title))

    def caught(self, error: Exception) -> PlanDict:
        """What `catch e` binds: kind, message and place, with the fields of a failed dict. Limits are not caught."""
        plan_error = self.sources.translate(error, self.run.steps)
        if plan_error is None:
            raise error
        if isinstance(plan_error, LimitError):
            raise plan_error
        if plan_error.origin is not None and self.run.journal is not None:
            self.run.journal.caught(plan_error)
        where = str(plan_error.place) if plan_error.place is not None else ""
        if where:
            self._caught[id(where)] = where, plan_error
        if len(self._caught) > _KEPT:
            self._caught.popitem(last=False)
        return new_dict({"kind": plan_error.kind, "message": plan_error.message, "where": where, **plan_error.data})

    def forget(self) -> None:
        """The run is over: nothing is raised again."""
        self._caught.clear()

    def failure(self, value: Value) -> PlanError:
        """The error that `fail value` raises."""
        if type(value) is str:
            return PlanError("fail", value)
        if type(value) is not PlanDict:
            raise PlanError(
                "type",
                f"`fail` takes a text or a dict with a message, not {operators.words(value)}",
                'write fail "what went wrong"',
            )
        kind, message = value.get("kind", "fail"), value.get("message")
        if type(kind) is not str or type(message) is not str:
            raise PlanError(
                "type", "`fail` takes a dict whose `message` (and `kind`) is a text", 'fail {kind: "…", message: "…"}'
            )
        if kind == "limit":
            raise PlanError("value", "a plan cannot fail with the kind `limit`: no `catch` would see it")
        data = {k: share(v) for k, v in value.items() if k not in ("kind", "message", "where") and isinstance(k, str)}
        _, first = self._caught.get(id(value.get("where")), ("", None))
        if first is not None and (first.kind, first.message) == (kind, message):
            return PlanError(kind, message, first.hint, place=first.place, frames=first.frames, data=data)
        return PlanError(kind, message, data=data)

    def names(self) -> dict[str, Any]:
        """The global names of this run's functions."""
        return {
            **Growth(self.run.limits).names(),
            "begin_step": self.begin_step,
            "caught": self.caught,
            "failure": self.failure,
            "next_step": self.run.steps.next_step,
        }


class _Missing:
    """Marks an argument that was left out."""

    __slots__ = ()


MISSING = _Missing()


def library_value(function: Callable[..., Value]) -> Callable[..., Value]:
    """A library function as a value: named arguments come under plan names."""

    def library_function_value(*args: Value, **named: Value) -> Value:
        return function(*args, **{name.partition("·")[2] or name: value for name, value in named.items()})

    library_function_value.__name__ = getattr(function, "__name__", "function")
    return library_function_value


NAMES: dict[str, Any] = {
    **operators.HELPERS,
    **changing.HELPERS,
    "__builtins__": {},
    "len": len, "type": type, "iter": iter, "range": range, "repeat": repeat, "bool": bool,
    "PlanList": PlanList, "PlanDict": PlanDict, "TypeValue": TypeValue, "Exception": Exception,
    "FUNCTION_TYPES": FUNCTIONS, "INT_MAX": operators.INT_LIMIT, "INT_MIN": -operators.INT_LIMIT,
    "missing": MISSING, "list_append": list[Value].append, "dict_get": dict[Value, Value].get,
    "text": text, "formatted": formatted, "is_list_of": is_list_of,
    "absent": ABSENT, "P·lower": str.lower, "P·upper": str.upper, "P·strip": str.strip,
    "P·starts_with": str.startswith, "P·ends_with": str.endswith, "P·sqrt": math.sqrt, "P·sin": math.sin,
    "P·cos": math.cos, "C·pi": math.pi, "C·inf": math.inf, "no_case": no_case, "assertion": assertion,
    "callable_value": callable_value,
}  # fmt: skip
"""The global names of generated code that are the same in every run; `type_builders` has those of typed programs."""
