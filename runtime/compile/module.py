"""A checked file as Python byte code: its functions, its tests, and its top-level statements as one function."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from functools import partial
from types import CodeType

from planlang.lang import tree
from planlang.lang.checked import LibraryFunction, Module, ModuleFunction, Variable
from planlang.lang.signatures import Effect
from planlang.lang.types import ANY
from planlang.runtime.flow.regions import CONTEXT

# They register how calls and operators are compiled.
from . import calls, operations  # noqa: F401  # pyright: ignore[reportUnusedImport]
from . import nodes as py
from .flow import functions as flow_functions
from .flow.facts import Facts
from .frame import Frame, Names, Unit
from .functions import module_functions, tuple_forms, value_forms
from .ownership import Ownership
from .results import functions_with_results
from .statements import block, result


@dataclass(frozen=True, slots=True)
class CompiledModule:
    """Byte code of one file, and what its namespace must hold before the code runs.

    library: Python name → (plugin or None, function name). foreign: Python name → (file, Python name there).
    tests: titles with the Python function of each.
    """

    code: CodeType
    library: dict[str, tuple[str | None, str]]
    foreign: dict[str, tuple[str, str]]
    tests: tuple[tuple[str, str, int, int], ...] = ()
    """(title, Python name, start, end) of each test; the offsets are those of the test in the source."""


@dataclass(frozen=True, slots=True)
class CompileOptions:
    """How a file is compiled."""

    file_name: str
    """What the code calls its file, by which errors find the source again."""
    metered: bool = False
    repl: bool = False
    tests: bool = False
    """Compile the tests, and of the top level only constant `let`s."""
    mocked: frozenset[str] = frozenset()
    plain: Module | None = None
    """The file as it is where nothing is mocked, if that is not the module that is compiled."""
    unset: frozenset[Variable] | None = None
    """In a session, the variables that have no value, since the input that declares them has failed."""
    flow: Effect | None = None
    """Compile the flow form: what calling a function value may do at most."""


def compile_module(
    module: Module, keys: dict[Module, str], options: CompileOptions, names: Names | None = None
) -> CompiledModule:
    """Compile a checked file. `keys` says what each imported file is called in `CompiledModule.foreign`."""
    made, unit, tests = generate(module, keys, options, names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "is not" with a literal: the plan's matter, and the checker's
        code = compile(made, options.file_name, "exec", dont_inherit=True)
    return CompiledModule(code, unit.library, unit.foreign, tuple(tests))


def generate(
    module: Module, keys: dict[Module, str], options: CompileOptions, names: Names | None = None
) -> tuple[ast.Module, Unit, list[tuple[str, str, int, int]]]:
    """The Python syntax tree of a file, before it becomes byte code."""
    unit = Unit(
        module,
        Ownership(module, keep_globals=options.repl),
        names or Names(),
        metered=options.metered,
        repl=options.repl,
        mocked=options.mocked,
        constants=_constants(options.plain or module) if options.tests else None,
        module_keys=keys,
        several_results={} if options.repl else functions_with_results(module, options.mocked),
    )
    _note_declarations(unit)
    facts = Facts(module, options.flow, options.mocked, options.unset) if options.flow is not None else None
    if facts is not None:
        unit.flow = partial(flow_functions.closure, facts)
        flow_functions.module_functions(unit, facts)
    module_functions(unit)
    main = _main(unit, facts)
    tests = _tests(unit, facts) if options.tests else []
    tuple_forms(unit)
    forms = [*value_forms(unit), _tasks(unit)]
    types = [
        py.locate(py.assign(name, value), module.source, module.program.span) for name, value in unit.types.items()
    ]
    return ast.Module([*types, *unit.functions, *forms, main], []), unit, tests


def _note_declarations(unit: Unit) -> None:
    """Names of the file's functions, and the annotated types of its variables."""
    for node in tree.walk(unit.module.program):
        if isinstance(node, tree.Let) and node.type is not None and len(node.targets) == 1:
            _note_type(unit, node.targets[0], node.type)
        elif isinstance(node, tree.Parameter) and node.type is not None:
            _note_type(unit, node, node.type)
    for statement in unit.module.program.statements:
        if isinstance(statement, tree.FunctionDef):
            unit.names.declare(statement)


def _note_type(unit: Unit, binder: tree.Node, annotation: tree.TypeNode) -> None:
    variable = unit.ownership.variable(binder)
    if variable is not None:
        unit.declared_types[variable] = unit.module.declared.get(annotation, ANY)


