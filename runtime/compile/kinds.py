"""Static kinds: how much the code generator knows about a value, and so how bare an operator it may emit."""

from __future__ import annotations

from enum import Enum, auto

from planlang.lang import tree
from planlang.lang.checked import LibraryFunction, Module, Scope, Variable
from planlang.lang.types import (
    DictType,
    FunctionType,
    ListType,
    LiteralType,
    Named,
    RecordType,
    Scalar,
    TupleType,
    Type,
    UnionType,
)


class Kind(Enum):
    """What every value of an expression is known to be."""

    NONE = auto()
    BOOL = auto()
    INT = auto()
    NUMBER = auto()
    """int or float: what the language calls `float`."""
    STR = auto()
    LIST = auto()
    DICT = auto()
    FUNCTION = auto()
    UNKNOWN = auto()


_SCALARS = {"none": Kind.NONE, "bool": Kind.BOOL, "int": Kind.INT, "float": Kind.NUMBER, "str": Kind.STR}
_NUMERIC = (Kind.INT, Kind.NUMBER, Kind.BOOL)


def kind_of(type_: Type) -> Kind:
    """The kind of all values of a type."""
    match type_:
        case Scalar(name=name):
            return _SCALARS[name]
        case LiteralType(value=value):
            return _SCALARS[type(value).__name__]
        case ListType() | TupleType():
            return Kind.LIST
        case DictType() | RecordType():
            return Kind.DICT
        case FunctionType():
            return Kind.FUNCTION
        case Named(type=inner) if inner is not None and not isinstance(inner, (Named, UnionType)):
            return kind_of(inner)
        case UnionType(members=members):
            kinds = {kind_of(m) for m in members}
            if len(kinds) == 1:
                return kinds.pop()
            return Kind.NUMBER if kinds <= {Kind.INT, Kind.NUMBER} else Kind.UNKNOWN
        case _:
            return Kind.UNKNOWN


def is_numeric(kind: Kind) -> bool:
    """Whether arithmetic works on it bare."""
    return kind in _NUMERIC


_REAL_FUNCTIONS = frozenset(("sqrt", "exp", "log", "sin", "cos", "tan", "random"))
_COUNTER_BITS = 63
"""Nobody counts further."""
_MOST_BITS = 4096
"""What is called small: far below the limit of 64 KiB."""


