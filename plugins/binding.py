"""From a plugin's function to what generated code calls: arguments checked, rights asked for, errors told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from planlang.lang import types
from planlang.lang.signatures import SignatureParameter
from planlang.lang.suggestions import closest
from planlang.runtime import validate
from planlang.runtime.dispatch import Call, dispatcher
from planlang.runtime.errors import PlanError
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Run
from planlang.runtime.values import TypeValue, Value
from planlang.runtime.workers.failures import as_failure
from planlang.runtime.workers.local import LocalWorkers
from planlang.runtime.workers.protocol import WorkerKind

from .boundary import incoming, outgoing
from .declarations import FunctionDeclaration, WorkerDeclaration
from .signatures import CALL_OPTIONS, PluginFunction, substitute

_OPTIONS = tuple(option.name for option in CALL_OPTIONS)
_SECURE_PORT = 443
_PLAIN_PORT = 80


def bind(function: PluginFunction, run: Run, workers: LocalWorkers) -> Callable[..., Value]:
    """What a plan of `run` calls: plan values by position in signature order or by name; gives a plan value."""
    if isinstance(function.declaration, WorkerDeclaration):
        return _bind_worker(function, function.declaration, run, workers)
    return _bind_function(function, function.declaration, run)


def _bind_function(function: PluginFunction, declaration: FunctionDeclaration, run: Run) -> Callable[..., Value]:
    signature = function.signature
    plugin = signature.plugin or ""

    def call(*args: Value, **named: Value) -> Value:
        positional, by_name = _arguments(function, run.permissions, args, named)
        try:
            answer = declaration.function(*positional, **by_name)
        except PlanError:
            raise  # from a function of the plan that was called back, or of the runtime
        except (Exception, SystemExit) as error:  # noqa: BLE001 - plugin code may raise anything; the plan is told
            failure = as_failure(error, plugin)
            text = f"`{signature.name}` failed: {failure.message}"
            raise PlanError(failure.kind, text, failure.hint) from (failure.__cause__ or failure)
        return outgoing(answer, _result(function, args, named), plugin, signature.name)

    return _named(call, signature.name)


def _bind_worker(
    function: PluginFunction, declaration: WorkerDeclaration, run: Run, workers: LocalWorkers
) -> Callable[..., Value]:
    signature = function.signature
    plugin = signature.plugin or ""
    kind = WorkerKind(plugin, declaration.class_name, declaration.create)
    names = [p.name for p in signature.params if p.name not in _OPTIONS]

    def call(*args: Value, **named: Value) -> Value:
        positional, by_name = _arguments(function, run.permissions, args, named)
        options = _options(by_name)
        arguments = {**function.defaults, **dict(zip(names, positional, strict=False)), **by_name}
        result = _result(function, args, named)
        made = Call(
            f"{plugin}.{signature.name}",
            kind,
            declaration.method,
            arguments,
            declaration.model,
            lambda answer: outgoing(answer, result, plugin, signature.name),
            **options,
        )
        return dispatcher(run, workers).submit(made).result()

    return _named(call, signature.name)


def _named(call: Callable[..., Value], name: str) -> Callable[..., Value]:
    call.__name__ = call.__qualname__ = name  # what a plan sees that prints it
    return call


def _options(by_name: dict[str, Any]) -> dict[str, Any]:
    """Take the options that every model call has out of `by_name`."""
    options = {name: by_name.pop(name) for name in _OPTIONS if name in by_name}
    options.pop("cache", None)  # answers are not kept yet: there is nothing to opt out of
    timeout = options.get("timeout")
    if timeout is not None and timeout <= 0:
        raise PlanError("value", f"timeout must be above 0, not {timeout:g}")
    if options.get("retries", 0) < 0:
        raise PlanError("value", f"retries must be at least 0, not {options['retries']}")
    return options


def _arguments(
    function: PluginFunction, permissions: Permissions, args: tuple[Value, ...], named: dict[str, Value]
) -> tuple[list[Any], dict[str, Any]]:
    """The arguments as plugin code gets them. Raises `PlanError` for one of a wrong type or without permission."""
    for host in function.declaration.hosts:
        permissions.host(host, _SECURE_PORT)
    each = _positions(function, len(args))
    by_param = {p.name: p for p in function.signature.params if not p.variadic}
    _complete(function, each, by_param, named)
    positional = [_argument(function, each[i], permissions, value) for i, value in enumerate(args)]
    return positional, {n: _argument(function, by_param[n], permissions, value) for n, value in named.items()}


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


def _argument(function: PluginFunction, param: SignatureParameter, permissions: Permissions, value: Value) -> Any:
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


def _result(function: PluginFunction, args: tuple[Value, ...], named: dict[str, Value]) -> types.Type:
    """The result type, with type variables filled in from the types among the arguments (`type[T] -> T`)."""
    given = dict(zip((p.name for p in function.signature.params), args, strict=False)) | named
    known: dict[str, types.Type] = {}
    for param in function.signature.params:
        value = given.get(param.name)
        if (
            isinstance(param.type, types.TypeOf)
            and isinstance(param.type.type, types.TypeVariable)
            and isinstance(value, TypeValue)
        ):
            known[param.type.type.name] = value.type
    return substitute(function.signature.result, lambda variable: known.get(variable.name, types.ANY))
