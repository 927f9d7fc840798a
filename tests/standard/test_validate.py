"""Whether values are of types, and what is said where they are not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from planlang.lang.types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    MODEL,
    NEVER,
    NONE,
    STR,
    DictType,
    FunctionType,
    ListType,
    LiteralType,
    Named,
    RecordField,
    RecordType,
    TupleType,
    Type,
    TypeOf,
    optional,
    union,
)
from planlang.runtime.errors import PlanError
from planlang.runtime.validate import conforms, validate
from planlang.runtime.values import TypeValue, from_python

from .values import tower, values

LABEL = union(LiteralType("bug"), LiteralType("praise"))
ROW = RecordType((RecordField("label", LABEL), RecordField("n", optional(INT), optional=True)))
TREE = Named("Tree")
TREE.type = RecordType((RecordField("value", INT), RecordField("children", ListType(TREE))))
OK = RecordType((RecordField("kind", LiteralType("ok")), RecordField("value", INT)))
FAILED = RecordType((RecordField("kind", LiteralType("error")), RecordField("message", STR)))
NESTED = Named("Nested")
NESTED.type = union(INT, ListType(NESTED))


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        (1, INT), (1, FLOAT), (1.5, FLOAT), (True, BOOL), (None, NONE), ("a", STR), ("bug", LABEL),
        (None, optional(INT)),
        ([1, 2], ListType(INT)), (range(3), ListType(INT)), (range(3), ListType(FLOAT)), ([], ListType(STR)),
        (range(2), TupleType((INT, INT))), ([1, "a"], TupleType((INT, STR))), (range(2), ListType(union(INT, STR))),
        ({"a": 1}, DictType(STR, INT)), ({1: "a"}, DictType(INT, STR)), ({"label": "bug"}, ROW),
        ({"label": "bug", "n": None, "more": [1]}, ROW),
        ({"value": 1, "children": [{"value": 2, "children": []}]}, TREE),
        ({"kind": "error", "message": "x"}, union(OK, FAILED)), (len, FunctionType(None, ANY)), ("m", MODEL),
        ([[1], [[2]]], NESTED), (range(2), ListType(union(LiteralType(0), LiteralType(1)))), ([len, {}], ListType(ANY)),
    ],
)  # fmt: skip
def test_a_value_of_its_type_is_given_back(value: object, type_: Type):
    plan_value = from_python(value)
    assert plan_value is validate(plan_value, type_)
    assert conforms(plan_value, type_)


@pytest.mark.parametrize(
    ("value", "type_", "message"),
    [
        (True, INT, "x: expected int, found true"),
        (1, BOOL, "x: expected bool, found 1"),
        (1, LiteralType(True), "x: expected true, found 1"),
        (1.0, LiteralType(1), "x: expected 1, found 1.0"),
        ("praize", LABEL, 'x: expected "bug" | "praise", found "praize"'),
        ([1, "a"], ListType(INT), 'x[1]: expected int, found "a"'),
        ([{"label": "bug"}, {"label": "spam"}], ListType(ROW), 'x[1].label: expected "bug" | "praise", found "spam"'),
        ({"lable": "bug"}, ROW, "x: the field `label` is missing"),
        ({"label": "bug", "n": "1"}, ROW, 'x.n: expected int?, found "1"'),
        ([1], TupleType((INT, INT)), "x: expected [int, int], found a list of 1"),
        ({"a key": "b"}, DictType(STR, INT), 'x["a key"]: expected int, found "b"'),
        ({1: 1}, DictType(STR, INT), "x: expected str, found 1"),
        ({"kind": "error", "message": 1}, union(OK, FAILED), "x.message: expected str, found 1"),
        ({"value": 1, "children": [{"value": "2"}]}, TREE, 'x.children[0].value: expected int, found "2"'),
        ([1], STR, "x: expected str, found a list of 1"),
        ({"a": 1, "b": 2}, INT, "x: expected int, found a dict with a, b"),
        (1, NEVER, "x: expected never, found 1"),
        (range(3), ListType(STR), "x[0]: expected str, found 0"),
        (range(3), ListType(LiteralType(0)), "x[1]: expected 0, found 1"),
        (1, FunctionType(None, ANY), "x: expected fn(…) -> any, found 1"),
        ([[1, ["a"]]], NESTED, 'x[0][1][0]: expected int | list[Nested], found "a"'),
    ],
)
def test_a_value_of_another_type_is_named_with_its_place(value: object, type_: Type, message: str):
    with pytest.raises(PlanError) as caught:
        validate(from_python(value), type_, "x")
    assert ("value", message) == (caught.value.kind, caught.value.message)


def test_a_near_literal_is_suggested():
    with pytest.raises(PlanError) as caught:
        validate("praize", LABEL)
    assert 'did you mean "praise"?' == caught.value.hint


def test_a_type_is_a_value():
    assert conforms(TypeValue("Label", LABEL), TypeOf(LABEL))
    assert not conforms("Label", TypeOf(LABEL))


def test_deep_values_are_checked_without_a_stack():
    assert conforms(tower(10_000), NESTED)
    assert not conforms(tower(10_000, "a"), NESTED)


@settings(deadline=None)
@given(values)
def test_any_takes_every_value(value: object):
    assert conforms(value, ANY)
    assert not conforms(value, NEVER)
