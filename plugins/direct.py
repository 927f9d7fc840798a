"""Model calls that the plan's own process answers, or prepares: no model is asked for what can be computed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from planlang.runtime.calls import Computed, Target
from planlang.runtime.errors import PlanError
from planlang.runtime.pools import model_of
from planlang.runtime.run import RunOptions
from planlang.runtime.values import Value
from planlang.runtime.workers.failures import as_failure

WhichModel = Callable[[], tuple[str, str]]
"""Name and digest of the model that answers the call, which is not loaded for it; raises where there is none."""
DirectFunction = Callable[[Mapping[str, Any], WhichModel], Any]
Accept = Callable[[Any], Value]


@dataclass(frozen=True, slots=True)
class Ask:
    """What a `direct` function gives where a model is needed for a part: what to ask it, and what its answer becomes.

    arguments: take the place of the call's own, for the worker, the journal and the cache.
    finish: turns the worker's answer into the function's. It runs in the plan's process, once for each call, and must
        be pure: the journal keeps the worker's answer and not what `finish` made of it.
    """

    arguments: Mapping[str, Any]
    finish: Callable[[Any], Any]


class Direct:
    """The `direct` function of one declaration, in one run."""

    def __init__(self, function: str | DirectFunction, name: str, plugin: str, options: RunOptions) -> None:
        """function: as `@worker(direct=…)` has it; it is imported at the first call."""
        self._named = function
        self._function: DirectFunction | None = None
        self._name = name
        self._plugin = plugin
        self._options = options
        self._models: dict[Target, tuple[str, str]] = {}

    def __call__(
        self, arguments: dict[str, Any], target: Target, accept: Accept
    ) -> Computed | tuple[dict[str, Any], Accept]:
        """The value, or what to ask the model and what takes its answer. Raises `PlanError`."""
        found = self._guarded(lambda: self._loaded()(arguments, lambda: self._model(target)))
        if found is NotImplemented:
            return arguments, accept
        if not isinstance(found, Ask):
            return Computed(accept(found))
        finish = found.finish
        return dict(found.arguments), lambda answer: accept(self._guarded(lambda: finish(answer)))

    def _guarded(self, work: Callable[[], Any]) -> Any:
        """What `work` gives; raises what it raises in the plan's words."""
        try:
            return work()
        except PlanError:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - plugin code may raise anything; the plan is told
            failure = as_failure(error, self._plugin)
            text = f"`{self._name}` failed: {failure.message}"
            raise PlanError(failure.kind, text, failure.hint) from (failure.__cause__ or failure)

    def _loaded(self) -> DirectFunction:
        if self._function is None:
            if isinstance(self._named, str):
                module, _, name = self._named.partition(":")
                self._function = getattr(importlib.import_module(module), name)
            else:
                self._function = self._named
        return self._function  # pyright: ignore[reportReturnType] - just set

    def _model(self, target: Target) -> tuple[str, str]:
        if target not in self._models:
            self._models[target] = model_of(target, self._options)
        return self._models[target]
