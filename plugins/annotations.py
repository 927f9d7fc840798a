"""Python annotations as plan types."""

from __future__ import annotations

import collections.abc
import types as python_types
import typing
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from planlang.lang import types
from planlang.lang.types import Type
from planlang.runtime.values import Opaque

from .declarations import Right

_CALLABLE = typing.get_origin(collections.abc.Callable[..., Any])
"""`Callable` without its brackets, which has no type of its own."""

_PLAIN: dict[Any, Type] = {
    None: types.NONE,
    type(None): types.NONE,
    bool: types.BOOL,
    int: types.INT,
    float: types.FLOAT,
    str: types.STR,
    Any: types.ANY,
    object: types.ANY,
    list: types.ListType(types.ANY),
    dict: types.DictType(types.STR, types.ANY),
    type: types.TypeOf(types.ANY),
    _CALLABLE: types.FunctionType(None, types.ANY),
}

_LISTS = (list, collections.abc.Sequence, collections.abc.Iterable)
_DICTS = (dict, collections.abc.Mapping)
_FIELD_MARKS = (typing.Required, typing.NotRequired)


class BadAnnotationError(Exception):
    """An annotation that no plan type answers to; the message says which."""


class Reader:
    """Reads the annotations of one plugin; remembers its record and opaque types."""

    def __init__(self) -> None:
        """Nothing seen yet."""
        self.opaque: dict[str, type[Opaque]] = {}
        self._open: dict[type, types.Named] = {}

    def read(self, annotation: Any) -> Type:
        """The plan type of `annotation`; raises `BadAnnotationError` where there is none."""
        annotation = strip(annotation)[0]
        if isinstance(annotation, typing.Hashable) and annotation in _PLAIN:
            return _PLAIN[annotation]
        if isinstance(annotation, typing.TypeVar):
            return types.TypeVariable(annotation.__name__, self._default(annotation))
        if typing.is_typeddict(annotation):
            return self._record(annotation)
        if isinstance(annotation, type) and issubclass(annotation, Opaque):
            self.opaque[annotation.plan_type] = annotation
            return types.OpaqueType(annotation.plan_type)
        return self._composed(annotation)

    def _default(self, variable: Any) -> Type | None:
        """What a type variable is where no argument says so (PEP 696)."""
        default = variable.__default__ if getattr(variable, "has_default", bool)() else None
        return None if default is None else self.read(default)

    def _composed(self, annotation: Any) -> Type:
        origin, args = typing.get_origin(annotation), typing.get_args(annotation)
        if typing.is_typeddict(origin):
            return self._filled(origin, args)
        if origin in (typing.Union, python_types.UnionType):
            return types.union(*(self.read(arg) for arg in args))
        if origin is typing.Literal:
            return types.union(*(types.NONE if arg is None else types.LiteralType(arg) for arg in args))
        if origin is tuple and args and args[-1] is not Ellipsis:
            return types.TupleType(tuple(self.read(arg) for arg in args))
        if origin in _LISTS or origin is tuple:
            return types.ListType(self.read(args[0]))
        if origin in _DICTS:
            return types.DictType(self.read(args[0]), self.read(args[1]))
        if origin is type:
            return types.TypeOf(self.read(args[0]))
        if origin is _CALLABLE:
            params = None if args[0] is Ellipsis else tuple(self.read(arg) for arg in args[0])
            return types.FunctionType(params, self.read(args[1]))
        raise BadAnnotationError(f"a plan has no type for `{_shown(annotation)}`")

    def _filled(self, record: Any, args: tuple[Any, ...]) -> Type:
        """The record type of a generic TypedDict with `args` for its type variables."""
        given = {v.__name__: self.read(arg) for v, arg in zip(record.__parameters__, args, strict=True)}
        return substitute(self._record(record), lambda variable: given.get(variable.name, variable))

    def _record(self, record: Any) -> Type:
        """The record type of a TypedDict, which may refer to itself."""
        if record in self._open:
            return self._open[record]
        named = self._open[record] = types.Named(record.__name__)
        hints = typing.get_type_hints(record, include_extras=True)
        fields = tuple(self._field(record, name, hint) for name, hint in hints.items())
        named.type = types.RecordType(fields, record.__name__)
        del self._open[record]
        return named.type

    def _field(self, record: Any, name: str, hint: Any) -> types.RecordField:
        mark = typing.get_origin(hint)
        optional = name in record.__optional_keys__ if mark not in _FIELD_MARKS else mark is typing.NotRequired
        bare = typing.get_args(hint)[0] if mark in _FIELD_MARKS else hint
        inner = typing.get_origin(strip(bare)[0])
        if inner in _FIELD_MARKS:
            optional = inner is typing.NotRequired
            bare = typing.Annotated[typing.get_args(strip(bare)[0])[0], description(bare)]
        kind = self.read(bare)
        if optional:
            kind = types.optional(kind)
        holds_none = isinstance(kind, types.UnionType) and types.NONE in kind.members
        return types.RecordField(name, kind, optional or holds_none, description(bare))


def substitute(type_: Type, fill: Callable[[types.TypeVariable], Type]) -> Type:
    """`type_` with every type variable replaced."""

    def walk(part: Type) -> Type:
        match part:
            case types.TypeVariable():
                return fill(part)
            case types.ListType():
                return types.ListType(walk(part.element))
            case types.TupleType():
                return types.TupleType(tuple(walk(item) for item in part.items))
            case types.DictType():
                return types.DictType(walk(part.key), walk(part.value))
            case types.UnionType():
                return types.union(*(walk(member) for member in part.members))
            case types.TypeOf():
                return types.TypeOf(walk(part.type))
            case types.FunctionType():
                params = None if part.params is None else tuple(walk(param) for param in part.params)
                return types.FunctionType(params, walk(part.result))
            case types.RecordType():
                return types.RecordType(tuple(replace(f, type=walk(f.type)) for f in part.fields), part.name)
            case _:
                return part  # a record that holds itself has no variables

    return walk(type_)


def strip(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """An annotation without `Annotated`, and what stood in it."""
    if typing.get_origin(annotation) is typing.Annotated:
        bare, *extras = typing.get_args(annotation)
        return bare, tuple(extras)
    return annotation, ()


def description(annotation: Any) -> str:
    """What `Annotated[T, "…"]` says the value means."""
    return next((extra for extra in strip(annotation)[1] if isinstance(extra, str)), "")


def right(annotation: Any) -> Right | None:
    """`ReadPath`, `WritePath`, `Host` or `EnvName`, where the annotation has one."""
    return next((extra for extra in strip(annotation)[1] if isinstance(extra, Right)), None)


def _shown(annotation: Any) -> str:
    return getattr(annotation, "__name__", None) or str(annotation)
