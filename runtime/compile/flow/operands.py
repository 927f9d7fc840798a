"""What a pure expression needs to be known of the variables in it, before its direct code can run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from planlang.lang import tree
from planlang.lang.checked import LibraryFunction, LocalFunction, Variable
from planlang.runtime.compile.scopes import is_scalar
from planlang.runtime.flow.pending import DEEP, REACH, SHALLOW, Key, Part

from .writer import Writer

STRUCTURAL = frozenset(("enumerate", "zip", "items", "values", "reversed", "keys", "first", "last", "chunks", "range"))
"""Standard functions that move elements without looking at them."""
_SIZES = frozenset(("len",))


class Operands:
    """The operands of some expressions: the Python variables in them, and which parts of these are needed."""

    def __init__(self, writer: Writer) -> None:
        """No operand yet."""
        self.writer = writer
        self.frame = writer.frame
        self.roots: list[str] = []
        self.parts: list[Part] = []
        self.touched: dict[str, None] = {}
        self.scalars: set[str] = set()
        self.containers: set[str] = set()

    def number(self, name: str) -> int:
        """The number of the argument that is the variable `name`, which is looked at."""
        self.touched.setdefault(name)
        if name not in self.roots:
            self.roots.append(name)
        return self.roots.index(name)

    def add(self, node: tree.Node, need: int = DEEP) -> Operands:
        """Find the operands in `node`, whose value is needed as `need` says."""
        path = self._path(node)
        if path is not None:
            name, keys, rest = path
            part = (self.number(name), tuple(keys), need if rest is node else DEEP)
            if part not in self.parts:
                self.parts.append(part)
            if rest is not node:
                for step in _steps(node, rest):
                    self.add(step)
            return self
        if isinstance(node, (tree.Lambda, tree.FunctionDef)):
            for capture in self.frame.module.captures.get(node, ()):
                if not (isinstance(capture, LocalFunction) and capture.node is node):
                    self.parts.append((self.number(self.frame.name(capture)), (), DEEP))
            return self
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
        return ast.Constant(tuple(self.parts))

    @property
    def test(self) -> ast.expr | None:
        """A test whether one of the operands may not be known."""
        return self.writer.unready(self.touched, frozenset(self.scalars - self.containers))

    def arguments(self) -> ast.expr:
        """The operands as a tuple."""
        from planlang.runtime.compile import nodes as py

        return py.tuple_([py.load(name) for name in self.roots])

    # ── paths ────────────────────────────────────────────────────────────────────────────────────────────────────────

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
        code = self.frame.given.get(node)  # type: ignore[call-overload]
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
            known = self.scalars if is_scalar(self.frame.type(node)) else self.containers  # type: ignore[arg-type]
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

    def _children(self, node: tree.Node, need: int) -> Iterator[tuple[tree.Node, int]]:
        if isinstance(node, (tree.ListComprehension, tree.DictComprehension)):
            yield from self._of_comprehension(node)
            return
        name = (
            _library_name(self.frame.module.symbols.get(node.function), node.arguments)
            if isinstance(node, tree.Call)
            else ""
        )
        first: tree.Node | None = None
        if isinstance(node, tree.Call):
            first = node.arguments[0].value if node.arguments else None
        elif isinstance(node, tree.MethodCall):
            name = _library_name(self.frame.module.symbols.get(node), ())
            first = node.receiver
            symbol = self.frame.module.symbols.get(node)
            if isinstance(symbol, LocalFunction) and self.writer.facts.reads([node]):
                self.parts.append((self.number(self.frame.name(symbol)), (), DEEP))
        for child in tree.children(node):
            inner = child.value if isinstance(child, tree.Argument) else child
            if name in _SIZES and inner is first:
                yield inner, SHALLOW
            elif need == SHALLOW and name in STRUCTURAL:
                yield inner, SHALLOW
            else:
                yield inner, DEEP

    def _of_comprehension(
        self, node: tree.ListComprehension | tree.DictComprehension
    ) -> Iterator[tuple[tree.Node, int]]:
        """A comprehension has variables of its own: what it reads besides is needed to its depths."""
        for name in self.writer.reads(node):
            self.parts.append((self.number(name), (), DEEP))
        yield from ()


def _library_name(symbol: object, _arguments: object) -> str:
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
    symbols = writer.frame.module.symbols
    symbol = symbols.get(node.function) if isinstance(node, tree.Call) else symbols.get(node)
    return isinstance(node, (tree.Call, tree.MethodCall)) and _library_name(symbol, ()) in STRUCTURAL


__all__ = ["DEEP", "REACH", "SHALLOW", "Operands", "is_structural"]
