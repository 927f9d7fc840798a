"""Which pool answers a call: the model that was named, and what plan.toml says of its plugin and of workers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from planlang.runtime.calls import Target
from planlang.runtime.errors import PlanError
from planlang.runtime.folders import cache_folder
from planlang.runtime.run import RunOptions
from planlang.runtime.workers.failures import as_failure
from planlang.runtime.workers.places import LOCAL, place_of
from planlang.runtime.workers.protocol import Context, PoolLike, Secrets, Workers

_PIN = "@sha256:"
_SHORTEST_PIN = 12


def model_of(target: Target, options: RunOptions) -> tuple[str, str]:
    """Name and digest of the model that answers calls to `target`, which is not loaded for it.

    The digest is "" where nothing is known, and only the name where the files are on other machines of a cluster.
    Raises `PlanError` where there is no such model, or another is pinned.
    """
    name, pin = _named(target, options)
    settings, _, _ = plugin_settings(options.settings, target.kind.plugin)
    try:
        digest = target.kind.digest(name, settings) if target.kind.digest is not None else ""
    except Exception as error:  # noqa: BLE001 - plugin code may raise anything; the plan is told
        if not pin and place_of(options.on, options.settings) != LOCAL:
            return name, f"model {name}"  # its files may be where its workers are, and nowhere else
        failure = as_failure(error, target.kind.plugin)
        text = f"`{target.name}` failed: {failure.message}"
        raise PlanError(failure.kind, text, failure.hint) from (failure.__cause__ or failure)
    if pin:
        _check_pin(name, pin, digest, target)
    return name, digest


def _named(target: Target, options: RunOptions) -> tuple[str, str]:
    """The model that the call names, or the user, or the plugin by default; and the hex digits that it is pinned by."""
    named = model_for(target.function, target.default_model, target.model, options)
    name, _, pin = named.rpartition(_PIN)
    if not name:
        return named, ""
    if len(pin) < _SHORTEST_PIN or len(pin) > 64 or set(pin) - set("0123456789abcdef"):
        raise PlanError(
            "value",
            f"the model `{named}` is pinned by what is no digest",
            f"a pin is {_SHORTEST_PIN} to 64 hex digits of it; `plan models` shows the digests",
        )
    return name, pin


def model_for(function: str, default: str, model: str | None, options: RunOptions) -> str:
    """What is named for a call of `function` with `model=`: there, or by the user, or by the plugin by default."""
    models = options.models
    name = function.rpartition(".")[2]
    return model or models.get(function) or models.get(name) or models.get("") or default


def without_pin(name: str) -> str:
    """The name of a model without the digest that pins it."""
    plain, _, _ = name.rpartition(_PIN)
    return plain or name


def _check_pin(name: str, pin: str, digest: str, target: Target) -> None:
    found = re.match(r"sha256:([0-9a-f]{64})", digest)
    if found is None:
        text = f"the model `{name}` cannot be pinned: the plugin `{target.kind.plugin}` tells no digest of its models"
        raise PlanError("value", text, f'write model="{name}"')
    if not found[1].startswith(pin):
        raise PlanError(
            "value",
            f"the model `{name}` is not the pinned one: it is sha256:{found[1]}, and sha256:{pin} is asked for",
            f'if this one is meant, write model="{name}{_PIN}{found[1][:_SHORTEST_PIN]}"',
        )


def pool_for(target: Target, options: RunOptions, workers: Workers) -> PoolLike:
    """The pool that holds the model of calls to `target`: the one they name, or the user's, or the plugin's default."""
    model, pin = _named(target, options)
    if pin:
        model_of(target, options)
    settings, secrets, folder = plugin_settings(options.settings, target.kind.plugin)
    net = options.permissions.net if target.kind.remote else None

    def open_context(report: Callable[[int, int], None], stopping: Callable[[], bool]) -> Context:
        return Context(model, cache_folder(), settings, Secrets(secrets, folder), report, stopping, net=net)

    key = json.dumps([settings, secrets, folder, net], sort_keys=True, default=str)
    most = most_workers(options.settings)
    if target.kind.remote or (most is None and options.limits.max_memory is not None):
        most = 1  # a copy would not know what the other sends; and it must not be what breaks a limit of memory
    return workers.pool(target.kind, model, key, open_context, most)


def plugin_settings(settings: Mapping[str, Any], plugin: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """The settings of `plugin` in plan.toml, where its secrets come from, and the folder that paths are seen from."""
    table = plugin_table(settings, plugin)
    own = {key: value for key, value in table.items() if key not in {"secrets", "version"}}
    return own, _table(table, "secrets", f"plugins.{plugin}.secrets"), str(settings.get("folder", ""))


def plugin_table(settings: Mapping[str, Any], plugin: str) -> dict[str, Any]:
    """`[plugins.NAME]` of plan.toml; empty where there is none. Raises `PlanError` where something else stands."""
    return _table(_table(settings, "plugins", "plugins"), plugin, f"plugins.{plugin}")


def _table(holder: Mapping[str, Any], key: str, name: str) -> dict[str, Any]:
    table = holder.get(key, {})
    if not isinstance(table, dict):
        raise PlanError("value", f"`{name}` in plan.toml must be a table", f"write its settings below [{name}]")
    return cast(dict[str, Any], table)


def most_workers(settings: Mapping[str, Any]) -> int | None:
    """`per_model` of `[workers]` in plan.toml: how many workers a model may have; None where it does not say."""
    most = _table(settings, "workers", "workers").get("per_model")
    if most is not None and (type(most) is not int or most < 1):
        raise PlanError("value", "`per_model` of [workers] in plan.toml must be a number of workers, at least 1")
    return most
