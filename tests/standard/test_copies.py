"""Values are values: what a function gives shares no change with what it was given."""

from __future__ import annotations

import pytest

from planlang.runtime.run import Run
from planlang.runtime.standard import bind
from planlang.runtime.values import PlanDict, PlanList, Value, from_python, own_dict, own_list, to_python

ROW = {"n": [1]}
CALLS = {
    "sorted": ([[ROW], lambda _: 1], [0]),
    "top": ([[ROW], 1, lambda _: 1], [0]),
    "min": ([[ROW]], []),
    "max": ([[ROW]], []),
    "first": ([[ROW]], []),
    "last": ([[ROW]], []),
    "map": ([[ROW], lambda x: x], [0]),
    "filter": ([[ROW], lambda _: True], [0]),
    "find_first": ([[ROW], lambda _: True], []),
    "reduce": ([[], lambda a, _: a, ROW], []),
    "group_by": ([[ROW], lambda _: "k"], ["k", 0]),
    "enumerate": ([[ROW]], [0, 1]),
    "zip": ([[ROW], [ROW]], [0, 0]),
    "reversed": ([[ROW]], [0]),
    "unique": ([[ROW]], [0]),
    "flatten": ([[[ROW]]], [0]),
    "chunks": ([[ROW], 1], [0, 0]),
    "shuffle": ([[ROW]], [0]),
    "sample": ([[ROW], 1], [0]),
    "values": ([{"k": ROW}], [0]),
    "items": ([{"k": ROW}], [0, 1]),
    "get": ([{"k": ROW}, "k"], []),
    "merge": ([{"k": ROW}, {}], ["k"]),
    "pick": ([{"k": ROW}, ["k"]], ["k"]),
    "without": ([{"k": ROW}, []], ["k"]),
}


@pytest.mark.parametrize("name", CALLS)
def test_changing_the_answer_leaves_the_argument_as_it_was(name: str):
    given, path = CALLS[name]
    arguments = [from_python(a) for a in given]
    before = to_python(arguments[0])
    if name == "reduce":
        before, arguments[0] = to_python(arguments[2]), arguments[0]
    place = _own(bind(name, Run())(*arguments), path)
    _own_item(place, "n").append(2)
    assert [1, 2] == to_python(place["n"])
    assert before == to_python(arguments[2] if name == "reduce" else arguments[0])


def _own(value: Value, path: list[Value]) -> Value:
    """The container at `path` in `value`, made our own on the way, as generated code does before a change."""
    place = _own_one(value)
    for step in path:
        place = _own_item(place, step)
    return place


def _own_item(holder: Value, step: Value) -> Value:
    holder[step] = _own_one(holder[step])
    return holder[step]


def _own_one(value: Value) -> Value:
    if type(value) is PlanList:
        return own_list(value) if value.shared else value
    assert type(value) is PlanDict
    return own_dict(value) if value.shared else value


@pytest.mark.parametrize("name", ["min", "first", "last", "get", "env", "from_json"])
def test_a_default_that_is_given_back_is_shared(name: str):
    default = from_python([1])
    arguments = {"get": [from_python({}), "k"], "from_json": ["?"], "env": ["PLAN_MISSING"]}.get(
        name, [from_python([])]
    )
    run = Run()
    if name == "env":
        from planlang.runtime.permissions import Permissions

        run.permissions = Permissions(env=())
    answer = bind(name, run)(*arguments, default=default)
    _own(answer, []).append(2)
    assert [1] == to_python(default)
