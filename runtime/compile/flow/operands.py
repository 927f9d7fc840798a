"""What a pure expression needs to be known of the variables in it, before its direct code can run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import cast

from planlang.lang import tree
from planlang.lang.checked import LibraryFunction, LocalFunction, Variable
from planlang.runtime.compile import nodes as py
from planlang.runtime.compile.scopes import is_scalar
from planlang.runtime.flow.pending import DEEP, SHALLOW, Key, Part

from .writer import Writer

_STRUCTURAL = frozenset(("enumerate", "zip", "items", "values", "reversed", "keys", "first", "last", "chunks", "range"))
"""Standard functions that move elements without looking at them."""
_SIZES = frozenset(("len",))
"""Those that look at the length of their first argument alone."""


class Operands:
    """The operands of some expressions: the Python variables in them, and which parts of these are needed."""

    def __init__(self, writer: Writer) -> None:
        """No operand yet."""
        self.writer = writer
        self.frame = writer.frame
        self.roots: list[str] = []
        """The variables that the code is given, in order; `parts` says what of them must be known."""
        self.parts: list[Part] = []
        self.touched: dict[str, None] = {}
        """Those of the variables that are looked at."""
        self.scalars: set[str] = set()
        """Those of them that are surely no containers where they are looked at."""
        self.containers: set[str] = set()
        """Those of them that may be containers."""

    def number(self, name: str) -> int:
        """The number of the argument that is the variable `name`, which is looked at."""
        self.touched.setdefault(name)
        if name not in self.roots:
            self.roots.append(name)
        return self.roots.index(name)

    def add(self, node: tree.Node, need: int = DEEP) -> Operands:
        """Find the operands in `node`, whose value is needed as `need` says."""
        if self._add_path(node, need):
            return self
        if isinstance(node, (tree.Lambda, tree.FunctionDef)):
            for capture in self.frame.module.captures.get(node, ()):
                if not (isinstance(capture, LocalFunction) and capture.node is node):
                    self.parts.append((self.number(self.frame.name(capture)), (), DEEP))
            return self
        if isinstance(node, (tree.ListComprehension, tree.DictComprehension)):
            return self.add_reads(node)  # it has variables of its own; what it reads besides is needed to its depths
        if isinstance(node, tree.MethodCall):
            self._add_called(node)
        for child, wanted in self._children(node, need):
            self.add(child, wanted)
        return self

    def add_reads(self, *roots: tree.Node) -> Operands:
        """Everything that `roots` read, to its depths."""
        for name in self.writer.reads(*roots):
            self.parts.append((self.number(name), (), DEEP))
        return self

    @property
    def constant(self) -> ast.expr:
        """The parts as a constant of generated code."""
        return py.constant(tuple(self.parts))

    @property
    def test(self) -> ast.expr | None:
        """A test whether one of the operands may not be known."""
        return self.writer.unready(self.touched, frozenset(self.scalars - self.containers))

    def arguments(self) -> ast.expr:
        """The operands as a tuple."""
        return py.tuple_([py.load(name) for name in self.roots])

    # ── paths ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _add_path(self, node: tree.Node, need: int) -> bool:
        """Add `node` if it leads from a variable down to an element; whether it does."""
        path = self._path(node)
        if path is None:
            return False
        name, keys, rest = path
        part = (self.number(name), tuple(keys), need if rest is node else DEEP)
        if part not in self.parts:
            self.parts.append(part)
        if rest is not node:
            for step in _steps(node, rest):
                self.add(step)
        return True

    def _path(self, node: tree.Node) -> tuple[str, list[Key], tree.Node] | None:
        """The variable at the bottom of `a.b[c]`, its keys as far as they are plain, and the node they lead to."""
        steps: list[tree.Index | tree.Field] = []
        base: tree.Node = node
        while isinstance(base, (tree.Index, tree.Field)) and base not in self.frame.given:
            if isinstance(base, tree.Field) and self.frame.module.symbols.get(base) is not None:
                return None
            steps.append(base)
            base = base.value
        name = self._name(base)
        if name is None:
            return None
        keys: list[Key] = []
        reached = base
        for step in reversed(steps):
            key = self._key(step)
            if key is None:
                return name, keys, reached
            keys.append(key)
            reached = step
        return name, keys, reached

    def _name(self, node: tree.Node) -> str | None:
        code = self.frame.given.get(node)
        if code is not None:
            name = code.id if isinstance(code, ast.Name) else None
        elif isinstance(node, tree.Name):
            symbol = self.frame.module.symbols.get(node)
            if not isinstance(symbol, (Variable, LocalFunction)) or not self.writer.facts.reads([node]):
                return None
            name = self.frame.name(symbol)
        else:
            return None
        if name is not None:
            known = self.scalars if is_scalar(self.frame.type(cast(tree.Expression, node))) else self.containers
            known.add(name)
        return name

    def _key(self, step: tree.Index | tree.Field) -> Key | None:
        if isinstance(step, tree.Field):
            return False, step.name
        index = step.index
        if isinstance(index, tree.Literal) and index not in self.frame.given:
            return False, index.value
        name = self._name(index)
        return (True, self.number(name)) if name is not None else None

    # ── other nodes ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _add_called(self, node: tree.MethodCall) -> None:
        """The local function that `node` calls, where it captures something."""
        symbol = self.frame.module.symbols.get(node)
        if isinstance(symbol, LocalFunction) and self.writer.facts.reads([node]):
            self.parts.append((self.number(self.frame.name(symbol)), (), DEEP))

    def _children(self, node: tree.Node, need: int) -> Iterator[tuple[tree.Node, int]]:
        """The nodes in `node`, with what is needed of each when what is needed of `node` is `need`."""
        name = _library_name(self.writer, node)
        moves = need == SHALLOW and name in _STRUCTURAL
        first: tree.Node | None = None
        if isinstance(node, tree.Call):
            first = node.arguments[0].value if node.arguments else None
        elif isinstance(node, tree.MethodCall):
            first = node.receiver
        for child in tree.children(node):
            inner = child.value if isinstance(child, tree.Argument) else child
            yield inner, SHALLOW if moves or (name in _SIZES and inner is first) else DEEP


def _library_name(writer: Writer, node: tree.Node) -> str:
    """The name of the standard function that `node` calls; "" if it calls none."""
    if not isinstance(node, (tree.Call, tree.MethodCall)):
        return ""
    symbol = writer.frame.module.symbols.get(node.function if isinstance(node, tree.Call) else node)
    if isinstance(symbol, LibraryFunction) and symbol.signature.plugin is None:
        return symbol.signature.name
    return ""


def _steps(node: tree.Node, reached: tree.Node) -> Iterator[tree.Node]:
    """The index expressions between `reached` and `node`."""
    while node is not reached and isinstance(node, (tree.Index, tree.Field)):
        if isinstance(node, tree.Index):
            yield node.index
        node = node.value


def is_structural(writer: Writer, node: tree.Node) -> bool:
    """Whether `node` calls a standard function that moves elements without looking at them."""
    return _library_name(writer, node) in _STRUCTURAL
