"""Dataflow before running: which calls of a plan can overlap, and which must wait for which (§6).

The analysis is abstract interpretation. A value is known by what must be done before it is known (`dataflow_values`);
statements and expressions are gone through in the order of a run (`dataflow_statements`, `dataflow_expressions`,
`dataflow_calls`, `dataflow_library`, `dataflow_places`), loops until their turns leave nothing new for the next
(`dataflow_turns`). What is found is a tree of regions with operations in it (`dataflow_graph`); the chains in it come
last (`dataflow_chains`).

It errs on one side only: a wait that a run turns out not to need may be shown, as where two branches give a variable
different values.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import tree
from .checked import FunctionNode, Module, Variable
from .dataflow_chains import settle
from .dataflow_core import Env, Frame
from .dataflow_graph import Dataflow, Region, Section, Shape
from .dataflow_statements import StatementFlow
from .dataflow_values import NOWHERE
from .effects import FUNCTION_NODES, CallGraph
from .recursion import deep_recursion
from .signatures import Effect
from .source import Span

_CALLS = 20_000
"""Python calls that going down the deepest tree may take."""


def dataflow(module: Module, task: str | None = None) -> Dataflow:
    """What can overlap in the top level of a checked file and in its tasks, or in the task or function `task`."""
    with deep_recursion(_CALLS):
        return _Analysis(module).run(task)


class _Analysis(StatementFlow):
    """The analysis of one file with what it imports."""

    def __init__(self, module: Module) -> None:
        graph = CallGraph(_modules(module))
        effects = [unit.effect for node, unit in graph.units.items() if node in graph.taken]
        works = max((*effects, *(s.effect for s in graph.taken_library)), default=Effect.PURE) > Effect.PURE
        super().__init__(module, unknown_works=works)
        self._file = module
        self.settled = frozenset(_read_by_computing(module))
        self._homes = {node: unit.module for node, unit in graph.units.items()}

    def run(self, task: str | None) -> Dataflow:
        """Analyse the top level, then the tasks."""
        program = self._file.program
        statements = tuple(s for s in program.statements if not isinstance(s, (tree.FunctionDef, tree.Test)))
        top = self._section("top level", "", program, Span(0, 0), {})
        self.block(statements)
        env = self.frame.env
        found = [top]
        for node in self._chosen(task):
            if not node.is_task:
                self.summary(node)
                continue
            head = Span(node.span.start, node.body.span.start)
            section = self._section("task", node.name, node, head, {**env, **self._parameters(node)})
            self.body(node.body)
            found.append(section)
        for section in (*self.sections, *found):
            settle(section, self.home(section.node))
        kept = [section for section in found if section.root.items or section.kind == "task"]
        return Dataflow(self._file.source, (*kept, *reversed(self.sections)))

    def _chosen(self, name: str | None) -> list[tree.FunctionDef]:
        if name is None:
            return self._file.tasks
        functions = (s for s in self._file.program.statements if isinstance(s, tree.FunctionDef))
        return [function for function in functions if function.name == name]

    def _section(self, kind: str, name: str, node: tree.Node, head: Span, env: Env) -> Section:
        section = Section(kind, name, node, self._file.source, Region(Shape.SECTION, node, head, None))
        self.section, self.frame = section, Frame(env, section.root)
        return section

    def _parameters(self, task: tree.FunctionDef) -> Env:
        """What a task is given from the command line is known."""
        found = (self.symbol(parameter) for parameter in task.params)
        return {variable: NOWHERE for variable in found if isinstance(variable, Variable)}

    def home(self, function: FunctionNode | tree.Node) -> Module:
        """The file in which a function stands."""
        return self._homes.get(function, self._file)


def _read_by_computing(module: Module) -> Iterator[Variable]:
    """The constants of a file that functions of it read which only compute."""
    for function in tree.walk(module.program):
        if isinstance(function, FUNCTION_NODES) and module.effects.get(function, Effect.PURE) == Effect.PURE:
            for node in tree.walk(function):
                symbol = module.symbols.get(node)
                if isinstance(node, tree.Name) and isinstance(symbol, Variable) and symbol.constant:
                    yield symbol


def _modules(module: Module) -> Iterator[Module]:
    """A file and all that it imports, each once."""
    seen: dict[int, Module] = {}
    pending = [module]
    while pending:
        one = pending.pop()
        if id(one) not in seen:
            seen[id(one)] = one
            pending.extend(one.imports)
    return iter(seen.values())
