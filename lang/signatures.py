"""What is known about a function without running it: names, types, effect and documentation."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from .types import ANY, FunctionType, Type


class Effect(IntEnum):
    """What calling a function can do, from least to most; §6 of the language reference."""

    PURE = 0
    """Runs inside the interpreter and gives the same answer for the same arguments."""
    MODEL = 1
    """Runs on a worker, takes time, changes nothing that the plan can see."""
    OBSERVATION = 2
    """Looks at the world (`read`, `list_dir`, `now`): changes nothing."""
    CHANGE = 3
    """Changes the world (`print`, `write`)."""


@dataclass(frozen=True, slots=True)
class SignatureParameter:
    """One parameter. `default` is the default as plan source ("none", "2"), None where the argument is required."""

    name: str
    type: Type = ANY
    default: str | None = None
    description: str = ""
    variadic: bool = False
    """Takes any number of arguments by position (`print(a, b)`); those after it are given by name only."""
    keyword_only: bool = False
    option: bool = False
    """Taken because it is a model call, not declared by the function (§6)."""


@dataclass(frozen=True, slots=True)
class Permission:
    """A right that a call needs: `kind` is read, write, net or env.

    `parameter` names the argument that says which path, host or variable; None means any.
    """

    kind: str
    parameter: str | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """A function as its callers see it."""

    name: str
    params: tuple[SignatureParameter, ...] = ()
    result: Type = ANY
    effect: Effect = Effect.PURE
    doc: str = ""
    plugin: str | None = None
    """The plugin that gives it; None for a standard function."""
    permissions: tuple[Permission, ...] = ()
    callbacks: bool = field(default=False)
    """Calls functions that it is given, so that its effect is at least theirs."""

    @property
    def takes_model(self) -> bool:
        """Whether `model=` says which model answers: so it does unless another argument names it."""
        return self.effect is Effect.MODEL and any(p.name == "model" and p.option for p in self.params)

    def type(self) -> FunctionType:
        """Its type when it is used as a value. With optional parameters, how many it takes is not part of it."""
        if any(p.variadic or (p.default is not None and not p.keyword_only) for p in self.params):
            return FunctionType(None, self.result)
        return FunctionType(tuple(p.type for p in self.params if not p.keyword_only), self.result)
