"""Types in the language's own syntax, for messages."""

from __future__ import annotations

from collections.abc import Sequence

from .types import (
    AnyType,
    DictType,
    FunctionType,
    ListType,
    LiteralType,
    Named,
    NeverType,
    OpaqueType,
    RecordType,
    Scalar,
    TupleType,
    Type,
    TypeOf,
    TypeVariable,
    UnionType,
)

MOST_MEMBERS = 8
"""Members of a union or fields of a record that a message shows before it says "…"."""


def display(of: Type, depth: int = 3) -> str:
    """`of` as a plan would write it; what lies deeper than `depth` levels is shown as `…`."""
    if isinstance(of, (Scalar, OpaqueType, TypeVariable, Named)):
        return of.name
    if isinstance(of, AnyType):
        return "any"
    if isinstance(of, NeverType):
        return "never"
    if isinstance(of, LiteralType):
        return literal(of.value)
    if isinstance(of, RecordType) and of.name:
        return of.name
    if depth <= 0:
        return "…"
    return _compound(of, depth - 1)


def literal(value: bool | float | str | None) -> str:
    """A scalar as a plan would write it."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("{", "\\{").replace("}", "\\}")
        return '"' + escaped.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r") + '"'
    return repr(value) if isinstance(value, float) or abs(value) < 10**18 else "…"


def described(of: Type) -> str:
    """`of` with an article, for "this is …": a list, text, none."""
    if isinstance(of, LiteralType):
        return literal(of.value)
    if isinstance(of, Scalar):
        return {"none": "none", "bool": "a bool", "int": "an int", "float": "a float", "str": "a text"}[of.name]
    if isinstance(of, FunctionType):
        return "a function"
    if isinstance(of, (ListType, TupleType)):
        return f"a list (`{display(of)}`)"
    if isinstance(of, RecordType) and not of.name:
        return f"a dict (`{display(of)}`)"
    return f"`{display(of)}`"


def listed(values: Sequence[bool | int | float | str | None], word: str = "or") -> str:
    """Literals in a row: `"a", "b" or "c"`."""
    shown = [literal(value) for value in values[:MOST_MEMBERS]]
    if len(values) > MOST_MEMBERS:
        return ", ".join(shown) + ", …"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {word} {shown[-1]}"


def _compound(of: Type, depth: int) -> str:
    if isinstance(of, ListType):
        return f"list[{_inner(of.element, depth)}]"
    if isinstance(of, TupleType):
        return "[" + ", ".join(display(item, depth) for item in of.items) + "]"
    if isinstance(of, DictType):
        return _dict(of, depth)
    if isinstance(of, RecordType):
        return _record(of, depth)
    if isinstance(of, UnionType):
        return _union(of, depth)
    if isinstance(of, FunctionType):
        params = "…" if of.params is None else ", ".join(display(p, depth) for p in of.params)
        return f"fn({params}) -> {display(of.result, depth)}"
    if isinstance(of, TypeOf):
        return f"type {display(of.type, depth)}"
    return "any"


def _inner(of: Type, depth: int) -> str:
    return "any" if isinstance(of, NeverType) else display(of, depth)


def _dict(of: DictType, depth: int) -> str:
    value = _inner(of.value, depth)
    if isinstance(of.key, NeverType) or of.key == Scalar("str"):
        return f"dict[{value}]"
    return f"dict[{display(of.key, depth)}, {value}]"


def _record(of: RecordType, depth: int) -> str:
    fields = [f"{entry.name}: {display(entry.type, depth)}" for entry in of.fields[:MOST_MEMBERS]]
    if len(of.fields) > MOST_MEMBERS:
        fields.append("…")
    return "{" + ", ".join(fields) + "}"


def _union(of: UnionType, depth: int) -> str:
    none = Scalar("none")
    rest = [member for member in of.members if member != none]
    if len(rest) == 1 and len(of.members) == 2:
        text = display(rest[0], depth)
        return f"({text})?" if isinstance(rest[0], FunctionType) else f"{text}?"
    shown = [
        f"({display(m, depth)})" if isinstance(m, FunctionType) else display(m, depth)
        for m in of.members[:MOST_MEMBERS]
    ]
    if len(of.members) > MOST_MEMBERS:
        shown.append("…")
    return " | ".join(shown)
