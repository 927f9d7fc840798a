"""The plugin interface: all that a plugin imports. `docs/plugins.md` is the page for authors.

The names below are imported on first use: a plan that is started from the cache, and uses no plugin, pays for nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planlang.runtime.values import TypeValue
    from planlang.runtime.workers.protocol import Answer, Context, Failure, Item, Secrets

    from .declarations import EnvName, Host, ReadPath, WritePath, function, worker
    from .direct import Ask
    from .hooks import INTERFACE_VERSION, hookimpl
    from .opaque import Opaque
    from .providers import Provider

__all__ = [
    "INTERFACE_VERSION",
    "Answer",
    "Ask",
    "Context",
    "EnvName",
    "Failure",
    "Host",
    "Item",
    "Opaque",
    "Provider",
    "ReadPath",
    "Secrets",
    "TypeValue",
    "WritePath",
    "function",
    "hookimpl",
    "worker",
]

_HOMES = {
    "planlang.runtime.values": ("TypeValue",),
    "planlang.runtime.workers.protocol": ("Answer", "Context", "Failure", "Item", "Secrets"),
    "planlang.plugins.declarations": ("EnvName", "Host", "ReadPath", "WritePath", "function", "worker"),
    "planlang.plugins.direct": ("Ask",),
    "planlang.plugins.hooks": ("INTERFACE_VERSION", "hookimpl"),
    "planlang.plugins.opaque": ("Opaque",),
    "planlang.plugins.providers": ("Provider",),
}


def __getattr__(name: str) -> Any:
    """Import a public name where it is first used."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
