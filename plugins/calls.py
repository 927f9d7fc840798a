"""Model calls from a function's arguments: what is the same for all calls of a function in a run is worked out once."""

from __future__ import annotations

import hashlib
import marshal
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from planlang.lang import types
from planlang.lang.signatures import SignatureParameter
from planlang.lang.type_structure import structure
from planlang.runtime.calls import Call, Computed, Target
from planlang.runtime.errors import PlanError
from planlang.runtime.run import Run
from planlang.runtime.values import Opaque, TypeValue, Value
from planlang.runtime.workers.protocol import WorkerKind

from .annotations import substitute
from .answers import acceptor
from .arguments import argument, arguments_of, check_hosts, result_type
from .declarations import WorkerDeclaration
from .direct import Direct
from .routing import Providers, Router
from .signatures import PluginFunction

_PLAIN = frozenset((type(None), bool, int, str))
"""Types of arguments that tell equal calls apart with their value and type alone (0.0 and -0.0 are equal)."""
_KINDS: dict[str, tuple[type, ...]] = {
    "none": (type(None),),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "str": (str,),
}


Version = Callable[[], str]
"""Gives the version of a plugin, which is looked up only where a digest needs it."""


def no_version() -> str:
    """For a plugin that is no package."""
    return ""


class CallMaker:
    """Makes the calls of one function in one run."""

    def __init__(
        self,
        function: PluginFunction,
        declaration: WorkerDeclaration,
        run: Run,
        version: Version = no_version,
        providers: Providers | None = None,
    ) -> None:
        """`declaration` is that of `function`, `version` gives that of its plugin."""
        signature = function.signature
        plugin = signature.plugin or ""
        self.name = signature.name
        self.effect = signature.effect
        self._reaches = bool(declaration.hosts) or any(mark.kind == "net" for mark in function.rights.values())
        """Whether data leaves the machine with every call."""
        self._function = function
        self._run = run
        self._params = {p.name: p for p in signature.params}
        self._kinds = {p.name: _kinds(p, function) for p in signature.params}
        own = [p for p in signature.params if not p.option]
        self._options = frozenset(p.name for p in signature.params if p.option)
        self._positional = [(p.name, self._kinds[p.name]) for p in own if not p.keyword_only]
        self._required = sum(p.default is None for p in own) if _simple(own) else len(signature.params)
        self._template: dict[str, Any] = {p.name: function.defaults.get(p.name) for p in own}
        self._kind = WorkerKind(
            plugin,
            declaration.class_name,
            declaration.create,
            run.needs,
            lambda model, settings: declaration.digest_of(version(), model, settings),
            self._reaches,
        )
        full_name = f"{plugin}.{self.name}"
        self._router = Router(full_name, declaration.model, run.options, providers) if providers is not None else None
        self.remote = self._reaches or (self._router is not None and run.permissions.net is not None)
        """Whether data may leave the machine with a call: see `leaves`."""
        self._declaration = declaration
        self._generic = _has_variables(signature.result)
        self._accept = acceptor(result_type(function, (), {}), plugin, signature.name)
        """Checks answers of calls that are given no type."""
        direct = declaration.direct
        self._direct = Direct(direct, self.name, plugin, run.options) if direct is not None else None
        self._targets: dict[tuple[str | None, bool], Target] = {}

    def leaves(self, named: Mapping[str, Value]) -> bool:
        """Whether data leaves the machine with a call that is given these arguments by name."""
        if self._reaches or self._router is None:
            return self._reaches
        model = named.get("model")
        return self._router.leaves(_model_name(model))

    def make(self, args: tuple[Value, ...], named: dict[str, Value], key: Callable[[], int]) -> Call | Computed:
        """A call with these arguments, by position and by name, or its value where that needs no model.

        Raises `PlanError` where the arguments or the rights are wrong.

        key: gives the call's identity; asked where the answer is sampled and the call has no `seed=`.
        """
        if self._declaration.hosts:
            check_hosts(self._function, self._run.permissions)
        if not self._required <= len(args) <= len(self._positional):
            self._check_complete(args, named)
        arguments = self._template.copy()
        for (name, kinds), value in zip(self._positional, args, strict=False):
            arguments[name] = value if type(value) in kinds else self._argument(name, value)
        if not named:
            return self._call(arguments, args, named, key)
        return self._call_by_name(arguments, args, named, key)

    def _call(
        self, arguments: dict[str, Any], args: tuple[Value, ...], named: dict[str, Value], key: Callable[[], int]
    ) -> Call | Computed:
        accept = self._accept_for(args, named)
        target = self._target if self._declaration.model_argument is None else self._chosen(arguments, {})
        if self._direct is not None:
            made = self._direct(arguments, target, accept or self._accept)
            if isinstance(made, Computed):
                return made
            arguments, accept = made
        seed = 0
        if self._declaration.sampled and self._samples(arguments):
            seed = _seed("call", self._run.options.seed, key())
            return Call(target, arguments, seed, accept=accept)
        return Call(target, arguments, 0, _key(arguments), accept=accept)

    def _call_by_name(
        self, arguments: dict[str, Any], args: tuple[Value, ...], named: dict[str, Value], key: Callable[[], int]
    ) -> Call | Computed:
        options = self._named(arguments, args, named)
        if not options:
            return self._call(arguments, args, named, key)
        timeout, retries, given = _checked(options)
        target = self._chosen(arguments, options)
        accept = self._accept_for(args, named)
        if self._direct is not None:
            made = self._direct(arguments, target, accept or self._accept)
            if isinstance(made, Computed):
                return made
            arguments, accept = made
        seed, shared = 0, options.get("cache", True)
        if self._samples(arguments):
            seed = _seed("seed", given) if given is not None else _seed("call", self._run.options.seed, key())
            shared = shared and given is not None
        identity = _key(arguments, seed, timeout, retries) if shared else None
        return Call(target, arguments, seed, identity, timeout, retries, accept)

    def _chosen(self, arguments: dict[str, Any], options: dict[str, Any]) -> Target:
        """Who answers a call with these; the argument that names the model is taken out."""
        argument = self._declaration.model_argument
        model = options.get("model") if argument is None else arguments.pop(argument)
        return self.target(_model_name(model), exact=options.get("exact", True))

    def _named(
        self, arguments: dict[str, Any], args: tuple[Value, ...], named: dict[str, Value]
    ) -> dict[str, Any] | None:
        """Add the arguments given by name to `arguments`; gives the options that every model call has."""
        options: dict[str, Any] | None = None
        before = {name for name, _ in self._positional[: len(args)]}
        for name, value in named.items():
            kinds = self._kinds.get(name)
            if kinds is None or name in before:
                self._check_complete(args, named)
            checked = value if kinds is not None and type(value) in kinds else self._argument(name, value)
            if name in self._options:
                options = options or {}
                options[name] = checked
            else:
                arguments[name] = checked
        return options

    def _argument(self, name: str, value: Value) -> Any:
        return argument(self._function, self._params[name], self._run.permissions, value)

    def _check_complete(self, args: tuple[Value, ...], named: dict[str, Value]) -> None:
        """Raise `PlanError` for an argument too many or too few."""
        arguments_of(self._function, self._run.permissions, args, named)

    def _samples(self, arguments: dict[str, Any]) -> bool:
        sampled = self._declaration.sampled
        if isinstance(sampled, bool):
            return sampled
        value = arguments.get(sampled)
        return value > 0 if isinstance(value, (int, float)) else bool(value)

    def _accept_for(self, args: tuple[Value, ...], named: dict[str, Value]) -> Callable[[Any], Value] | None:
        """What checks the answer where the result type is that of an argument; None where the usual one does."""
        if not (self._generic and any(type(value) is TypeValue for value in (*args, *named.values()))):
            return None
        return acceptor(result_type(self._function, args, named), self._kind.plugin, self.name)

    def target(self, model: str | None, *, exact: bool = True) -> Target:
        """Who answers calls with `model=` (None for the default model) and `exact=`."""
        key = model, exact
        if key not in self._targets:
            self._targets[key] = self._new_target(model, exact=exact)
        return self._targets[key]

    @property
    def _target(self) -> Target:
        """Who answers calls that name no model; raises `PlanError` where the plan may not reach it."""
        return self.target(None)

    def _new_target(self, model: str | None, *, exact: bool) -> Target:
        declared = self._declaration
        function = f"{self._kind.plugin}.{self.name}"
        route = self._router.permitted(model) if self._router is not None else None
        if self._router is None or route is None:
            return Target(function, self._kind, declared.method, declared.model, self._accept, model, exact=exact)
        return Target(function, self._router.kind(route), route.method, "", self._accept, route.model, exact=exact)


