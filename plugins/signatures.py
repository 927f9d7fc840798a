"""Declarations as signatures of the language: what the checker, the documentation and `plan plugins` know of them."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from planlang.lang import types
from planlang.lang.signatures import Effect, Permission, Signature, SignatureParameter
from planlang.lang.type_text import display
from planlang.lang.types import Type
from planlang.lang.typing import members
from planlang.runtime.display import literal
from planlang.runtime.values import TypeValue, from_python

from .annotations import BadAnnotationError, Reader, description, right, substitute
from .declarations import Declaration, FunctionDeclaration, Right

CALL_OPTIONS: tuple[SignatureParameter, ...] = tuple(
    SignatureParameter(name, of, default, description, keyword_only=True, option=True)
    for name, of, default, description in (
        ("model", types.union(types.STR, types.MODEL, types.NONE), "none", "which model answers"),
        ("timeout", types.optional(types.FLOAT), "none", "seconds that it may take"),
        ("retries", types.INT, "2", "how often a passing failure is tried again"),
        ("seed", types.optional(types.INT), "none", "makes a sampled answer repeatable"),
        ("cache", types.BOOL, "true", "whether an earlier answer will do"),
        ("exact", types.BOOL, "true", "false: faster, and may depend on the batch"),
    )
)
"""What every model call takes (§6)."""


_DATA = (bool, int, float, str, list, tuple, dict)


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
    named = {p.name: of for p in parameters if (of := _named_type(p, hints, reader)) is not None}
    params = tuple(_parameter(p, hints, reader, named) for p in parameters)
    rights = {p.name: mark for p in parameters if (mark := right(hints.get(p.name)))}
    if "return" not in hints:
        raise BadAnnotationError("its result needs an annotation")
    effect = declaration.effect if isinstance(declaration, FunctionDeclaration) else Effect.MODEL
    _check(params, rights, effect, declaration)
    signature = Signature(
        declaration.name,
        params + _options(declaration, params),
        _with_defaults(_sound(reader.read(hints["return"]), params), params, named),
        effect,
        inspect.getdoc(_documented(python, declaration)) or "",
        plugin,
        (
            *(Permission(mark.kind, name) for name, mark in rights.items()),
            *(Permission("net") for _ in declaration.hosts),
            *((Permission("write"),) if _writes(declaration) else ()),
        ),
        callbacks=any(isinstance(p.type, types.FunctionType) for p in params),
    )
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    defaults |= {name: TypeValue(display(of), of) for name, of in named.items()}
    return PluginFunction(declaration, signature, defaults, rights)


def _writes(declaration: Declaration) -> bool:
    return isinstance(declaration, FunctionDeclaration) and declaration.writes is not None


def _documented(python: Callable[..., Any], declaration: Declaration) -> Any:
    target = getattr(declaration, "target", None)
    return target if isinstance(target, type) and not python.__doc__ else python


def _hints(python: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(python, include_extras=True)
    except NameError as error:
        raise BadAnnotationError(f"its annotation `{error.name}` is not defined in its module") from error


def _named_type(parameter: inspect.Parameter, hints: dict[str, Any], reader: Reader) -> Type | None:
    """The type that is the default of a parameter which takes types (`schema: type[T] = str`); None for others."""
    if parameter.default in (parameter.empty, None) or parameter.name not in hints:
        return None
    of = reader.read(hints[parameter.name])
    takes_types = any(isinstance(member, types.TypeOf) for member in members(of))
    return reader.read(parameter.default) if takes_types and not isinstance(parameter.default, _DATA) else None


def _with_defaults(result: Type, params: tuple[SignatureParameter, ...], named: Mapping[str, Type]) -> Type:
    """The result type; a variable that a left-out argument would fill has that one's default as its own."""
    found = {v.name: named[p.name] for p in params if p.name in named for v in filled_by(p)}
    return substitute(result, lambda v: types.TypeVariable(v.name, found.get(v.name, v.default)))


def filled_by(param: SignatureParameter) -> list[types.TypeVariable]:
    """The variables that `param` fills in when it is given a type."""
    types_taken = [member.type for member in members(param.type) if isinstance(member, types.TypeOf)]
    return [taken for taken in types_taken if isinstance(taken, types.TypeVariable)]


def _parameter(
    parameter: inspect.Parameter, hints: dict[str, Any], reader: Reader, named: Mapping[str, Type]
) -> SignatureParameter:
    if parameter.kind is parameter.VAR_KEYWORD:
        raise BadAnnotationError(f"it takes any named arguments (`**{parameter.name}`), which a plan cannot check")
    if parameter.name not in hints:
        raise BadAnnotationError(f"its parameter `{parameter.name}` needs an annotation")
    hint = hints[parameter.name]
    default = None
    if parameter.name in named:
        default = display(named[parameter.name])
    elif parameter.default is not parameter.empty:
        default = literal(from_python(parameter.default))
    return SignatureParameter(
        parameter.name,
        reader.read(hint),
        default,
        description(hint),
        variadic=parameter.kind is parameter.VAR_POSITIONAL,
        keyword_only=parameter.kind is parameter.KEYWORD_ONLY,
    )


def _options(declaration: Declaration, params: tuple[SignatureParameter, ...]) -> tuple[SignatureParameter, ...]:
    """What the function takes because it is a model call."""
    if isinstance(declaration, FunctionDeclaration):
        return ()
    own = {p.name for p in params} | ({"model"} if declaration.model_argument else set[str]())
    return tuple(option for option in CALL_OPTIONS if option.name not in own)


def _check(
    params: tuple[SignatureParameter, ...], rights: dict[str, Right], effect: Effect, declaration: Declaration
) -> None:
    if effect is Effect.PURE and rights:
        raise BadAnnotationError(f"it is declared pure, but `{next(iter(rights))}` names something outside the plan")
    if effect is not Effect.CHANGE and (_writes(declaration) or any(mark.kind == "write" for mark in rights.values())):
        raise BadAnnotationError('it writes a file, so its effect is "change"')
    if not isinstance(declaration, FunctionDeclaration):
        names = {p.name for p in params}
        taken = names & {option.name for option in CALL_OPTIONS} - {declaration.model_argument}
        if declaration.sampled is False:
            taken -= {"seed"}  # its own, then: an argument as any other
        if declaration.model_argument not in {None, *names}:
            raise BadAnnotationError(f"it has no parameter `{declaration.model_argument}` that could name the model")
        if taken:
            raise BadAnnotationError(f"`{min(taken)}` is a parameter that every model call has")
        if any(p.variadic or isinstance(p.type, types.FunctionType) for p in params):
            raise BadAnnotationError("a worker takes neither functions nor any number of arguments")


def _sound(result: Type, params: tuple[SignatureParameter, ...]) -> Type:
    """The result type, with variables that only an argument's contents could fill in turned to `any`.

    `type[T] -> T` is checked at every call; `list[T] -> T` is the plugin's word, and code is generated on what is true.
    """
    known = {variable.name for p in params for variable in filled_by(p)}
    return substitute(result, lambda variable: variable if variable.name in known else types.ANY)
