"""The resolver's state: the current scope and frame, declarations, and what a use of a name records."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from . import tree
from .captures import Captures
from .checked import FunctionNode, LocalFunction, Module, Symbol, Variable
from .diagnostics import Label
from .findings import Findings
from .library import Library
from .names import Names
from .raw_texts import RawTexts
from .scopes import BlockScope, Capturable, Frame
from .source import Span
from .structure import Structure


class ResolverCore:
    """What resolving expressions and statements share."""

    def __init__(
        self, module: Module, library: Library, findings: Findings, outer: dict[str, Symbol] | None = None
    ) -> None:
        """`outer` holds the names that earlier inputs of a REPL session declared."""
        self.module = module
        self.findings = findings
        self.names = Names(library, findings)
        self.structure = Structure(findings)
        frame = Frame(module.program, None)
        self.captures = Captures(module, findings, repl=outer is not None)
        self.raw = RawTexts(findings)
        earlier = BlockScope(frame, None, names=dict(outer)) if outer else None
        self.file = BlockScope(frame, earlier, module.program.statements)
        self.scope: BlockScope = self.file
        self.holder: Capturable | None = None
        """The name that will keep the function being resolved."""
        self.passing = False
        """Whether the function being resolved is used up at once by a standard function."""

    @property
    def frame(self) -> Frame:
        """The frame in which the resolver stands."""
        return self.scope.frame

    # --- Declaring ---------------------------------------------------------------------------------------

    def declare(self, name: str, span: Span, symbol: Symbol) -> bool:
        """Enter `name` into the current block; reports a second declaration."""
        scope = self.scope
        if name in scope.names and name != "_":
            self.findings.error(
                "PL0202",
                span,
                f"`{name}` is already declared in this block",
                f"write `{name} = …` to give it another value, or choose another name",
                labels=(Label(scope.places[name], "first declared here"),) if name in scope.places else (),
            )
            return False
        scope.names[name] = symbol
        scope.places[name] = span
        if scope is self.file:
            self.module.members[name] = symbol
        return True

    def new_variable(self, node: tree.Node, name: str, kind: str) -> Variable:
        """A variable that is not declared yet."""
        frame = self.frame
        return Variable(name, node.span, kind, frame.node, in_loop=frame.loop_depth > 0)

    def variable(self, node: tree.Node, name: str, kind: str, made: Variable | None = None) -> Variable:
        """Declare a variable that `node` (a target, parameter or pattern) stands for."""
        frame = self.frame
        made = made or self.new_variable(node, name, kind)
        self.module.symbols[node] = made
        self.module.variables[frame.node].append(made)
        if self.scope is self.file:
            self.captures.top_variables.add(made)
        self.declare(name, made.span, made)
        return made

    # --- Using -------------------------------------------------------------------------------------------

    def use(self, node: tree.Node, symbol: Symbol, found_in: BlockScope) -> None:
        """Record that `node` uses `symbol`, which `found_in` declares."""
        self.module.symbols[node] = symbol
        if isinstance(symbol, (Variable, LocalFunction)):
            self.captures.used(symbol, node, self.frame, found_in.frame)

    # --- Blocks and frames -------------------------------------------------------------------------------

    @contextmanager
    def inner(self, statements: tuple[tree.Statement, ...] = ()) -> Generator[None]:
        """A block with names of its own."""
        outer = self.scope
        self.scope = BlockScope(outer.frame, outer, statements)
        yield
        self.scope = outer

    @contextmanager
    def looping(self) -> Generator[None]:
        """What stands inside runs more than once."""
        frame = self.frame
        frame.loop_depth += 1
        yield
        frame.loop_depth -= 1

    @contextmanager
    def running(self, node: FunctionNode | tree.Test, *, top_level: bool) -> Generator[None]:
        """The frame of a function or test."""
        outer = self.scope
        frame = Frame(node, outer.frame, top_level=top_level, holder=self.holder, passing=self.passing)
        self.holder, self.passing = None, False
        self.module.variables[node] = []
        self.scope = BlockScope(frame, outer)
        yield
        self.scope = outer
        if not isinstance(node, tree.Test):
            self.captures.close(node, frame)

    # --- What the layers above provide -------------------------------------------------------------------

    def expression(self, node: tree.Expression) -> None:
        """Resolve one expression."""
        raise NotImplementedError

    def block(self, node: tree.Block) -> None:
        """Resolve the statements of a block in a scope of their own."""
        raise NotImplementedError
