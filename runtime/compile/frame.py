"""The code generator's state: one `Unit` for a file, one `Frame` for each function of it."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from planlang.lang import tree
from planlang.lang.checked import FunctionNode, LocalFunction, Module, Scope, Variable
from planlang.lang.signatures import Effect, Signature
from planlang.lang.types import Type
from planlang.lang.typing import certain

from . import nodes as py
from .kinds import Kind, Numbers, kind_of
from .ownership import Ownership
from .scopes import is_scalar
from .types import result_expression, type_expression


class Names:
    """Python names for plan names: `v·x`, `f·main`. No plan name contains what stands before the dot.

    Parameters, constants and functions of a file have plain names, since others refer to them by name; every other
    declaration is numbered, so that two never meet in one Python function. A REPL session keeps one `Names` for all
    its inputs.
    """

    def __init__(self, *, constants_numbered: bool = False) -> None:
        """Start with no names. A session numbers constants too, since a later input may declare them again."""
        self._constants_numbered = constants_numbered
        self._given: dict[object, str] = {}
        self._counts: dict[str, int] = {}
        self._regions = 0

    def variable(self, variable: Variable) -> str:
        """The Python name of a variable."""
        given = self._given.get(variable)
        if given is None:
            plain = variable.kind == "parameter" or (variable.constant and not self._constants_numbered)
            given = self._given[variable] = f"v·{variable.name}" if plain else self._numbered("v", variable.name)
        return given

    def function(self, node: FunctionNode) -> str:
        """The Python name of a function, unique in the file."""
        given = self._given.get(node)
        if given is None:
            given = self._given[node] = self._numbered("f", getattr(node, "name", "fn"))
        return given

    def knows(self, node: FunctionNode) -> bool:
        """Whether a function was named already, in this input or an earlier one."""
        return node in self._given

    def declare(self, node: tree.FunctionDef) -> None:
        """Give a function of the file its plain name."""
        self._given[node] = f"f·{node.name}"

    def region(self, prefix: str, function: str) -> str:
        """The name of one more region, or lifted piece of code, of `function`."""
        self._regions += 1
        return f"{prefix}{self._regions}·{function}"

    def _numbered(self, prefix: str, name: str) -> str:
        number = self._counts.get(prefix + name, 0) + 1
        self._counts[prefix + name] = number
        return f"{prefix}{number}·{name}"


@dataclass
class Unit:
    """One file being compiled."""

    module: Module
    ownership: Ownership
    names: Names
    metered: bool = False
    repl: bool = False
    constants: tuple[tree.Statement, ...] | None = None
    """Of the top level, the statements that tests run; None for all of them."""
    mocked: frozenset[str] = frozenset()
    """Functions that some test replaces: calls of them are never inlined."""
    functions: list[ast.stmt] = field(default_factory=list)
    """Finished module-level definitions, innermost first."""
    types: dict[str, ast.expr] = field(default_factory=dict)
    library: dict[str, tuple[str | None, str]] = field(default_factory=dict)
    """Python name → (plugin, name) of each library function that the file uses."""
    foreign: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Python name → (key of the imported file, Python name there)."""
    several_results: dict[tree.FunctionDef, int] = field(default_factory=dict)
    """Functions that have a form with a tuple of results: see `results.py`."""
    tuple_forms: dict[tree.FunctionDef, None] = field(default_factory=dict)
    """Those of them whose tuple form is called."""
    module_keys: dict[Module, str] = field(default_factory=dict)
    """What the files that this one imports are called in generated code."""
    declared_types: dict[Variable, Type] = field(default_factory=dict)
    """The annotated type of each variable that has one."""
    flow: Callable[[Frame, FunctionNode], ast.expr] | None = None
    """In a program in flow form: makes the code of a function's flow form as a value."""
    defined: set[FunctionNode] = field(default_factory=set)
    """The functions in blocks that are compiled already."""

    def in_flow(self, node: FunctionNode, module: Module) -> bool:
        """Whether a function has its flow form in this program: it does more than compute."""
        return self.flow is not None and module.effects.get(node, Effect.PURE) > Effect.PURE

    def type_name(self, type_: Type) -> str:
        """The global that holds `type_` at run time."""
        return self._held(type_expression(type_))

    def result_name(self, signature: Signature) -> str:
        """The global that says what a function gives whose result is a type that it is given."""
        return self._held(result_expression(signature))

    def _held(self, made: ast.expr) -> str:
        # By content: the inputs of a session share their names.
        name = f"T·{hashlib.sha256(ast.dump(made).encode()).hexdigest()[:16]}"
        self.types.setdefault(name, made)
        return name


class Frame:
    """One Python function being generated, for one scope of the plan."""

    def __init__(self, unit: Unit, scope: Scope) -> None:
        """Start generating `scope`."""
        self.unit = unit
        self.module = unit.module
        self.scope = scope
        self.numbers = Numbers(unit.module, scope)
        self.settled: set[Variable] = set()
        """Variables whose containers are surely our own here."""
        self.fresh: set[Variable] = set()
        """Variables whose containers the statements just before have made."""
        self.blocks = 0
        """Loops and `try`s around the statement in hand, in this Python function."""
        self.loops = 0
        """Loops among them."""
        self.turns: list[str] = []
        """The variables that hold the iterators of the loops so far, off which an error's turns are read."""
        self.outlined = 0
        """Outlined functions around it."""
        self.given: dict[tree.Node, ast.expr] = {}
        """Expressions whose code is known already."""
        self.as_tuple = False
        """Whether the function being generated gives its results as a tuple."""
        self.result: Type | None = None
        self.default_model: str | None = None
        self.holds_session = False
        """Whether the variables of a session are, for now, those of the Python function being generated."""
        self._temps = 0

    def temp(self) -> str:
        """A fresh Python local that no plan name can be."""
        self._temps += 1
        return f"t{self._temps}"

    def at(self, node: ast.expr, place: tree.Node) -> ast.expr:
        """`node`, with the place of `place` wherever it has none."""
        return py.locate(node, self.module.source, place.span)

    def statements_at(self, made: Sequence[ast.stmt], place: tree.Node) -> list[ast.stmt]:
        """`made`, with the place of `place` wherever they have none."""
        return [py.locate(node, self.module.source, place.span) for node in made]

    def type(self, node: tree.Expression) -> Type:
        """The static type of `node`."""
        return self.module.type_of(node)

    def kind(self, node: tree.Expression) -> Kind:
        """The static kind of `node`."""
        return kind_of(self.module.type_of(node))

    def variable(self, node: tree.Node) -> Variable | None:
        """The variable that `node` refers to or declares."""
        return self.unit.ownership.variable(node)

    def is_global(self, variable: Variable) -> bool:
        """Whether a variable lives in the file's namespace."""
        if self.unit.repl and isinstance(variable.scope, tree.Program):
            return not self.holds_session
        return variable.constant

    def is_own(self, variable: Variable) -> bool:
        """Whether a variable lives in the Python function being generated, or in one around it."""
        return variable.scope is self.scope or (self.holds_session and isinstance(variable.scope, tree.Program))

    def name(self, of: Variable | LocalFunction) -> str:
        """The Python name of a variable or local function as this frame sees it."""
        if isinstance(of, LocalFunction):
            return self.unit.names.function(of.node)
        return self.unit.names.variable(of)

    def is_scalar(self, node: tree.Expression) -> bool:
        """Whether the value of `node` is surely no container."""
        return is_scalar(self.module.type_of(node))

    def fits(self, given: Type, wanted: Type) -> bool:
        """Whether a value of static type `given` needs no check to be a `wanted`."""
        return certain(given, wanted)
