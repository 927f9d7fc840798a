"""The state of type inference: the flow of facts, types of variables, and what all parts of it ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from . import tree
from .checked import LocalFunction, Module, Symbol, Variable
from .findings import Findings
from .flow import Fact, Flow, Path
from .joining import bounded, join
from .library import Library
from .types import ANY, NEVER, FunctionType, NeverType, Type
from .typing import base, expand

Handler = TypeVar("Handler", bound=Callable[..., object])


@dataclass(slots=True)
class FunctionState:
    """The function whose body is being looked at. `declared` is its stated result, `given` what its returns give."""

    declared: Type | None = None
    given: Type = NEVER


@dataclass(slots=True)
class LoopState:
    """The loop whose body is being looked at: what is known where it is left and where its next turn begins."""

    base: Flow
    breaks: list[Mapping[Variable, Fact]] = field(default_factory=list)
    continues: list[Mapping[Variable, Fact]] = field(default_factory=list)


class InferenceCore:
    """What inferring expressions, calls and statements share."""

    def __init__(
        self, module: Module, library: Library, findings: Findings, earlier: Mapping[Variable, Type] | None
    ) -> None:
        """`earlier` holds the types of the variables of earlier inputs of a REPL session, None outside of one."""
        self.session = earlier is not None
        """Whether this is an input of a session, where a later one may change any variable."""
        self.module = module
        self.library = library
        self.findings = findings
        self.flow: Flow = Flow()
        for variable, of in (earlier or {}).items():
            self.flow.facts[variable] = Fact(of, of)
        self.stated: dict[Variable, Type] = {}
        """Types that annotations give variables."""
        self.constants = module.constants
        """Types of the file's constants, for the functions that read them."""
        self.function = FunctionState()
        self.loops: list[LoopState] = []
        self.attempts: list[dict[Variable, Fact]] = []
        """For each `try` around here: what its block wrote so far, since a failure may leave it anywhere."""
        self.local_types: dict[LocalFunction, FunctionType] = {}

    # --- What the layers above provide -------------------------------------------------------------------

    def infer(self, node: tree.Expression, expected: Type | None = None) -> Type:
        """The type of an expression, which is recorded; `expected` is what its context would like."""
        raise NotImplementedError

    def expect(self, node: tree.Expression, target: Type, what: str) -> Type:
        """Infer `node` and report it where it cannot be a `target`; `what` says whose type that is."""
        raise NotImplementedError

    def infer_function(
        self, node: tree.FunctionDef | tree.Lambda, given: tuple[Type, ...] | None = None
    ) -> FunctionType:
        """The type of a function, from its body where it states none; `given` is what it will be called with."""
        raise NotImplementedError

    def result_of(self, node: tree.FunctionDef) -> Type:
        """What a function of the file gives."""
        raise NotImplementedError

    def block(self, node: tree.Block) -> None:
        """Go through the statements of a block."""
        raise NotImplementedError

    # --- Recording ---------------------------------------------------------------------------------------

    def record(self, node: tree.Node, of: Type) -> Type:
        """Note the type of a node for the code generator; a literal counts as its scalar type there."""
        self.module.types[node] = ANY if isinstance(of, NeverType) else base(expand(of))
        return of

    def text(self, node: tree.Node) -> str:
        """The source of a node, for messages; shortened if it is long."""
        start, end = node.span
        text = self.module.source.text[start:end]
        first, newline, _ = text.partition("\n")
        return first if not newline and len(first) <= 60 else first[:50] + "…"

    def symbol(self, node: tree.Node) -> Symbol | None:
        """What a node refers to."""
        return self.module.symbols.get(node)

    # --- Variables ---------------------------------------------------------------------------------------

    def set(self, variable: Variable, of: Type, paths: Mapping[Path, Type] | None = None) -> None:
        """The variable holds a value of type `of` from here on."""
        of = bounded(of)
        self._write(variable, Fact(of, of, paths or {}))

    def narrow(self, variable: Variable, of: Type, paths: Mapping[Path, Type]) -> None:
        """A test showed that the variable's value is one of `of`."""
        fact = self.fact(variable)
        self._write(variable, Fact(of, fact.origin, paths))

    def _write(self, variable: Variable, fact: Fact) -> None:
        self.flow.facts[variable] = fact
        for attempt in self.attempts:
            known = attempt.get(variable)
            if known is None:
                attempt[variable] = fact
            elif known.type != fact.type:
                of = join(known.type, fact.type)
                attempt[variable] = Fact(of, of)

    def fact(self, variable: Variable) -> Fact:
        """What is known of a variable here."""
        found = self.flow.get(variable)
        if found is not None:
            return found
        of = self.constants.get(variable, ANY)
        return Fact(of, of)

    def place(self, node: tree.Expression) -> tuple[Variable, Path] | None:
        """The variable and the path below it that `node` names, where facts can be kept about it."""
        path: list[str | int] = []
        while not isinstance(node, tree.Name):
            if isinstance(node, tree.Field):
                path.append(node.name)
            elif isinstance(node, tree.Index) and isinstance(node.index, tree.Literal):
                key = node.index.value
                if not isinstance(key, (str, int)) or isinstance(key, bool):
                    return None
                path.append(key)
            else:
                return None
            node = node.value
        symbol = self.symbol(node)
        return (symbol, tuple(reversed(path))) if isinstance(symbol, Variable) else None
