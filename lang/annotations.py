"""Type annotations: from the tree's type nodes to `types.Type`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import tree
from .diagnostics import Label
from .findings import Findings
from .joining import exceeds
from .name_habits import TYPE_HABITS
from .suggestions import closest
from .types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    MODEL,
    NONE,
    STR,
    DictType,
    FunctionType,
    ListType,
    LiteralType,
    Named,
    OpaqueType,
    RecordField,
    RecordType,
    TupleType,
    Type,
    TypeOf,
    TypeVariable,
    UnionType,
    union,
)
from .typing import expand, has_none

BUILT_IN: dict[str, Type] = {
    "none": NONE,
    "bool": BOOL,
    "int": INT,
    "float": FLOAT,
    "str": STR,
    "any": ANY,
    "model": MODEL,
    "list": ListType(ANY),
    "dict": DictType(ANY, ANY),
}
"""Types that need no declaration. `list` and `dict` alone are of anything."""

LARGEST = 10_000
"""The most parts that a declared type may have."""

MemberType = Callable[[tree.TypeName], Type | None]


class TypeReader:
    """Turns type nodes of one file into types, and reports those that mean nothing.

    `declared` gets the type of every node read. `member` answers `helpers.Review`; None where it has reported.
    """

    def __init__(
        self,
        declared: dict[tree.Node, Type],
        findings: Findings,
        opaque: Mapping[str, str],
        member: MemberType,
    ) -> None:
        """Start without declarations."""
        self.declared = declared
        self.findings = findings
        self.known: dict[str, Type] = {}
        self.variables: frozenset[str] = frozenset()
        self._definitions: dict[str, tree.TypeDef] = {}
        self._reading: dict[str, Named] = {}
        self._opaque = opaque
        self._member = member

    def declare(self, definitions: list[tree.TypeDef]) -> None:
        """Read the `type` declarations of a file, which may refer to each other in any order."""
        for definition in definitions:
            if definition.name in BUILT_IN:
                self.findings.error(
                    "PL0202",
                    definition.name_span,
                    f"`{definition.name}` is already a type of the language",
                    "choose another name",
                )
            self.known.pop(definition.name, None)
            self._definitions[definition.name] = definition
        for definition in definitions:
            if definition.name not in self.known:
                self._define(definition)

    def _define(self, definition: tree.TypeDef) -> Type:
        name = definition.name
        placeholder = self._reading[name] = Named(name)
        found = self.read(definition.type)
        if isinstance(found, RecordType) and isinstance(definition.type, tree.TypeRecord):
            found = RecordType(found.fields, name)
        del self._reading[name]
        placeholder.type = found
        if _only_itself(found, placeholder):
            self.findings.error(
                "PL0314",
                definition.name_span,
                f"the type `{name}` stands for nothing but itself",
                "a type may hold itself only inside a list, a dict or a record",
            )
            placeholder.type = found = ANY
        elif exceeds(found, LARGEST):
            self.findings.error(
                "PL0314",
                definition.name_span,
                f"the type `{name}` has more than {LARGEST:,} parts when it is written out",
                "take it apart, or let a part of it be `any`",
            )
            placeholder.type = found = ANY
        self.known[name] = found
        return found

    def read(self, node: tree.TypeNode) -> Type:
        """The type that `node` states."""
        found = self._read(node)
        self.declared[node] = found
        return found

    def _read(self, node: tree.TypeNode) -> Type:
        if isinstance(node, tree.TypeName):
            return self._name(node)
        if isinstance(node, tree.TypeApply):
            return self._apply(node)
        if isinstance(node, tree.TypeTuple):
            return TupleType(tuple(self.read(item) for item in node.items))
        if isinstance(node, tree.TypeRecord):
            return self._record(node)
        if isinstance(node, tree.TypeLiteral):
            return NONE if node.value is None else LiteralType(node.value)
        if isinstance(node, tree.TypeUnion):
            return union(*(self.read(member) for member in node.members))
        if isinstance(node, tree.TypeOptional):
            return union(self.read(node.type), NONE)
        return FunctionType(tuple(self.read(param) for param in node.params), self.read(node.result))

    def _name(self, node: tree.TypeName) -> Type:
        if node.module is not None:
            return self._member(node) or ANY
        name = node.id
        if name in self.variables:
            return TypeVariable(name)
        if name in self._reading:
            return self._reading[name]
        if name in self.known:
            return self.known[name]
        if name in self._definitions:
            return self._define(self._definitions[name])
        if name in BUILT_IN:
            return BUILT_IN[name]
        if name in self._opaque:
            return OpaqueType(name)
        self._unknown(node)
        return ANY

    def _unknown(self, node: tree.TypeName) -> None:
        habit = TYPE_HABITS.get(node.id)
        near = closest(node.id, [*self._definitions, *BUILT_IN, *self._opaque])
        hint = habit or (f"did you mean `{near}`?" if near else f"declare it with `type {node.id} = …`")
        self.findings.error("PL0212", node.span, f"there is no type `{node.id}`", hint)

    def _apply(self, node: tree.TypeApply) -> Type:
        arguments = tuple(self.read(argument) for argument in node.arguments)
        if node.id == "list" and len(arguments) == 1:
            return ListType(arguments[0])
        if node.id == "dict" and len(arguments) in (1, 2):
            return DictType(*arguments) if len(arguments) == 2 else DictType(STR, arguments[0])
        if node.id == "type" and len(arguments) == 1:
            return TypeOf(arguments[0])
        self.findings.error("PL0314", node.span, *self._wrong_arguments(node))
        return ANY

    def _wrong_arguments(self, node: tree.TypeApply) -> tuple[str, str]:
        if node.id == "list":
            return "`list` takes one type", "write `list[str]`, or `[str, int]` for a list of exactly these two"
        if node.id == "dict":
            return (
                "`dict` takes the type of the values, or those of keys and values",
                "write `dict[int]` (keys are text) or `dict[int, str]`",
            )
        habit = TYPE_HABITS.get(node.id)
        if habit:
            return f"there is no type `{node.id}`", habit
        return f"`{node.id}` takes no types in brackets", "only `list[…]` and `dict[…]` do"

    def _record(self, node: tree.TypeRecord) -> Type:
        fields: list[RecordField] = []
        first: dict[str, tree.TypeField] = {}
        for entry in node.fields:
            read = self.read(entry.type)
            if entry.name in first:
                self.findings.error(
                    "PL0214",
                    entry.span,
                    f"the field `{entry.name}` is declared twice",
                    labels=(Label(first[entry.name].span, "first here"),),
                )
                continue
            first[entry.name] = entry
            optional = isinstance(entry.type, tree.TypeOptional) or (not isinstance(read, Named) and has_none(read))
            fields.append(RecordField(entry.name, read, optional, entry.description or ""))
        return RecordType(tuple(fields))


def _only_itself(of: Type, placeholder: Named) -> bool:
    """Whether a declared name leads back to itself without a list, dict or record between."""
    seen: set[int] = set()
    work: list[Type] = [of]
    while work:
        current = work.pop()
        if current is placeholder:
            return True
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, UnionType):
            work.extend(current.members)
        elif isinstance(current, Named) and current.type is not None:
            work.append(current.type)
    return False


def names_of_union(of: Type) -> list[str]:
    """The labels of a union of literal texts, for suggestions."""
    of = expand(of)
    parts = of.members if isinstance(of, UnionType) else (of,)
    return [p.value for p in parts if isinstance(p, LiteralType) and isinstance(p.value, str)]
