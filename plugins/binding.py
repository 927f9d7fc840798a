"""From a plugin's function to what generated code calls: arguments checked, rights asked for, errors told."""

from __future__ import annotations

from collections.abc import Callable

from planlang.runtime.calls import Computed
from planlang.runtime.dispatch import dispatcher
from planlang.runtime.errors import PlanError
from planlang.runtime.run import Run
from planlang.runtime.values import Value
from planlang.runtime.workers.failures import as_failure
from planlang.runtime.workers.protocol import Workers

from .arguments import arguments_of, result_type
from .boundary import outgoing
from .calls import CallMaker, Version, no_version
from .declarations import FunctionDeclaration, WorkerDeclaration
from .routing import Providers
from .signatures import PluginFunction


def bind(
    function: PluginFunction,
    run: Run,
    workers: Workers,
    version: Version = no_version,
    providers: Providers | None = None,
) -> Callable[..., Value]:
    """What a plan of `run` calls: plan values by position in signature order or by name; gives a plan value.

    A model call is waited for.
    """
    if isinstance(function.declaration, WorkerDeclaration):
        return _bind_worker(bind_call(function, run, version, providers), run, workers)
    return _bind_function(function, function.declaration, run)


def bind_call(
    function: PluginFunction, run: Run, version: Version = no_version, providers: Providers | None = None
) -> CallMaker:
    """What makes the model calls of `function`, which a worker answers, for the dispatcher of `run`.

    version: gives that of the plugin. providers: plugins with models of their own; None where there are none.
    """
    if not isinstance(function.declaration, WorkerDeclaration):
        raise TypeError(f"{function.signature.name} is not answered by a worker")
    return CallMaker(function, function.declaration, run, version, providers)


def _bind_worker(maker: CallMaker, run: Run, workers: Workers) -> Callable[..., Value]:
    calls = dispatcher(run, workers)

    def identity() -> int:
        return calls.made + 1

    def call(*args: Value, **named: Value) -> Value:
        made = maker.make(args, named, identity)
        return made.value if isinstance(made, Computed) else calls.call(made)

    return _named(call, maker.name)


def _bind_function(function: PluginFunction, declaration: FunctionDeclaration, run: Run) -> Callable[..., Value]:
    signature = function.signature
    plugin = signature.plugin or ""

    def call(*args: Value, **named: Value) -> Value:
        positional, by_name = arguments_of(function, run.permissions, args, named)
        try:
            answer = declaration.function(*positional, **by_name)
        except PlanError:
            raise  # from a function of the plan that was called back, or of the runtime
        except (Exception, SystemExit) as error:  # noqa: BLE001 - plugin code may raise anything; the plan is told
            failure = as_failure(error, plugin)
            text = f"`{signature.name}` failed: {failure.message}"
            raise PlanError(failure.kind, text, failure.hint) from (failure.__cause__ or failure)
        return outgoing(answer, result_type(function, args, named), plugin, signature.name)

    return _named(call, signature.name)


def _named(call: Callable[..., Value], name: str) -> Callable[..., Value]:
    call.__name__ = call.__qualname__ = name  # what a plan sees that prints it
    return call
