"""What stands in for a function that a test mocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from .errors import PlanError
from .validate import validate
from .values import FUNCTIONS, Value, share

if TYPE_CHECKING:  # programs without types do not pay for them
    from planlang.lang.types import Type

    from .type_builders import ResultOfTypes

_TAKES_ANY = 0x04
"""The flag of a code object that takes any number of arguments: a library function as a value."""


class Mock:
    """What answers instead of a function: another function, or answers handed out one after the other.

    function: what answers; None where answers are handed out. declared: the arguments that it gets, None for all.
    """

    __slots__ = ("_answers", "_wanted", "declared", "function", "name")

    def __init__(self, name: str, value: Value, wanted: Type | ResultOfTypes | None = None) -> None:
        """`value` answers for the function that the plan calls `name`; each answer is checked to be a `wanted`."""
        self.name = name
        self.function: Any = None
        self.declared: tuple[str, ...] | None = None
        self._answers: Iterator[Value] = iter(())
        self._wanted = wanted
        if isinstance(value, (list, range)):
            self._answers = iter(list(value))
        elif isinstance(value, FUNCTIONS):
            self.function = value
            self.declared = _declared(value)
        else:
            raise PlanError("type", f"`mock {name}` takes a function or a list of answers", "mock f = fn(x) => …")

    def __call__(self, *args: Value, **named: Value) -> Value:
        """The answer to one call, where everything is known."""
        wanted = self.wanted(args, named)
        if self.function is None:
            return self.next_answer(wanted)
        args, named = self.taken(args, named)
        return self.checked(self.function(*args, **named), wanted)

    def taken(self, args: tuple[Value, ...], named: dict[str, Value]) -> tuple[tuple[Value, ...], dict[str, Value]]:
        """The arguments of a call that the function declares, named ones by the names of its parameters."""
        known = {plan if plan.startswith("v·") else f"v·{plan}": given for plan, given in named.items()}
        if self.declared is None:
            return args, known
        rest = self.declared[len(args) :]
        return args[: len(self.declared)], {name: given for name, given in known.items() if name in rest}

    def next_answer(self, wanted: Type | None) -> Value:
        """The next of the answers in the list."""
        for answer in self._answers:
            return self.checked(share(answer), wanted)
        raise PlanError("value", f"the mock of `{self.name}` has no answers left", "list one answer for each call")

    def checked(self, answer: Value, wanted: Type | None) -> Value:
        """`answer`, if the mocked function could have given it: the code behind it relies on that."""
        return validate(answer, wanted, self.said) if wanted is not None else answer

    def checker(self, wanted: Type) -> Callable[[Value], Value]:
        """What checks an answer that is not known yet."""
        return lambda answer: self.checked(answer, wanted)

    @property
    def said(self) -> str:
        """What messages call an answer."""
        return f"what the mock of `{self.name}` gives"

    def wanted(self, args: tuple[Value, ...], named: dict[str, Value]) -> Type | None:
        """What the answer to a call with these arguments must be; None where it surely is."""
        if self._wanted is None:
            return None
        from .type_builders import ResultOfTypes

        if not isinstance(self._wanted, ResultOfTypes):
            return self._wanted
        return self._wanted.of(args, {name.removeprefix("v·"): given for name, given in named.items()})

    def direct(self) -> Callable[..., Value]:
        """A function that gives the answers, for direct code."""

        def mocked(*args: Value, **named: Value) -> Value:
            return self(*args, **named)

        mocked.__name__ = self.name
        return mocked


def _declared(function: Any) -> tuple[str, ...] | None:
    """The Python names of a function's parameters, that of the context left out; None if it takes any."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_flags & _TAKES_ANY:
        return None
    names = code.co_varnames[: code.co_argcount]
    return tuple(name for name in names if name.startswith("v"))
