"""A checked plan as its tests see it: a function that some test mocks may do whatever its mocks do."""

from __future__ import annotations

from dataclasses import replace

from . import tree
from .checked import Constant, LibraryFunction, Module, ModuleFunction, ModuleSymbol, Symbol
from .effects import CallGraph, may_be_list
from .signatures import Effect, Signature


def with_mocks(modules: list[Module]) -> list[Module]:
    """Copies of `modules`, in the same order, in which the mocks of all tests of the last one count for effects.

    A mock may do more than what it replaces: it may ask a model where that only computes. Answers from a list are
    handed out in program order, as observations are made.
    """
    copies = _copies(modules)
    while True:
        graph = CallGraph(copies, mocked=True)
        if not _raise_effects(graph, copies):
            graph.record()
            return copies


def _copies(modules: list[Module]) -> list[Module]:
    """The modules again, with symbols and effects of their own; they refer to one another."""
    copies = {m: replace(m, symbols={}, effects=dict(m.effects)) for m in modules}
    seen: dict[Symbol, Symbol] = {}
    for original, copy in copies.items():
        copy.imports = [copies[m] for m in original.imports]
        for node, symbol in original.symbols.items():
            if symbol not in seen:
                seen[symbol] = _moved(symbol, copies)
            copy.symbols[node] = seen[symbol]
    return list(copies.values())


def _moved(symbol: Symbol, copies: dict[Module, Module]) -> Symbol:
    """What a symbol of the originals is called among the copies."""
    if isinstance(symbol, (ModuleFunction, Constant, ModuleSymbol)) and symbol.module in copies:
        return replace(symbol, module=copies[symbol.module])
    return symbol


def _raise_effects(graph: CallGraph, modules: list[Module]) -> bool:
    """Let each library function that is mocked do what its mocks do; whether that was more than it did before."""
    wanted: dict[tuple[str | None, str], Effect] = {}
    for module, mock in graph.mocks:
        symbol = module.symbols.get(mock)
        if isinstance(symbol, LibraryFunction):
            effect = _effect_of(graph, module, mock)
            if effect > symbol.signature.effect:
                key = _key(symbol.signature)
                wanted[key] = max(effect, wanted.get(key, effect))
    raised: dict[Symbol, Symbol] = {}
    for module in modules if wanted else ():
        for node, symbol in module.symbols.items():
            if isinstance(symbol, LibraryFunction) and (effect := wanted.get(_key(symbol.signature))) is not None:
                if symbol not in raised:
                    raised[symbol] = LibraryFunction(replace(symbol.signature, effect=effect))
                module.symbols[node] = raised[symbol]
    return bool(wanted)


def _key(signature: Signature) -> tuple[str | None, str]:
    return signature.plugin, signature.name


def _effect_of(graph: CallGraph, module: Module, mock: tree.Mock) -> Effect:
    least = Effect.OBSERVATION if may_be_list(module, mock.value) else Effect.PURE
    if isinstance(mock.value, tree.Lambda):
        return max(least, graph.units[mock.value].effect)
    return max(least, graph.unknown_effect())
