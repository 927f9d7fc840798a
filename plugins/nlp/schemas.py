"""Types of plans as JSON: their JSON schema, and values of a type from the JSON that a model wrote."""

from __future__ import annotations

import json
from typing import Any

from planlang.lang.type_text import display
from planlang.lang.types import (
    FLOAT,
    NONE,
    STR,
    AnyType,
    DictType,
    ListType,
    LiteralType,
    Named,
    RecordField,
    RecordType,
    Scalar,
    TupleType,
    Type,
    UnionType,
    inner_types,
)
from planlang.plugins import Failure

_SCALARS = {"none": "null", "bool": "boolean", "int": "integer", "float": "number", "str": "string"}


def json_schema(of: Type) -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a plan type, with the descriptions of its fields.

    All fields of a record are required: one that may be missing may be null. A type that holds itself stands among the
    `$defs`. Raises `Failure` for a type that has no JSON: functions, vectors.
    """
    check_writable(of)
    definitions: dict[str, Any] = {}
    schema = _Writer(definitions).write(of)
    return schema | ({"$defs": definitions} if definitions else {})


def check_writable(of: Type) -> None:
    """Raise `Failure` where values of `of` cannot be written as JSON."""
    open_, seen = [of], set[int]()
    while open_:
        part = resolved(open_.pop())
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, DictType) and not _has_text_keys(part):
            hint = "keys of a dict are texts in JSON: use dict[T] or literals"
            raise Failure(f"a model cannot write a `{display(part)}`", kind="value", hint=hint)
        if not isinstance(part, (AnyType, Scalar, LiteralType, ListType, TupleType, DictType, RecordType, UnionType)):
            hint = "use none, bool, int, float, str, literals, lists, dicts, records and unions of these"
            raise Failure(f"a model cannot write a `{display(part)}`", kind="value", hint=hint)
        open_ += inner_types(part)


def resolved(of: Type) -> Type:
    """`of`, or what its name stands for."""
    while isinstance(of, Named) and of.type is not None:
        of = of.type
    return of


def literals(of: Type) -> list[Any] | None:
    """The values of a literal type or a union of literals and none, in order; None for other types."""
    of = resolved(of)
    members = [resolved(member) for member in of.members] if isinstance(of, UnionType) else [of]
    if not all(isinstance(member, LiteralType) or member == NONE for member in members):
        return None
    return [member.value if isinstance(member, LiteralType) else None for member in members]


def _has_text_keys(of: DictType) -> bool:
    keys = literals(of.key)
    return isinstance(of.key, AnyType) or of.key == STR or (keys is not None and all(type(k) is str for k in keys))


class _Writer:
    """Writes one schema."""

    def __init__(self, definitions: dict[str, Any]) -> None:
        self._definitions = definitions
        self._names: dict[Named, str] = {}

    def write(self, of: Type) -> dict[str, Any]:
        match of:
            case Named(type=inner) if inner is not None:
                return self._named(of, inner)
            case Scalar(name=name):
                return {"type": _SCALARS[name]}
            case LiteralType(value=value):
                return {"enum": [value]}
            case ListType(element=element):
                return {"type": "array", "items": self.write(element)}
            case TupleType(items=items):
                count = len(items)
                each = [self.write(item) for item in items]
                return {"type": "array", "prefixItems": each, "items": False, "minItems": count, "maxItems": count}
            case DictType(key=key, value=value):
                keys = literals(key)
                names = {"propertyNames": {"enum": keys}} if keys else {}
                return {"type": "object", **names, "additionalProperties": self.write(value)}
            case RecordType(fields=fields):
                return self._record(fields)
            case UnionType(members=members):
                return self._union(of, members)
            case _:
                return {}

    def _named(self, of: Named, inner: Type) -> dict[str, Any]:
        if of not in self._names:
            name = of.name
            while name in self._definitions:
                name += "_"
            self._names[of] = name
            self._definitions[name] = {}
            self._definitions[name] = self.write(inner)
        return {"$ref": f"#/$defs/{self._names[of]}"}

    def _record(self, fields: tuple[RecordField, ...]) -> dict[str, Any]:
        properties: dict[str, Any] = {}
        for field in fields:
            about = {"description": field.description} if field.description else {}
            properties[field.name] = {**self.write(field.type), **about}
        names = [field.name for field in fields]
        return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}

    def _union(self, of: Type, members: tuple[Type, ...]) -> dict[str, Any]:
        values = literals(of)
        return {"enum": values} if values is not None else {"anyOf": [self.write(member) for member in members]}


def from_json(text: str, of: Type) -> Any:
    """The value of `of` that `text` holds as JSON, as plain Python data; a float where the type says float.

    Raises ValueError for text that is no JSON. Whether it is of the type is not checked here.
    """
    return _typed(json.loads(text), resolved(of))


def _typed(value: Any, of: Type) -> Any:
    if isinstance(value, int) and of == FLOAT and not isinstance(value, bool):
        return float(value)
    if isinstance(of, UnionType):
        fitting = [member for member in map(resolved, of.members) if _like(value, member)]
        return _typed(value, fitting[0]) if len(fitting) == 1 else value
    if isinstance(value, list) and isinstance(of, ListType):
        return [_typed(part, resolved(of.element)) for part in value]
    if isinstance(value, list) and isinstance(of, TupleType) and len(value) == len(of.items):
        return [_typed(part, resolved(item)) for part, item in zip(value, of.items, strict=True)]
    if isinstance(value, dict) and isinstance(of, DictType):
        return {key: _typed(part, resolved(of.value)) for key, part in value.items()}
    if isinstance(value, dict) and isinstance(of, RecordType):
        kinds = {field.name: resolved(field.type) for field in of.fields}
        return {key: _typed(part, kinds[key]) if key in kinds else part for key, part in value.items()}
    return value


def _like(value: Any, of: Type) -> bool:
    """Whether `value` may be of `of`, a member of a union, as far as its kind says."""
    if isinstance(value, dict):
        return isinstance(of, (DictType, RecordType, AnyType))
    if isinstance(value, list):
        return isinstance(of, (ListType, TupleType, AnyType))
    return not isinstance(of, (DictType, RecordType, ListType, TupleType))
