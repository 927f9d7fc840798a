"""The models that plans can use here, and which functions use them where no call names another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    from planlang.plugins.loader import Plugins
    from planlang.plugins.nlp.inventory import Entry

    from .settings import Settings


class Listed(NamedTuple):
    """A model: see `plugins.nlp.inventory.Entry`. `used_by` names the functions that ask it by default."""

    name: str
    kind: str
    place: str
    size: int
    licence: str
    digest: str
    missing: str
    used_by: tuple[str, ...] = ()


def models(plugins: Plugins, settings: Settings) -> list[Listed]:
    """All models: those that functions use by default, then what else is on this machine or named in plan.toml."""
    from planlang.plugins.nlp import inventory

    users = used_by(plugins, settings)
    found = [_listed(plugins, settings, name, users) for name in [*users, *_short_names(settings)]]
    there = {each.name for each in found}
    others: Iterable[Entry] = (*inventory.fine_tuned(), *inventory.cached(), *inventory.converted())
    places = {each.place for each in found}
    found += [Listed(*each) for each in others if each.name not in there and each.place not in places]
    return list({each.name: each for each in found}.values())


def used_by(plugins: Plugins, settings: Settings) -> dict[str, tuple[str, ...]]:
    """For each model that is used by default, as plugins and plan.toml say, the functions that use it."""
    from planlang.plugins.declarations import WorkerDeclaration
    from planlang.runtime.pools import model_for
    from planlang.runtime.run import RunOptions

    options = RunOptions(models=settings.models, settings=settings.raw)
    found: dict[str, tuple[str, ...]] = {}
    for plugin in plugins.loaded:
        for name, function in plugin.contents.functions.items():
            declaration = function.declaration
            if isinstance(declaration, WorkerDeclaration):
                model = model_for(f"{plugin.name}.{name}", declaration.model, None, options)
                if model:
                    found[model] = (*found.get(model, ()), name)
    return found


def _listed(plugins: Plugins, settings: Settings, name: str, users: dict[str, tuple[str, ...]]) -> Listed:
    from planlang.plugins.nlp import inventory
    from planlang.plugins.routing import plugin_of
    from planlang.runtime.pools import without_pin

    functions = users.get(name, ())
    plugin = plugin_of(without_pin(name), settings.raw)
    if plugin is not None and plugins.provider(plugin) is not None:
        return _remote(plugins, settings, plugin, name)._replace(used_by=functions)
    return Listed(*inventory.default(without_pin(name)), functions)


def _remote(plugins: Plugins, settings: Settings, plugin: str, name: str) -> Listed:
    """A model that a plugin provides; where it is at fault, `missing` says how."""
    from planlang.runtime.errors import PlanError
    from planlang.runtime.pools import plugin_settings
    from planlang.runtime.workers.protocol import Failure

    provider = plugins.provider(plugin)
    try:
        own, _, _ = plugin_settings(settings.raw, plugin)
        reaches = provider.host_of(name, own) if provider is not None else None
        place = f"at {reaches[0]}:{reaches[1]}" if reaches is not None else f"of {plugin}"
    except (Failure, PlanError) as error:
        return Listed(name, "remote", "", 0, "", "", f"{error.message}: {error.hint}".removesuffix(": "))
    return Listed(name, "remote", place, 0, "", "", "")


def _short_names(settings: Settings) -> list[str]:
    """The names that plan.toml gives to models of plugins."""
    tables: Any = settings.raw.get("plugins")
    found: list[str] = []
    for table in cast(dict[str, Any], tables).values() if isinstance(tables, dict) else ():
        listed: Any = cast(dict[str, Any], table).get("models") if isinstance(table, dict) else None
        found += list(cast(dict[str, Any], listed)) if isinstance(listed, dict) else []
    return found
