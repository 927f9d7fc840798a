"""From a checked file to a `Program`: all files that it imports and itself, compiled in one of the engine's forms."""

from __future__ import annotations

from planlang.lang import tree
from planlang.lang.checked import LibraryFunction, Module
from planlang.lang.effects import CallGraph
from planlang.lang.mocking import with_mocks
from planlang.lang.signatures import Effect

from .compile.module import CompileOptions, compile_module
from .digests import digest_of
from .program import FLOW, METERED, TESTS, NamedModel, Program, Unit


def compile_program(root: Module, form: str) -> Program:
    """Compile `root` and what it imports in the form that `program.form_of` names; imported files come first."""
    parts = form.split("-")
    originals = in_order(root)
    modules = with_mocks(originals) if FLOW in parts and TESTS in parts else originals
    keys = {module: str(number) for number, module in enumerate(modules)}
    mocks = (n.name for n in tree.walk(root.program) if isinstance(n, tree.Mock))
    mocked = frozenset(mocks if TESTS in parts else ())
    flow = CallGraph(modules, mocked=TESTS in parts).unknown_effect() if FLOW in parts else None
    units: list[Unit] = []
    for module, original in zip(modules, originals, strict=True):
        options = CompileOptions(
            file_name=f"plan:{keys[module]}:{module.source.name}",
            metered=METERED in parts,
            tests=TESTS in parts and original is root,
            mocked=mocked,
            plain=original,
            flow=flow,
        )
        made = compile_module(module, keys, options)
        units.append(Unit(keys[module], module.source, made.code, made.library, made.foreign, made.tests))
    files = {m.path: digest_of(m.source.text) for m in originals[:-1] if m.path is not None}
    warnings = tuple(d for d in root.diagnostics if not d.is_error)
    calls_models = _calls_models(originals)
    models = named_models(root, originals) if calls_models else ()
    return Program(tuple(units), warnings, needed(originals), files, calls_models, models)


def _calls_models(modules: list[Module]) -> bool:
    """Whether these files use a function that a model answers."""
    return any(
        symbol.signature.effect is Effect.MODEL
        for module in modules
        for symbol in module.symbols.values()
        if isinstance(symbol, LibraryFunction)
    )


def named_models(root: Module, modules: list[Module]) -> tuple[NamedModel, ...]:
    """Which models the calls name that `root` may make, tests aside."""
    numbers = {module: number for number, module in enumerate(modules)}
    starts: list[tree.Node] = [root.program]
    starts += [s for s in root.program.statements if isinstance(s, tree.FunctionDef)]
    found: list[NamedModel] = []
    for unit in CallGraph(modules).reached(starts):
        for signature, node in unit.uses:
            given = _given_model(node)
            if signature.effect is Effect.MODEL and not isinstance(given, tree.Node):
                named = signature.plugin or "", signature.name, given
                found.append(NamedModel(*named, numbers[unit.module], node.span.start, node.span.end))
    return tuple(found)


def _given_model(call: tree.Node) -> str | tree.Node | None:
    """The text that a call has for `model=`; None where it has nothing, and the expression where it has another."""
    arguments = call.arguments if isinstance(call, (tree.Call, tree.MethodCall)) else ()
    value = next((argument.value for argument in arguments if argument.name == "model"), None)
    return value.value if isinstance(value, tree.Literal) and isinstance(value.value, str) else value


def in_order(root: Module) -> list[Module]:
    """`root` and all files that it imports, each after those that it imports itself."""
    order: list[Module] = []
    waiting: list[tuple[Module, bool]] = [(root, False)]
    seen: set[Module] = set()
    while waiting:
        module, ready = waiting.pop()
        if ready:
            order.append(module)
        elif module not in seen:
            seen.add(module)
            waiting.append((module, True))
            waiting.extend((imported, False) for imported in reversed(module.imports))
    return order


def needed(modules: list[Module]) -> frozenset[str]:
    """The kinds of permission that the functions used in these files may need."""
    return frozenset(
        permission.kind
        for module in modules
        for symbol in module.symbols.values()
        if isinstance(symbol, LibraryFunction)
        for permission in symbol.signature.permissions
    )
