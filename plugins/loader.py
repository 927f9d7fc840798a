"""Loading plugins: those that ship with planlang, installed ones, and ones that are handed over; each when needed."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from planlang.runtime.digests import digest_of

from . import discovery
from .discovery import Found

if TYPE_CHECKING:  # what a plan without plugins does not pay for
    from planlang.lang.signatures import Effect, Signature
    from planlang.runtime.errors import PlanError
    from planlang.runtime.run import Run, RunOptions
    from planlang.runtime.values import Value
    from planlang.runtime.workers.protocol import Workers
    from planlang.runtime.workers.ray.workers import RayWorkers

    from .calls import CallMaker
    from .collecting import Command, Contents
    from .providers import Provider
    from .signatures import PluginFunction

SHIPPED = (
    Found("nlp", "planlang.plugins.nlp", "planlang", ""),
    Found("privacy", "planlang.plugins.privacy", "planlang", ""),
    Found("openai", "planlang.plugins.openai", "planlang", ""),
)
"""The plugins that come with planlang: ordinary plugins, but found without looking."""


class Problem(NamedTuple):
    """A plugin that was skipped, and why. `cause` is for `--debug`."""

    plugin: str
    distribution: str
    message: str
    cause: BaseException | None = None

    def __str__(self) -> str:
        """One sentence for people."""
        origin = f" (of the package {self.distribution})" if self.distribution not in {"", "planlang"} else ""
        return f"the plugin `{self.plugin}`{origin} was skipped: {self.message}"


class Plugin(NamedTuple):
    """A plugin that was loaded."""

    name: str
    distribution: str
    version: str
    doc: str
    contents: Contents


class Plugins:
    """The plugins of a program: what they give, and the workers that hold their models."""

    def __init__(self, found: list[Found], given: Mapping[str, Any]) -> None:
        """`found` are loaded when needed; `given` are modules or objects by plugin name. See `load`."""
        self._found = found
        self._given = given
        self._tried: dict[str, Plugin | Problem] = {}
        self._types: dict[str, str] = {}
        self._clusters: dict[str, RayWorkers] = {}
        self._lock = threading.Lock()

    @cached_property
    def workers(self) -> Workers:
        """The workers that hold the models; none is loaded before a call needs it. Others may be put in their place."""
        from planlang.runtime.workers.local import LocalWorkers

        return LocalWorkers()

    def workers_on(self, place: str) -> Workers:
        """The workers in a cluster: `place` is `ray` or `ray://HOST:PORT`. The connection is made meanwhile."""
        with self._lock:
            if place not in self._clusters:
                from planlang.runtime.workers.ray.workers import RayWorkers

                self._clusters[place] = RayWorkers(None if place == "ray" else place)
            found = self._clusters[place]
        found.begin()
        return found

    # ── what there is ────────────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _all(self) -> list[Plugin | Problem]:
        names = dict.fromkeys([*self._given, *(found.name for found in self._found)])
        return [*(self._try(name) for name in names), *self._doubles()]

    def _doubles(self) -> Iterator[Problem]:
        seen = dict.fromkeys(self._given, "this program")
        for found in self._found:
            if found.name in seen and found.name not in self._given:
                yield Problem(found.name, found.distribution, f"{seen[found.name]} has a plugin of the same name")
            seen.setdefault(found.name, found.distribution or "another package")

    @property
    def loaded(self) -> list[Plugin]:
        """The plugins that work, shipped ones first."""
        return [plugin for plugin in self._all if isinstance(plugin, Plugin)]

    @property
    def problems(self) -> list[Problem]:
        """The plugins that were skipped."""
        return [problem for problem in self._all if isinstance(problem, Problem)]

    @cached_property
    def signatures(self) -> dict[str, dict[str, Signature]]:
        """The signature of every function, by plugin and name."""
        return {p.name: {name: f.signature for name, f in p.contents.functions.items()} for p in self.loaded}

    @cached_property
    def opaque(self) -> dict[str, str]:
        """The opaque types, with the plugin that each belongs to."""
        return {name: plugin.name for plugin in self.loaded for name in plugin.contents.opaque}

    def load_opaque(self, name: str, data: bytes) -> Value:
        """The value of the opaque type `name` that was saved as `data`; raises ValueError where no plugin has it."""
        for plugin in self.loaded:
            if (kind := plugin.contents.opaque.get(name)) is not None:
                loaded: Value = kind.load(data)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] - plugins' have it
                return loaded
        raise ValueError(f"no plugin has the type {name}")

    @property
    def commands(self) -> dict[str, Command]:
        """The commands that plugins add to `plan`; the first plugin that gives a name has it."""
        return {c.name: c for plugin in reversed(self.loaded) for c in plugin.contents.commands}

    @cached_property
    def fingerprint(self) -> str:
        """A hex text that changes whenever a signature may have changed; costs no import of found plugins."""
        parts: list[str] = []
        for found in self._found:
            parts += [repr(found), *discovery.stamps(found.target)]
        for name in self._given:
            plugin = self._try(name)
            contents = plugin.contents.functions if isinstance(plugin, Plugin) else {}
            parts.append(repr((name, [function.signature for function in contents.values()])))
        return digest_of("\n".join(parts))

    # ── use ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def bind(self, signature: Signature, run: Run) -> Callable[..., Value]:
        """What a plan of `run` calls for `signature`: arguments by position in its order, or by name."""
        return self.bind_name(signature.plugin or "", signature.name, run)

    def bind_name(self, plugin: str, name: str, run: Run) -> Callable[..., Value]:
        """The same by name; loads no other plugin. Raises KeyError where there is no such function (any more)."""
        from planlang.runtime.workers.places import workers_of

        from .binding import bind

        function = self.function(plugin, name)
        self._check_version(plugin, run)
        workers = workers_of(self, run.options.on, run.options.settings)
        return bind(function, run, workers, self._versions(plugin), self)

    def bind_call(self, plugin: str, name: str, run: Run) -> CallMaker:
        """What makes the model calls of the function `plugin.name` in `run`, for its dispatcher. Raises as above."""
        from .binding import bind_call

        function = self.function(plugin, name)
        self._check_version(plugin, run)
        return bind_call(function, run, self._versions(plugin), self)

    def effect(self, plugin: str, name: str) -> Effect:
        """What the function `plugin.name` does; raises KeyError where there is none."""
        return self.function(plugin, name).signature.effect

    def provider(self, plugin: str) -> Provider | None:
        """What provides the models of `plugin`; None where there is no such plugin, or it has none of its own."""
        if plugin not in self._given and all(found.name != plugin for found in self._found):
            return None
        loaded = self._try(plugin)
        if isinstance(loaded, Problem):
            from planlang.runtime.errors import PlanError

            raise PlanError("value", str(loaded), "`plan plugins` shows what there is")
        return loaded.contents.provider

    def unreachable(self, plugin: str, name: str, model: str | None, options: RunOptions) -> PlanError | None:
        """Why calls of `plugin.name` with `model=` may not reach a remote model; None where they may, or need none."""
        from .declarations import WorkerDeclaration
        from .routing import Router, may_be_remote

        if not may_be_remote(f"{plugin}.{name}", model, options):
            return None  # what most plans are told of by a look at a name
        declaration = self.function(plugin, name).declaration
        default = declaration.model if isinstance(declaration, WorkerDeclaration) else ""
        return Router(f"{plugin}.{name}", default, options, self).refusal(model)

    def _versions(self, plugin: str) -> Callable[[], str]:
        """Gives the version of the package that `plugin` came with; "" for one that was handed over."""

        def version() -> str:
            found = next((found for found in self._found if found.name == plugin and plugin not in self._given), None)
            return (found.version or discovery.version_of(found.distribution)) if found else ""

        return version

    def _check_version(self, plugin: str, run: Run) -> None:
        """Raise `PlanError` where plan.toml asks for another version of `plugin`: "1.2" means 1.2 or any 1.2.x."""
        from planlang.runtime.errors import PlanError
        from planlang.runtime.pools import plugin_table

        wanted = plugin_table(run.options.settings, plugin).get("version")
        found = next((found for found in self._found if found.name == plugin and plugin not in self._given), None)
        if wanted is None or found is None:
            return
        version = self.version_of(plugin)
        if version != str(wanted) and not version.startswith(f"{wanted}."):
            raise PlanError(
                "value",
                f"plan.toml asks for version {wanted} of the plugin `{plugin}`, and {version} is installed",
                f'install it with: pip install "{found.distribution}=={wanted}.*"',
            )

    def version_of(self, plugin: str) -> str:
        """The version of the package that `plugin` comes from; "" where it comes from none."""
        found = next((found for found in self._found if found.name == plugin and plugin not in self._given), None)
        return (found.version or discovery.version_of(found.distribution)) if found is not None else ""

    def function(self, plugin: str, name: str) -> PluginFunction:
        """The function `plugin.name`; raises KeyError where there is none."""
        loaded = self._try(plugin)
        if isinstance(loaded, Problem):
            raise KeyError(plugin)
        return loaded.contents.functions[name]

    def close(self) -> None:
        """Let go of all loaded models."""
        self.workers.close()
        for workers in self._clusters.values():
            workers.close()

    # ── loading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _try(self, name: str) -> Plugin | Problem:
        if name not in self._tried:
            self._tried[name] = self._load(name)
        return self._tried[name]

    def _load(self, name: str) -> Plugin | Problem:
        from .collecting import BrokenPluginError, check_name, collect

        found = next((found for found in self._found if found.name == name), Found(name, "", "", ""))
        try:
            check_name(name, "the plugin's name")
            source = self._given[name] if name in self._given else _import(found.target)
            contents = collect(name, source)
            self._claim_types(name, contents)
        except BrokenPluginError as error:
            return Problem(name, found.distribution, str(error), error.__cause__)
        return Plugin(name, found.distribution, found.version, _doc(source), contents)

    def _claim_types(self, plugin: str, contents: Contents) -> None:
        from .collecting import BrokenPluginError

        for type_name in contents.opaque:
            owner = self._types.setdefault(type_name, plugin)
            if owner != plugin:
                raise BrokenPluginError(f"its type `{type_name}` has the same name as one of the plugin `{owner}`")


def _import(target: str) -> Any:
    from planlang.runtime.display import quoted

    from .collecting import BrokenPluginError

    if not target:
        raise BrokenPluginError("it is not installed")
    if not all(part.isidentifier() for part in target.replace(":", ".").split(".")):
        raise BrokenPluginError(f"its package says that it is found at {quoted(target)}, which is no place in Python")
    module, _, attribute = target.partition(":")
    try:
        source = importlib.import_module(module)
        return attrgetter(attribute)(source) if attribute else source
    except ModuleNotFoundError as error:
        raise BrokenPluginError(f"it needs the Python package `{error.name}`, which is not installed") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plugin may also exit, or raise what is no Exception
        raise BrokenPluginError("its code fails when it is imported (--debug shows where)") from error


def _doc(source: Any) -> str:
    doc = getattr(source, "__doc__", None)
    return doc.strip() if isinstance(doc, str) else ""


def load(given: Mapping[str, Any] | None = None, *, installed: bool = True) -> Plugins:
    """The plugins of this Python environment. Nothing is imported before it is needed.

    given: further plugins by name: modules, or objects with the hooks as methods. They go before others of their name.
    installed: whether to look for installed plugins; shipped ones are always there.
    """
    found = [*SHIPPED, *(discovery.installed() if installed else ())]
    return Plugins([f for i, f in enumerate(found) if f not in found[:i]], given or {})
