"""Plan types as data. `lang/typing.py` says what they mean to the checker, `runtime/validate.py` what to a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class AnyType:
    """Unknown: the checker stays silent about it, the runtime checks."""


@dataclass(frozen=True, slots=True)
class NeverType:
    """No value at all: what `fail` gives, the element of an empty list."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """One of `none`, `bool`, `int`, `float`, `str`."""

    name: str


@dataclass(frozen=True, slots=True)
class LiteralType:
    """Exactly this value: `"bug"`, `3`, `true`; `none` is a Scalar."""

    value: bool | int | float | str

    def __eq__(self, other: object) -> bool:
        """Equal only with the same Python type: `1` is not `true`."""
        return isinstance(other, LiteralType) and type(other.value) is type(self.value) and other.value == self.value

    def __hash__(self) -> int:
        """Agrees with equality."""
        return hash((type(self.value), self.value))


@dataclass(frozen=True, slots=True)
class ListType:
    """`list[element]`."""

    element: Type


@dataclass(frozen=True, slots=True)
class TupleType:
    """`[A, B]`: a list of exactly these."""

    items: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class DictType:
    """`dict[key, value]`; `dict[T]` has `str` keys."""

    key: Type
    value: Type


@dataclass(frozen=True, slots=True)
class RecordField:
    """One field of a record type. An `optional` one may be missing; its type then holds `none` too."""

    name: str
    type: Type
    optional: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class RecordType:
    """`{name: T, …}`; values may have further keys. `name` is that of the `type` declaration, for messages."""

    fields: tuple[RecordField, ...]
    name: str = field(default="", compare=False)

    def get(self, name: str) -> RecordField | None:
        """The field called `name`, or None."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        return None


@dataclass(frozen=True, slots=True)
class UnionType:
    """One of at least two members, none of which is itself a union. Build it with `union`."""

    members: tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class FunctionType:
    """`fn(A, B) -> C`. `params` is None where they are unknown."""

    params: tuple[Type, ...] | None
    result: Type


@dataclass(frozen=True, slots=True)
class OpaqueType:
    """`model`, or a type that a plugin defines, such as `vector`."""

    name: str


@dataclass(frozen=True, slots=True)
class TypeOf:
    """The type of a type's name used as a value: `Invoice` in `extract(text, Invoice)` has `TypeOf(Invoice)`."""

    type: Type


@dataclass(frozen=True, slots=True)
class TypeVariable:
    """`T` in `first[T](xs: list[T]) -> T`: filled in at each call; `default` is what it is where nothing says so."""

    name: str
    default: Type | None = None


@dataclass(slots=True, eq=False)
class Named:
    """A declared type that refers to itself. `type` is set when its declaration has been read."""

    name: str
    type: Type | None = None

    def __repr__(self) -> str:
        """The name alone: the type may hold itself."""
        return f"Named({self.name!r})"


Type: TypeAlias = (
    AnyType | NeverType | Scalar | LiteralType | ListType | TupleType | DictType | RecordType | UnionType
    | FunctionType | OpaqueType | TypeOf | TypeVariable | Named
)  # fmt: skip

ANY = AnyType()
NEVER = NeverType()
NONE = Scalar("none")
BOOL = Scalar("bool")
INT = Scalar("int")
FLOAT = Scalar("float")
STR = Scalar("str")
MODEL = OpaqueType("model")


def union(*members: Type) -> Type:
    """The union of `members`: flattened, without doubles and `never`; `any` swallows the rest."""
    flat: list[Type] = []
    for member in members:
        for part in member.members if isinstance(member, UnionType) else (member,):
            if isinstance(part, AnyType):
                return ANY
            if not isinstance(part, NeverType) and part not in flat:
                flat.append(part)
    if not flat:
        return NEVER
    return flat[0] if len(flat) == 1 else UnionType(tuple(flat))


def optional(of: Type) -> Type:
    """`T?`."""
    return union(of, NONE)


def inner_types(of: Type) -> tuple[Type, ...]:
    """The types that `of` is directly made of; none for a name, which may lead back to itself."""
    if isinstance(of, ListType):
        return (of.element,)
    if isinstance(of, TupleType):
        return of.items
    if isinstance(of, DictType):
        return (of.key, of.value)
    if isinstance(of, RecordType):
        return tuple(field.type for field in of.fields)
    if isinstance(of, UnionType):
        return of.members
    if isinstance(of, FunctionType):
        return (*(of.params or ()), of.result)
    return (of.type,) if isinstance(of, TypeOf) else ()
