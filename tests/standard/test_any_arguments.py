"""Whatever values a standard function is given, it answers or fails with an error of the language."""

from __future__ import annotations

import inspect
import io
import itertools
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planlang.lang.standard import TEXTS
from planlang.runtime.errors import PlanError
from planlang.runtime.run import Limits, Run, RunOptions
from planlang.runtime.standard import bind
from planlang.runtime.values import FUNCTIONS, Opaque, PlanDict, PlanList, TypeValue, Value

from .values import values

PYTHON_WORDS = re.compile(r"PlanList|PlanDict|<class|0x[0-9a-f]{8,}|Traceback|NoneType|object at")


@pytest.mark.parametrize("name", TEXTS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_function_gives_plan_values_or_plan_errors(name: str, data: st.DataObject):
    function = bind(name, _run())
    parameters = [p for p in inspect.signature(function).parameters.values() if p.kind is not p.KEYWORD_ONLY]
    fewest = sum(p.default is p.empty and p.kind is not p.VAR_POSITIONAL for p in parameters)
    arguments = data.draw(st.lists(values, min_size=fewest, max_size=len(parameters)))
    try:
        result = function(*arguments)
    except PlanError as error:
        said = error.message + error.hint
    else:
        said = "a value"
        assert _is_plan_value(result)
    assert said
    assert not PYTHON_WORDS.search(said)


def _run() -> Run:
    limits = Limits(value_size=1_000_000, max_steps=300_000)
    return Run(RunOptions(limits=limits, out=io.StringIO(), err=io.StringIO(), ask=lambda _: "yes"))


def _is_plan_value(value: Value) -> bool:
    if type(value) is PlanList:
        return hasattr(value, "shared") and all(map(_is_plan_value, value))
    if type(value) is PlanDict:
        return hasattr(value, "shared") and all(map(_is_plan_value, itertools.chain(value, value.values())))
    return value is None or isinstance(value, (bool, int, float, str, range, Opaque, TypeValue, *FUNCTIONS))


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("upper", [[1]], "`upper` needs text, not a list"),
        ("replace", ["a", "b", 1], "`replace` needs text as `new`, not an int"),
        ("sqrt", ["4"], "`sqrt` needs a number, not text"),
        ("sqrt", [True], "`sqrt` needs a number, not a bool"),
        ("range", [1.5], "`range` needs an int, not a float"),
        ("len", [5], "`len` needs text, a list or a dict, not an int"),
        ("keys", [[1]], "`keys` needs a dict, not a list"),
        ("map", ["abc", len], "`map` needs a list, not text"),
        ("map", [[1], "f"], "`map` needs a function as `f`, not text"),
        ("join", [["a", 1]], "`join` needs a list of texts, and this one has an int in it"),
        ("sum", [["a"]], "`sum` needs a list of numbers, and this one has text in it"),
        ("sorted", [[1, "a"]], "`sorted` cannot order an int and text"),
        ("validate", [1, "int"], "`validate` needs the name of a type, not text"),
        ("strip", [None], "`strip` needs text, not none"),
    ],
)
def test_an_argument_of_the_wrong_type_is_named(call, name: str, arguments: list[Value], message: str):
    error = call.error(name, *arguments)
    assert ("type", message) == (error.kind, error.message)


def test_the_answer_of_a_test_must_be_a_bool(call):
    error = call.error("filter", [1], lambda x: x)
    assert "the function given to `filter` must answer true or false, not an int" == error.message
