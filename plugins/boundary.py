"""Values on their way into plugin code and out of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from planlang.lang.types import Type
from planlang.runtime import validate, values
from planlang.runtime.errors import PlanError
from planlang.runtime.values import Value


def incoming(value: Value) -> Any:
    """Plain Python data for plugin code, which may do with it what it likes: the plan's own value stays as it is."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, values.FUNCTIONS):
        return _callback(value)
    return values.to_python(value)


def _callback(function: Callable[..., Value]) -> Callable[..., Any]:
    """A function of the plan for plugin code to call: Python data in, Python data out."""

    def call(*arguments: Any) -> Any:
        return incoming(function(*(values.from_python(argument) for argument in arguments)))

    return call


def outgoing(answer: Any, type_: Type, plugin: str, function: str) -> Value:
    """The plan value of what plugin code gave; raises `PlanError` that names the plugin if it is not of `type_`."""
    try:
        return validate.validate(values.from_python(answer), type_, "the answer")
    except PlanError as error:
        raise PlanError(
            "call", f"the plugin `{plugin}` gave a wrong answer in `{function}`: {error.message}"
        ) from error
