"""The plugin interface: all that a plugin imports. `docs/plugins.md` is the page for authors.

Importing it costs little: no parser, no model library, nothing of other plugins.
"""

from __future__ import annotations

from planlang.runtime.values import TypeValue
from planlang.runtime.workers.protocol import Answer, Context, Failure, Item, Secrets

from .declarations import EnvName, Host, ReadPath, WritePath, function, worker
from .hooks import INTERFACE_VERSION, hookimpl
from .opaque import Opaque

__all__ = [
    "INTERFACE_VERSION",
    "Answer",
    "Context",
    "EnvName",
    "Failure",
    "Host",
    "Item",
    "Opaque",
    "ReadPath",
    "Secrets",
    "TypeValue",
    "WritePath",
    "function",
    "hookimpl",
    "worker",
]
