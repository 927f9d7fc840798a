"""Models that a plugin has for functions of other plugins: those of a service, say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .declarations import DigestFunction, digest_text, named

ReachesFunction = Callable[[str, Mapping[str, Any]], tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Provider:
    """Models of a plugin, and which functions they answer; registered with the hook `register_providers`.

    They are the models that are called `PLUGIN:…` with the plugin's name, and those that plan.toml lists below
    `[plugins.PLUGIN.models]`.

    target: "package.module:Class", the worker; it is imported at the first call.
    functions: the method of the class that answers each function: `{"nlp.generate": "generate"}`.
    reaches: "package.module:function", or the function: `reaches(model, settings)` gives the `(host, port)` to which
        calls of the model go, and raises `Failure` for a name that none can have. The plan needs permission for the
        host. It is asked before anything is sent, so it must be light. None where nothing leaves the machine.
    digest: as for `worker`.
    """

    target: str
    functions: Mapping[str, str]
    reaches: str | ReachesFunction | None = None
    digest: str | DigestFunction | None = None

    def create(self) -> Any:
        """An instance of the worker's class."""
        return named(self.target)()

    def host_of(self, model: str, settings: Mapping[str, Any]) -> tuple[str, int] | None:
        """The host and port that calls of `model` reach; raises what the plugin's own function raises."""
        if self.reaches is None:
            return None
        return (named(self.reaches) if isinstance(self.reaches, str) else self.reaches)(model, settings)

    def digest_of(self, version: str, model: str, settings: Mapping[str, Any]) -> str:
        """What identifies `model`; `version` is that of the plugin."""
        return digest_text(self.digest, self.target, version, model, settings)
