"""Declarations as signatures of the language: what the checker, the documentation and `plan plugins` know of them."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from planlang.lang import types
from planlang.lang.signatures import Effect, Permission, Signature, SignatureParameter
from planlang.lang.types import Type
from planlang.runtime.display import literal
from planlang.runtime.values import from_python

from .annotations import BadAnnotationError, Reader, description, right
from .declarations import Declaration, FunctionDeclaration, Right

CALL_OPTIONS: tuple[SignatureParameter, ...] = (
    SignatureParameter("model", types.optional(types.STR), "none", "which model answers", keyword_only=True),
    SignatureParameter("timeout", types.optional(types.FLOAT), "none", "seconds that it may take", keyword_only=True),
    SignatureParameter("retries", types.INT, "2", "how often a passing failure is tried again", keyword_only=True),
    SignatureParameter(
        "seed", types.optional(types.INT), "none", "makes a sampled answer repeatable", keyword_only=True
    ),
    SignatureParameter("cache", types.BOOL, "true", "whether an earlier answer will do", keyword_only=True),
)
"""What every model call takes (§6)."""


@dataclass(frozen=True, slots=True)
class PluginFunction:
    """A declared function with its signature.

    defaults: the default of every parameter that has one, as Python data.
    rights: the mark of each parameter that names a path, host or variable.
    """

    declaration: Declaration
    signature: Signature
    defaults: Mapping[str, Any]
    rights: Mapping[str, Right]


def read(declaration: Declaration, plugin: str, reader: Reader) -> PluginFunction:
    """The function that `declaration` declares; raises `BadAnnotationError` where it cannot be one of a plan."""
    python = declaration.function if isinstance(declaration, FunctionDeclaration) else declaration.signature
    parameters = [p for p in inspect.signature(python).parameters.values() if p.name not in {"self", "cls"}]
    hints = _hints(python)
    params = tuple(_parameter(p, hints, reader) for p in parameters)
    rights = {p.name: mark for p in parameters if (mark := right(hints.get(p.name)))}
    if "return" not in hints:
        raise BadAnnotationError("its result needs an annotation")
    effect = declaration.effect if isinstance(declaration, FunctionDeclaration) else Effect.MODEL
    _check(params, rights, effect)
    signature = Signature(
        declaration.name,
        params if effect is not Effect.MODEL else params + CALL_OPTIONS,
        _sound(reader.read(hints["return"]), params),
        effect,
        inspect.getdoc(_documented(python, declaration)) or "",
        plugin,
        (
            *(Permission(mark.kind, name) for name, mark in rights.items()),
            *(Permission("net") for _ in declaration.hosts),
        ),
        callbacks=any(isinstance(p.type, types.FunctionType) for p in params),
    )
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    return PluginFunction(declaration, signature, defaults, rights)


def _documented(python: Callable[..., Any], declaration: Declaration) -> Any:
    target = getattr(declaration, "target", None)
    return target if isinstance(target, type) and not python.__doc__ else python


def _hints(python: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(python, include_extras=True)
    except NameError as error:
        raise BadAnnotationError(f"its annotation `{error.name}` is not defined in its module") from error


def _parameter(parameter: inspect.Parameter, hints: dict[str, Any], reader: Reader) -> SignatureParameter:
    if parameter.kind is parameter.VAR_KEYWORD:
        raise BadAnnotationError(f"it takes any named arguments (`**{parameter.name}`), which a plan cannot check")
    if parameter.name not in hints:
        raise BadAnnotationError(f"its parameter `{parameter.name}` needs an annotation")
    hint = hints[parameter.name]
    return SignatureParameter(
        parameter.name,
        reader.read(hint),
        None if parameter.default is parameter.empty else literal(from_python(parameter.default)),
        description(hint),
        variadic=parameter.kind is parameter.VAR_POSITIONAL,
        keyword_only=parameter.kind is parameter.KEYWORD_ONLY,
    )


def _check(params: tuple[SignatureParameter, ...], rights: dict[str, Right], effect: Effect) -> None:
    if effect is Effect.PURE and rights:
        raise BadAnnotationError(f"it is declared pure, but `{next(iter(rights))}` names something outside the plan")
    if effect is not Effect.CHANGE and any(mark.kind == "write" for mark in rights.values()):
        raise BadAnnotationError('it writes a file, so its effect is "change"')
    if effect is Effect.MODEL:
        taken = {p.name for p in params} & {p.name for p in CALL_OPTIONS}
        if taken:
            raise BadAnnotationError(f"`{min(taken)}` is a parameter that every model call has")
        if any(p.variadic or isinstance(p.type, types.FunctionType) for p in params):
            raise BadAnnotationError("a worker takes neither functions nor any number of arguments")


def _sound(result: Type, params: tuple[SignatureParameter, ...]) -> Type:
    """The result type, with variables that only an argument's contents could fill in turned to `any`.

    `type[T] -> T` is checked at every call; `list[T] -> T` is the plugin's word, and code is generated on what is true.
    """
    known = {
        p.type.type.name
        for p in params
        if isinstance(p.type, types.TypeOf) and isinstance(p.type.type, types.TypeVariable)
    }
    return substitute(result, lambda variable: variable if variable.name in known else types.ANY)


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
            case _:
                return part  # records of plugins have no variables: a TypedDict is not generic here

    return walk(type_)
