"""`:help NAME`: what a name is, from the same signatures and documentation that the checker and the docs use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planlang.describe import EFFECTS, signature_text
from planlang.lang.checked import (
    Constant,
    LibraryFunction,
    LocalFunction,
    ModuleFunction,
    ModuleSymbol,
    Symbol,
    TypeSymbol,
    Variable,
)
from planlang.lang.signatures import Effect, Signature
from planlang.lang.suggestions import closest
from planlang.lang.type_text import display
from planlang.usage import UsageError

if TYPE_CHECKING:
    from planlang.runtime.session import Session


def about(session: Session, name: str) -> str:
    """What `name` is, in a few lines; raises UsageError where nothing has that name."""
    name = name.removesuffix("()")
    symbol = session.symbols.get(name)
    if symbol is not None:
        return f"{name}: {_symbol(symbol)}"
    found = functions(session, name)
    if found:
        return "\n\n".join(function_page(signature) for signature in found)
    near = closest(name, [*session.symbols, *session.library.names])
    hint = f"did you mean `{near}`?" if near else ":help lists the commands"
    raise UsageError(f"there is nothing called `{name}`", hint)


def functions(session: Session, name: str) -> list[Signature]:
    """The standard function or plugin functions that `name` (or `plugin.name`) means."""
    plugin, dot, member = name.rpartition(".")
    if dot:
        found = session.library.member(plugin, member)
        return [found] if found is not None else []
    given = session.library.function(name)
    if isinstance(given, Signature):
        return [given]
    candidates = (session.library.member(plugin, name) for plugin in given or [])
    return [signature for signature in candidates if signature is not None]


def function_page(signature: Signature) -> str:
    """Signature, kind, rights and documentation of a function."""
    origin = f" of the plugin `{signature.plugin}`" if signature.plugin else ""
    lines = [signature_text(signature, common=False), f"  {EFFECTS[signature.effect]}{origin}"]
    lines += [f"  needs --allow-{right.kind}" for right in signature.permissions]
    if signature.effect == Effect.MODEL:
        lines.append("  takes the options of any model call too: model, timeout, retries, seed, cache")
    return "\n".join([*lines, "", signature.doc]).rstrip()


def _symbol(symbol: Symbol) -> str:
    match symbol:
        case Variable():
            return "a variable of this session"
        case LocalFunction(node=node) | ModuleFunction(node=node):
            head = (
                f"{'task' if node.is_task else 'fn'} with {', '.join(p.name for p in node.params) or 'no parameters'}"
            )
            return f"{head}\n{node.doc}".rstrip()
        case LibraryFunction(signature=signature):
            return function_page(signature)
        case TypeSymbol(type=of):
            return f"the type {display(of)}"
        case ModuleSymbol(plugin=plugin):
            return f"the plugin {plugin}" if plugin else "an imported file"
        case Constant():
            return "a constant"
        case _:
            return "a changing method"