class Numbers:
    """Which expressions of a scope are surely Python floats (`real`), and which ints are surely small.

    The language's `float` may be an int at run time; where it is not, overflow can only mean infinity, and a cheap
    test finds it. Small ints (loop counters, lengths) cannot overflow in one operation.
    """

    def __init__(self, module: Module, scope: Scope) -> None:
        """Find the real and small variables of `scope`."""
        self.module = module
        self._real: set[Variable] = set()
        self._small: dict[object, int] = dict.fromkeys(_small_constants(module), _COUNTER_BITS)
        """Variables that only ever hold small ints, with a bound on their bits."""
        self._find(scope)

    def is_real(self, node: tree.Expression) -> bool:
        """Whether `node` is a float for sure, never an int."""
        match node:
            case tree.Literal(value=float()):
                return True
            case tree.Unary(op="-", operand=operand):
                return self.is_real(operand)
            case tree.Binary(op="/"):
                return True
            case tree.Binary(op="+" | "-" | "*", left=left, right=right):
                return self.is_real(left) or self.is_real(right)
            case tree.Name():
                return self.module.symbols.get(node) in self._real
            case tree.Call(function=function):
                return self._function_name(function) in _REAL_FUNCTIONS
            case tree.MethodCall(method=method):
                return isinstance(self.module.symbols.get(node), LibraryFunction) and method in _REAL_FUNCTIONS
            case _:
                return False

    def is_small(self, node: tree.Expression) -> bool:
        """Whether `node` is an int far below the limit for sure."""
        return self._bits(node) is not None

    def _bits(self, node: tree.Expression) -> int | None:
        """A bound on the bits of an int expression; None where none is known, or it is large."""
        bits: int | None = None
        match node:
            case tree.Literal(value=bool() | int() as value):
                bits = value.bit_length()
            case tree.Name():
                bits = self._small.get(self.module.symbols.get(node))
            case tree.Unary(op="-", operand=operand):
                bits = self._bits(operand)
            case tree.Binary(op="%", left=left, right=right):
                bits = self._bits(right) if kind_of(self.module.type_of(left)) in (Kind.INT, Kind.BOOL) else None
            case tree.Binary(op="+" | "-" | "*" | "//" as op, left=left, right=right):
                a, b = self._bits(left), self._bits(right)
                if a is not None and b is not None:
                    bits = a + b if op == "*" else a if op == "//" else max(a, b) + 1
            case tree.Call(function=function) if self._function_name(function) == "len":
                bits = _COUNTER_BITS
            case tree.MethodCall(method="len") if isinstance(self.module.symbols.get(node), LibraryFunction):
                bits = _COUNTER_BITS
            case _:
                pass
        return bits if bits is not None and bits <= _MOST_BITS else None

    def _function_name(self, function: tree.Expression) -> str | None:
        symbol = self.module.symbols.get(function)
        if isinstance(symbol, LibraryFunction) and symbol.signature.plugin is None:
            return symbol.signature.name
        return None

    def _find(self, scope: Scope) -> None:
        assigned: dict[Variable, list[tree.Expression | None]] = {}
        for node in tree.walk(scope):
            match node:
                case tree.Let(targets=targets, value=value):
                    for target in targets:
                        self._note(assigned, target, value if len(targets) == 1 else None)
                case tree.Assign(place=tree.Name() as place, op=op, value=value):
                    whole = tree.Binary(node.span, op, place, value) if op else value
                    self._note(assigned, place, whole)
                case tree.For(targets=targets, iterable=iterable) | tree.ForClause(targets=targets, iterable=iterable):
                    self._note_loop(assigned, targets, iterable)
                case tree.PatternName() | tree.Parameter():
                    self._note(assigned, node, None)
                case tree.Try(name=tree.Target() as target):
                    self._note(assigned, target, None)
                case _:
                    pass
        candidates = {v for v, values in assigned.items() if v.scope is scope and None not in values}
        self._real = candidates
        while True:
            keep = {v for v in self._real if all(e is not None and self.is_real(e) for e in assigned[v])}
            if keep == self._real:
                break
            self._real = keep
        self._find_small({v: values for v, values in assigned.items() if v.scope is scope and None not in values})

    def _find_small(self, assigned: dict[Variable, list[tree.Expression | None]]) -> None:
        """Add variables that are assigned nothing but small ints; what counts itself up (`x = x + y`) is none."""
        found = True
        while found:
            found = False
            for variable, values in assigned.items():
                bits = [self._bits(e) if e is not None else None for e in values]
                if variable not in self._small and None not in bits:
                    self._small[variable] = max(b for b in bits if b is not None)
                    found = True

    def _note(
        self, assigned: dict[Variable, list[tree.Expression | None]], node: tree.Node, value: tree.Expression | None
    ) -> None:
        symbol = self.module.symbols.get(node)
        if isinstance(symbol, Variable):
            assigned.setdefault(symbol, []).append(value)

    def _note_loop(
        self,
        assigned: dict[Variable, list[tree.Expression | None]],
        targets: tuple[tree.Target, ...],
        iterable: tree.Expression,
    ) -> None:
        for target in targets:
            self._note(assigned, target, None)
        if len(targets) == 1 and self._counts_from_small(iterable):
            symbol = self.module.symbols.get(targets[0])
            if isinstance(symbol, Variable) and not symbol.assigned:
                self._small[symbol] = _COUNTER_BITS

    def _counts_from_small(self, iterable: tree.Expression) -> bool:
        """Whether `iterable` is `range(n)` or `range(a, b)` with a small `a`: nobody counts far from there."""
        if not isinstance(iterable, tree.Call) or self._function_name(iterable.function) != "range":
            return False
        values = [a.value for a in iterable.arguments]
        return len(values) == 1 or (len(values) == 2 and self.is_small(values[0]))


def _small_constants(module: Module) -> frozenset[object]:
    """The constants of a file that are small ints."""
    return frozenset(
        module.symbols.get(s.targets[0])
        for s in module.program.statements
        if isinstance(s, tree.Let)
        and isinstance(s.value, tree.Literal)
        and type(s.value.value) is int
        and s.value.value.bit_length() <= _COUNTER_BITS
        and isinstance(variable := module.symbols.get(s.targets[0]), Variable)
        and variable.constant
    )
