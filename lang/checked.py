"""What checking found out about a file: the contract between the checker and the code generator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from . import tree
from .diagnostics import Diagnostic
from .signatures import Effect, Signature
from .source import Source
from .types import ANY, Type

FunctionNode: TypeAlias = tree.FunctionDef | tree.Lambda
Scope: TypeAlias = tree.FunctionDef | tree.Lambda | tree.Test | tree.Program
"""What has a frame of its own: variables live in exactly one of these. (Comprehensions have none of their own.)"""


@dataclass(eq=False, slots=True)
class Variable:
    """A declared name: `let`, parameter, loop, pattern, `catch` or comprehension variable."""

    name: str
    span: tree.Span
    kind: str
    """let, parameter, loop, pattern, catch or comprehension."""
    scope: Scope
    """Whose frame it lives in."""
    in_loop: bool = False
    """Whether its declaration runs more than once in one run of its scope (it is in a loop or comprehension)."""
    assigned: bool = False
    """Whether it is assigned again or changed in place (`push`, `x[i] = …`) after its declaration."""
    captured: bool = False
    """Whether a function inside its scope captures it (module constants are not captured, but read)."""
    constant: bool = False
    """A `let` at the top level of a file that is never assigned or changed: functions of the file may read it."""


@dataclass(frozen=True, eq=False, slots=True)
class LocalFunction:
    """A `fn` with a name declared in a block: captured by value like a variable, and known statically."""

    node: tree.FunctionDef
    scope: Scope


@dataclass(frozen=True, eq=False, slots=True)
class ModuleFunction:
    """A `fn` or `task` at the top level of a file. `module` is the file it stands in."""

    node: tree.FunctionDef
    module: Module


@dataclass(frozen=True, eq=False, slots=True)
class LibraryFunction:
    """A standard function or one of a plugin."""

    signature: Signature


@dataclass(frozen=True, eq=False, slots=True)
class Constant:
    """A constant of an imported file (`helpers.limit`), or a standard constant (`pi`, `inf`: then `module` is None)."""

    name: str
    module: Module | None
    variable: Variable | None = None


@dataclass(frozen=True, eq=False, slots=True)
class TypeSymbol:
    """The name of a type."""

    name: str
    type: Type


@dataclass(frozen=True, eq=False, slots=True)
class ModuleSymbol:
    """An imported file or stdlib module (`module`), or a plugin's name (`plugin`)."""

    name: str
    module: Module | None = None
    plugin: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class ChangingMethod:
    """`push`, `pop`, `insert`, `extend`, `remove`, `clear` in method position."""

    name: str


Symbol: TypeAlias = (
    Variable | LocalFunction | ModuleFunction | LibraryFunction | Constant | TypeSymbol | ModuleSymbol | ChangingMethod
)


@dataclass(eq=False, slots=True)
class Module:
    """A checked file.

    symbols: what a node refers to. Keys are `Name` nodes, `MethodCall` nodes (what `method` is), `Field` nodes that
        are a module's member (`helpers.limit`), `Target`, `Parameter`, `PatternName` nodes (the Variable declared),
        `Mock` nodes (the function replaced), and `FunctionDef` nodes in blocks (their LocalFunction). A `Call` has
        none of its own: look at its `function` node.
    types: the static type of every expression node, after narrowing; of every `Parameter`, `Target` and
        `PatternName` its declared or first type; for a FunctionDef or Lambda its FunctionType.
    declared: the type that an annotation states (`Let.type`, `Parameter.type`, result types), for every TypeNode.
    captures: for each function node, the variables and local functions of enclosing frames that it (or a function
        inside it) uses, in order of first use.
    effects: for each function node, and for the Program and Test nodes, what running it can do.
    variables: for every Scope, the variables of its frame in order of declaration.
    """

    source: Source
    program: tree.Program
    path: str | None = None
    """The resolved path; None for text that came from no file."""
    symbols: dict[tree.Node, Symbol] = field(default_factory=dict)
    types: dict[tree.Node, Type] = field(default_factory=dict)
    declared: dict[tree.Node, Type] = field(default_factory=dict)
    captures: dict[FunctionNode, tuple[Variable | LocalFunction, ...]] = field(default_factory=dict)
    effects: dict[tree.Node, Effect] = field(default_factory=dict)
    variables: dict[Scope, list[Variable]] = field(default_factory=dict)
    members: dict[str, Symbol] = field(default_factory=dict)
    """The file's own top-level names."""
    constants: dict[Variable, Type] = field(default_factory=dict)
    """The types of the variables at the end of the file's top level: of its constants for the files that import it,
    of all of them for the next input of a REPL session."""
    imports: list[Module] = field(default_factory=list)
    """Files imported directly, each once, in order."""
    diagnostics: list[Diagnostic] = field(default_factory=list)
    """Findings of this file and of the files it imports."""

    @property
    def ok(self) -> bool:
        """Whether it may run."""
        return not any(d.is_error for d in self.diagnostics)

    def type_of(self, node: tree.Node) -> Type:
        """The static type of an expression; `any` where nothing is known."""
        return self.types.get(node, ANY)

    @property
    def tasks(self) -> list[tree.FunctionDef]:
        """The file's tasks in source order."""
        return [s for s in self.program.statements if isinstance(s, tree.FunctionDef) and s.is_task]
