"""Models behind any endpoint that speaks OpenAI's API: vLLM, llama.cpp, Ollama, transformers serve, and services.

`model="openai:NAME@http://host:port/v1"` names one in a plan; plan.toml gives endpoints and short names. They answer
functions of `nlp`; this plugin has none of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from planlang.plugins import Provider, hookimpl

INTERFACE_VERSION = 1

FUNCTIONS = (
    *("generate", "chat", "samples", "extract", "choose"),
    *("classify", "classify_multi", "sentiment", "analyze_sentiment"),
    *("embed", "summarize", "translate", "answer"),
)
"""The functions of `nlp` that such models answer."""
SEARCHING = ("rank", "index", "add", "search")
"""Functions for which they give vectors."""


@hookimpl
def register_providers(register: Callable[[Any], None]) -> None:
    """The models of this plugin."""
    register(
        Provider(
            target="planlang.plugins.openai.worker:RemoteModel",
            functions={f"nlp.{name}": name for name in FUNCTIONS} | {f"nlp.{name}": "vectors" for name in SEARCHING},
            reaches="planlang.plugins.openai.endpoints:reaches",
            digest="planlang.plugins.openai.endpoints:digest",
        )
    )
