"""Types in generated code: an expression that builds a type again when a compiled file is loaded."""

from __future__ import annotations

import ast

from planlang.lang import types as t
from planlang.lang.signatures import Signature
from planlang.lang.typing import members

from . import nodes as py


def type_expression(of: t.Type) -> ast.expr:
    """Python code that gives `of`, in terms of `type_builders.TYPE_NAMES`."""
    return _Writer().write(of)


def result_expression(signature: Signature) -> ast.expr:
    """Python code that gives the `ResultOfTypes` of a function whose result is a type that it is given."""
    takers = [
        py.tuple_((py.constant(p.name), py.constant(-1 if p.keyword_only else at), py.constant(member.type.name)))
        for at, p in enumerate(signature.params)
        for member in members(p.type)
        if isinstance(member, t.TypeOf) and isinstance(member.type, t.TypeVariable)
    ]
    return py.call("result_of_types", _Writer(variables=True).write(signature.result), *takers)


class _Writer:
    """Writes one type; a declared type met again inside itself becomes a reference by number.

    variables: whether type variables stay what they are; otherwise they are `any`.
    """

    def __init__(self, *, variables: bool = False) -> None:
        self.open: list[t.Named] = []
        self.variables = variables

    def write(self, of: t.Type) -> ast.expr:  # noqa: C901 - a table
        match of:
            case t.AnyType() | t.NeverType() | t.TypeVariable():
                return self.unknown(of)
            case t.Scalar(name=name):
                return py.call("scalar_type", py.constant(name))
            case t.LiteralType(value=value):
                return py.call("literal_type", py.constant(value))
            case t.ListType(element=element):
                return py.call("list_type", self.write(element))
            case t.TupleType(items=items):
                return py.call("tuple_type", *(self.write(i) for i in items))
            case t.DictType(key=key, value=value):
                return py.call("dict_type", self.write(key), self.write(value))
            case t.RecordType(fields=fields, name=name):
                return py.call("record_type", py.constant(name), *(self.field(f) for f in fields))
            case t.UnionType(members=members):
                return py.call("union_type", *(self.write(m) for m in members))
            case t.FunctionType():
                return py.call("function_type")
            case t.OpaqueType(name=name):
                return py.call("opaque_type", py.constant(name))
            case t.TypeOf(type=inner):
                return py.call("type_of_type", self.write(inner))
            case t.Named():
                return self.named(of)

    def unknown(self, of: t.AnyType | t.NeverType | t.TypeVariable) -> ast.expr:
        if not self.variables or not isinstance(of, t.TypeVariable):
            return py.call("any_type")
        return py.call("variable_type", py.constant(of.name), self.write(of.default or t.ANY))

    def field(self, of: t.RecordField) -> ast.expr:
        parts = py.constant(of.name), self.write(of.type), py.constant(of.optional), py.constant(of.description)
        return py.tuple_(parts)

    def named(self, of: t.Named) -> ast.expr:
        if of in self.open:
            return py.call("type_reference", py.constant(len(self.open) - self.open.index(of)))
        if of.type is None:
            return py.call("any_type")
        self.open.append(of)
        inner = self.write(of.type)
        self.open.pop()
        return py.call("named_type", py.constant(of.name), inner)
