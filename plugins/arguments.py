"""Arguments of a plugin's function: complete, of their types, with the rights that they need, as plain Python data."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from planlang.lang import types
from planlang.lang.signatures import SignatureParameter
from planlang.lang.suggestions import closest
from planlang.runtime import validate
from planlang.runtime.errors import PlanError
from planlang.runtime.permissions import Permissions
from planlang.runtime.values import TypeValue, Value

from .annotations import substitute
from .boundary import incoming
from .declarations import FunctionDeclaration
from .signatures import PluginFunction, filled_by

_SECURE_PORT = 443
_PLAIN_PORT = 80


def arguments_of(
    function: PluginFunction, permissions: Permissions, args: tuple[Value, ...], named: dict[str, Value]
) -> tuple[list[Any], dict[str, Any]]:
    """The arguments as plugin code gets them. Raises `PlanError` for one of a wrong type or without permission."""
    check_hosts(function, permissions)
    declaration = function.declaration
    if isinstance(declaration, FunctionDeclaration) and declaration.writes is not None:
        permissions.own_folder(str(declaration.writes()))
    each = _positions(function, len(args))
    by_param = {p.name: p for p in function.signature.params if not p.variadic}
    _complete(function, each, by_param, named)
    positional = [argument(function, each[i], permissions, value) for i, value in enumerate(args)]
    by_name = {n: argument(function, by_param[n], permissions, value) for n, value in named.items()}
    missing = by_param.keys() - {p.name for p in each} - by_name.keys()
    by_name |= {n: function.defaults[n] for n in missing if isinstance(function.defaults.get(n), TypeValue)}
    return positional, by_name


def check_hosts(function: PluginFunction, permissions: Permissions) -> None:
    """Raise a `permission` error unless the plan may reach the hosts that every call reaches."""
    for host in function.declaration.hosts:
        permissions.host(host, _SECURE_PORT)


def _positions(function: PluginFunction, count: int) -> list[SignatureParameter]:
    """The parameter of each of `count` arguments given by position."""
    params = function.signature.params
    before = [p for p in params if not (p.variadic or p.keyword_only)]
    rest = next((p for p in params if p.variadic), None)
    if count > len(before) and rest is None:
        raise PlanError("type", f"`{function.signature.name}` takes at most {len(before)} arguments, not {count}")
    return [*before, *([rest] * (count - len(before)) if rest else [])][:count]


def _complete(
    function: PluginFunction,
    given: list[SignatureParameter],
    by_param: dict[str, SignatureParameter],
    named: dict[str, Value],
) -> None:
    """Raise `PlanError` for an argument too many or too few. The checker finds these where it knows the function."""
    name = function.signature.name
    have = {p.name for p in given}
    for key in named:
        if key not in by_param:
            near = closest(key, by_param)
            raise PlanError("type", f"`{name}` has no parameter `{key}`", f"did you mean `{near}`?" if near else "")
        if key in have:
            raise PlanError("type", f"`{name}` is given `{key}` twice")
    for key, param in by_param.items():
        if param.default is None and key not in have and key not in named:
            raise PlanError("type", f"`{name}` needs the argument `{key}`")


def argument(function: PluginFunction, param: SignatureParameter, permissions: Permissions, value: Value) -> Any:
    """`value` for `param` as plugin code gets it. Raises `PlanError` for a wrong type or without permission."""
    name = f"`{param.name}` of `{function.signature.name}`"
    try:
        validate.validate(value, substitute(param.type, lambda _variable: types.ANY), name)
    except PlanError as error:
        raise PlanError("type", error.message, error.hint) from error
    mark = function.rights.get(param.name)
    if mark is None or value is None:
        return incoming(value)
    if isinstance(value, list):
        return [_permitted(mark.kind, each, permissions) for each in value]
    return _permitted(mark.kind, value, permissions)


def _permitted(kind: str, value: str, permissions: Permissions) -> str:
    """`value`, a path resolved, if the plan has the right that it names; raises a `permission` error otherwise."""
    if kind in {"read", "write"}:
        return permissions.path(kind, value)
    if kind == "env":
        permissions.variable(value)
        return value
    try:
        parts = urlsplit(value if "//" in value else f"//{value}")
        port = parts.port or (_PLAIN_PORT if parts.scheme == "http" else _SECURE_PORT)
    except ValueError as error:
        raise PlanError("value", f"this is neither a URL nor a host: {value}") from error
    permissions.host(parts.hostname or "", port)
    return value


def result_type(function: PluginFunction, args: tuple[Value, ...], named: dict[str, Value]) -> types.Type:
    """The result type, with type variables filled in from the types among the arguments (`type[T] -> T`)."""
    given = dict(zip((p.name for p in function.signature.params), args, strict=False)) | named
    known: dict[str, types.Type] = {}
    for param in function.signature.params:
        value = given.get(param.name)
        if isinstance(value, TypeValue):
            known |= {variable.name: value.type for variable in filled_by(param)}
    return substitute(function.signature.result, lambda v: known.get(v.name, v.default or types.ANY))