def _main(unit: Unit, facts: Facts | None) -> ast.stmt:
    """The top-level statements as the function `main·`. In the REPL it gives the value of a last expression."""
    program = unit.module.program
    statements = program.statements if unit.constants is None else unit.constants
    if facts is not None and (facts.is_flow(program) if unit.constants is None else any(map(facts.acts, statements))):
        write = flow_functions.session_input if unit.repl else flow_functions.main
        body = write(unit, facts, statements)
        return _top_level(unit, Frame(unit, program), [CONTEXT], body)
    frame = Frame(unit, program)
    last: list[ast.stmt] = []
    if unit.repl and statements and isinstance(statements[-1], tree.ExpressionStatement):
        final = statements[-1]
        statements = statements[:-1]
        value = result(frame, final.value)
        last = frame.statements_at([py.returns(value)], final)
    return _top_level(unit, frame, [], block(frame, statements) + last)


def _top_level(unit: Unit, frame: Frame, params: list[str], body: list[ast.stmt]) -> ast.stmt:
    program = unit.module.program
    shared = sorted({frame.name(v) for v in _top_level_variables(unit) if frame.is_global(v)})
    opening: list[ast.stmt] = [ast.Global(shared)] if shared else []
    return py.locate(py.function("main·", params, [*opening, *body]), unit.module.source, program.span)


def _top_level_variables(unit: Unit) -> list[Variable]:
    """The variables of the top level; in the REPL also those of earlier inputs that this one names."""
    own = unit.module.variables.get(unit.module.program, [])
    if not unit.repl:
        return own
    named = (unit.ownership.variable(n) for n in tree.walk(unit.module.program) if isinstance(n, tree.Name))
    return [*own, *(v for v in named if v is not None)]


def _constants(module: Module) -> tuple[tree.Statement, ...]:
    """The constant `let`s that `plan test` runs: those without effects."""
    return tuple(
        s
        for s in module.program.statements
        if isinstance(s, tree.Let) and not any(_has_effect(module, n) for n in tree.walk(s.value))
    )


def _has_effect(module: Module, node: tree.Node) -> bool:
    symbol = module.symbols.get(node)
    if isinstance(symbol, LibraryFunction):
        return symbol.signature.effect > Effect.PURE
    return isinstance(symbol, ModuleFunction) and symbol.module.effects.get(symbol.node, Effect.PURE) > Effect.PURE


def _tasks(unit: Unit) -> ast.stmt:
    """`tasks·`: what is known of each task without running it, as `engine.TaskInfo` wants it."""
    tasks = [_task(unit, node) for node in unit.module.tasks]
    return py.locate(py.assign("tasks·", py.tuple_(tasks)), unit.module.source, unit.module.program.span)


def _task(unit: Unit, node: tree.FunctionDef) -> ast.expr:
    text = unit.module.source.text
    params = [
        py.tuple_(
            (
                py.constant(p.name),
                _type(unit, p.type),
                py.constant(None if p.default is None else text[p.default.span.start : p.default.span.end]),
                py.constant(p.description or ""),
                py.constant(tuple(p.span)),
            )
        )
        for p in node.params
    ]
    resources = [
        py.tuple_((py.constant(r.name), py.constant(r.value.value), py.constant(s.optional)))
        for s in (node.body.statements if isinstance(node.body, tree.Block) else ())
        if isinstance(s, tree.Needs)
        for r in s.resources
        if isinstance(r.value, tree.Literal)
    ]
    parts = py.constant(node.name), py.constant(node.doc), py.tuple_(params), _type(unit, node.result)
    return py.tuple_((*parts, py.tuple_(resources)))


def _type(unit: Unit, annotation: tree.TypeNode | None) -> ast.expr:
    declared = unit.module.declared.get(annotation, ANY) if annotation is not None else ANY
    return py.load(unit.type_name(declared))


def _tests(unit: Unit, facts: Facts | None) -> list[tuple[str, str, int, int]]:
    """Compile each test as a function of its own, in flow form if it does more than compute."""
    tests: list[tuple[str, str, int, int]] = []
    for number, statement in enumerate(unit.module.program.statements):
        if not isinstance(statement, tree.Test):
            continue
        name = f"test{number}·"
        if facts is not None and facts.is_flow(statement):
            made = py.function(name, [CONTEXT], flow_functions.test(unit, facts, statement))
        else:
            made = py.function(name, [], block(Frame(unit, statement), statement.body.statements))
        unit.functions.append(py.locate(made, unit.module.source, statement.span))
        tests.append((statement.title, name, statement.span.start, statement.span.end))
    return tests