def _model_name(model: Any) -> str | None:
    """`model=` of a call as workers and journals know it; a value of the type `model` is known by its digest."""
    return f"tuned:{model.digest()}" if isinstance(model, Opaque) else model


def _kinds(param: SignatureParameter, function: PluginFunction) -> frozenset[type]:
    """The Python types of which every value is one of `param`, and reaches the plugin as it is."""
    if param.name in function.rights:
        return frozenset()
    members = param.type.members if isinstance(param.type, types.UnionType) else (param.type,)
    return frozenset(kind for m in members if isinstance(m, types.Scalar) for kind in _KINDS.get(m.name, ()))


def _simple(params: Iterable[SignatureParameter]) -> bool:
    """Whether all that must be given can be given by position."""
    return not any(p.keyword_only and p.default is None for p in params)


def _has_variables(type_: types.Type) -> bool:
    """Whether the result type depends on an argument (`type[T] -> T`)."""
    seen: list[types.TypeVariable] = []

    def note(variable: types.TypeVariable) -> types.Type:
        seen.append(variable)
        return types.ANY

    substitute(type_, note)
    return bool(seen)


def _checked(options: dict[str, Any]) -> tuple[float | None, int, int | None]:
    """`timeout=`, `retries=` and `seed=` of a call, in range."""
    timeout, retries = options.get("timeout"), options.get("retries", 2)
    if timeout is not None and timeout <= 0:
        raise PlanError("value", f"timeout must be above 0, not {timeout:g}")
    if retries < 0:
        raise PlanError("value", f"retries must be at least 0, not {retries}")
    return timeout, retries, options.get("seed")


def _seed(*what: Any) -> int:
    return int.from_bytes(hashlib.sha256(repr(what).encode()).digest()[:7], "big")


def _key(arguments: dict[str, Any], *more: Hashable) -> Hashable:
    """Equal for calls of a function that are one call: of the same arguments, types and order of fields included."""
    given = tuple(arguments.values())
    kinds = tuple(map(type, given))
    if _PLAIN.issuperset(kinds):
        return kinds, given, more
    try:
        return marshal.dumps([_identity(value) for value in given], 2), more
    except ValueError:  # an opaque value or a type deep in a container, or very deep data
        return None


def _identity(value: Any) -> Any:
    if isinstance(value, TypeValue):
        return "type", value.name, structure(value.type)
    return (value.plan_type, value.digest()) if isinstance(value, Opaque) else value
