"""Who answers a model call: the worker of the function itself, or a plugin that provides the model of this name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from planlang.runtime.errors import PlanError
from planlang.runtime.pools import model_for, plugin_settings, without_pin
from planlang.runtime.workers.failures import as_failure
from planlang.runtime.workers.protocol import WorkerKind

if TYPE_CHECKING:
    from planlang.runtime.run import RunOptions

    from .providers import Provider


class Providers(Protocol):
    """What knows the providers of models by their plugins: `loader.Plugins`."""

    def provider(self, plugin: str) -> Provider | None:
        """The provider of `plugin`; None where the plugin has none, or there is no such plugin."""
        ...

    def version_of(self, plugin: str) -> str:
        """The version of the plugin's package."""
        ...


class Route(NamedTuple):
    """A provider that answers `function` for the model of this name. `reaches`: the host and port that calls reach."""

    plugin: str
    provider: Provider
    function: str
    model: str
    reaches: tuple[str, int] | None

    @property
    def method(self) -> str:
        """The method of the provider's worker that answers."""
        return self.provider.functions[self.function]

    def kind(self, version: str) -> WorkerKind:
        """The worker that answers; it computes nothing, so what a task needs is not reserved for it."""
        provider = self.provider

        def digest(model: str, settings: Mapping[str, Any]) -> str:
            return provider.digest_of(version, model, settings)

        return WorkerKind(self.plugin, provider.target, provider.create, digest=digest, remote=self.reaches is not None)


class Router:
    """Finds the routes of the calls of one function in one run."""

    def __init__(self, function: str, default_model: str, options: RunOptions, providers: Providers) -> None:
        """`function` is the full name (`nlp.generate`), `options` are those of the run."""
        self._function = function
        self._default = default_model
        self._options = options
        self._providers = providers
        self._found: dict[str | None, Route | None] = {}

    def kind(self, route: Route) -> WorkerKind:
        """The worker of a route."""
        return route.kind(self._providers.version_of(route.plugin))

    def route(self, model: str | None) -> Route | None:
        """The provider that answers calls with `model=`; None where the function's own worker does.

        Raises `PlanError` where the model cannot answer the function, or its name is none.
        """
        if model not in self._found:
            named = model_for(self._function, self._default, model, self._options)
            self._found[model] = self._find(named)
        return self._found[model]

    def _find(self, named: str) -> Route | None:
        model, settings = without_pin(named), self._options.settings
        plugin = plugin_of(model, settings)
        provider = self._providers.provider(plugin) if plugin is not None else None
        if plugin is None or provider is None:
            return None
        if self._function not in provider.functions:
            name = self._function.rpartition(".")[2]
            able = ", ".join(sorted(each.rpartition(".")[2] for each in provider.functions))
            text = f"`{name}` cannot be answered by `{model}`, a model of the plugin `{plugin}`"
            raise PlanError("value", text, f"such models answer {able}; name another for this one: --model {name}=NAME")
        own, _, _ = plugin_settings(settings, plugin)
        try:
            reaches = provider.host_of(model, own)
        except Exception as error:  # noqa: BLE001 - plugin code may raise anything; the plan is told
            failure = as_failure(error, plugin)
            raise PlanError(failure.kind, failure.message, failure.hint) from (failure.__cause__ or failure)
        return Route(plugin, provider, self._function, named, reaches)

    def permitted(self, model: str | None) -> Route | None:
        """The same as `route`; raises a `permission` error where the plan may not reach what it reaches."""
        route = self.route(model)
        if route is not None and route.reaches is not None:
            self._options.permissions.host(*route.reaches)
        return route

    def refusal(self, model: str | None) -> PlanError | None:
        """Why calls with `model=` may not reach their model; None where they may, or fail for another reason."""
        try:
            self.permitted(model)
        except PlanError as error:
            return error if error.kind == "permission" else None
        return None

    def leaves(self, model: str | None) -> bool:
        """Whether data leaves the machine with calls with `model=`; not where they fail before."""
        try:
            route = self.route(model)
        except PlanError:
            return False
        return route is not None and route.reaches is not None


def may_be_remote(function: str, model: str | None, options: RunOptions) -> bool:
    """Whether the name of the model, as far as it is named at all, is one that a plugin might provide."""
    named = model_for(function, "", model, options)
    return bool(named) and plugin_of(without_pin(named), options.settings) is not None


def plugin_of(model: str, settings: Mapping[str, Any]) -> str | None:
    """The plugin that would provide the model of this name: of its prefix, or below which plan.toml lists it."""
    tables = settings.get("plugins")
    for plugin, table in cast(dict[str, Any], tables).items() if isinstance(tables, dict) else ():
        listed = cast(dict[str, Any], table).get("models") if isinstance(table, dict) else None
        if isinstance(listed, dict) and model in listed:
            return plugin
    prefix, colon, _ = model.partition(":")
    return prefix if colon and prefix.isidentifier() else None
