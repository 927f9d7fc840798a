"""Standard functions on values of any type."""

from __future__ import annotations

from planlang.lang.types import LiteralType, Named, Scalar, Type, UnionType
from planlang.runtime import display
from planlang.runtime.errors import PlanError
from planlang.runtime.run import Run
from planlang.runtime.values import PlanDict, PlanList, TypeValue, Value, new_list, share, type_name

from .arguments import wrong
from .registry import Registry

FUNCTIONS = Registry()
_SIZED = frozenset((str, PlanList, PlanDict, range))


@FUNCTIONS.add
def len_(x: Value) -> int:
    """The number of characters, elements or keys."""
    if type(x) in _SIZED:
        return len(x)
    raise wrong("len", "text, a list or a dict", x)


@FUNCTIONS.add_with_run
def str_(run: Run, x: Value) -> str:
    """The value as text."""
    return x if type(x) is str else _counted(run, display.literal(x, run.limits))


@FUNCTIONS.add_with_run
def repr_(run: Run, x: Value) -> str:
    """The value as the language writes it."""
    return _counted(run, display.literal(x, run.limits))


def _counted(run: Run, text: str) -> str:
    """`text`, its making counted as one step for every eight characters."""
    run.tick(len(text) >> 3)
    return text


@FUNCTIONS.add
def type_of(x: Value) -> str:
    """The name of the value's type."""
    return type_name(x)


def _type(function: str, wanted: Value) -> Type:
    if type(wanted) is TypeValue:
        return wanted.type
    raise wrong(function, "the name of a type", wanted, "declare one with `type Name = …` and give its name")


@FUNCTIONS.add
def validate(x: Value, wanted: Value) -> Value:
    """The value if it is of the type."""
    from planlang.runtime.validate import validate as check

    return share(check(x, _type("validate", wanted)))


@FUNCTIONS.add
def conforms(x: Value, wanted: Value) -> bool:
    """Whether the value is of the type."""
    from planlang.runtime.validate import conforms as check

    return check(x, _type("conforms", wanted))


@FUNCTIONS.add
def options(kind: Value) -> PlanList:
    """The literals of a type."""
    wanted = _type("options", kind)
    found = _literals(wanted)
    if found is None:
        raise PlanError("value", f"`options` needs a type made of literals, which {kind.name} is not")
    return new_list(found)


def _literals(wanted: Type) -> list[Value] | None:
    if isinstance(wanted, Named) and wanted.type is not None:
        return _literals(wanted.type)
    members = wanted.members if isinstance(wanted, UnionType) else (wanted,)
    found: list[Value] = []
    for member in members:
        if isinstance(member, LiteralType):
            found.append(member.value)
        elif isinstance(member, Scalar) and member.name in ("none", "bool"):
            found.extend([None] if member.name == "none" else [True, False])
        else:
            return None
    return found
