"""Expressions: from the checked tree to Python expressions.

`expression` gives code for a value that is only looked at; `owned` gives code for a value that goes to a second place
(stored, passed, returned) and marks containers as shared where `ownership` cannot rule a second owner out.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TypeVar

from planlang.lang import tree
from planlang.lang.checked import (
    Constant,
    LibraryFunction,
    LocalFunction,
    ModuleFunction,
    TypeSymbol,
    Variable,
)
from planlang.lang.types import DictType, ListType, RecordType, TupleType, Type, TypeOf
from planlang.lang.typing import expand

from . import nodes as py
from .frame import Frame
from .kinds import Kind, is_numeric, kind_of
from .ownership import is_scalar

E = TypeVar("E", bound=tree.Node)
Compile = Callable[[Frame, E], ast.expr]
_TABLE: dict[type[tree.Node], Compile[tree.Node]] = {}


def compiles(kind: type[E]) -> Callable[[Compile[E]], Compile[E]]:
    """Register the function that compiles nodes of `kind`."""

    def register(function: Compile[E]) -> Compile[E]:
        _TABLE[kind] = function  # type: ignore[assignment]
        return function

    return register


def expression(frame: Frame, node: tree.Expression) -> ast.expr:
    """Code for the value of `node`, to be looked at."""
    value = frame.given[node] if node in frame.given else frame.at(_TABLE[type(node)](frame, node), node)
    return held(frame, node, value)


def held(frame: Frame, node: tree.Expression, value: ast.expr) -> ast.expr:
    """`value` of `node`, marked as shared if it waits while the same container may change."""
    if node not in frame.unit.ownership.held or frame.is_scalar(node):
        return value
    return frame.at(py.call("share", value), node)


def owned(frame: Frame, node: tree.Expression) -> ast.expr:
    """Code for the value of `node`, to be kept somewhere else as well."""
    if isinstance(node, tree.Conditional):
        made = py.choose(condition(frame, node.test), owned(frame, node.value), owned(frame, node.otherwise))
        return frame.at(made, node)
    value = expression(frame, node)
    if frame.is_scalar(node) or node in frame.unit.ownership.held or not _may_have_owner(frame, node):
        return value
    return frame.at(py.call("share", value), node)


def _may_have_owner(frame: Frame, node: tree.Expression) -> bool:
    """Whether somebody else may go on holding the value of `node`."""
    if isinstance(node, tree.Name):
        return frame.variable(node) is not None and not frame.unit.ownership.moved(node, frame.scope)
    if isinstance(node, (tree.Index, tree.Field)):
        return True
    return isinstance(node, tree.Binary) and node.op == "??"


def condition(frame: Frame, node: tree.Expression) -> ast.expr:
    """Code for `node` where a bool is needed; checked at run time where the checker could not."""
    value = expression(frame, node)
    if frame.kind(node) is Kind.BOOL:
        return value
    return frame.at(py.call("truth", value), node)


def fitted(  # noqa: PLR0913, PLR0917 - a value, its two types, and how to speak of it
    frame: Frame, value: ast.expr, given: Type, wanted: Type, what: str, place: tree.Node
) -> ast.expr:
    """`value`, checked at run time to be a `wanted` unless its static type says so already."""
    if frame.fits(given, wanted):
        return value
    return frame.at(py.call("validate", value, py.load(frame.unit.type_name(wanted)), py.constant(what)), place)


# --- Names and literals ----------------------------------------------------------------------------------


@compiles(tree.Literal)
def _literal(_frame: Frame, node: tree.Literal) -> ast.expr:
    return py.constant(node.value)


@compiles(tree.Name)
def _name(frame: Frame, node: tree.Name) -> ast.expr:
    return symbol_value(frame, frame.module.symbols.get(node), node)


def symbol_value(frame: Frame, symbol: object, node: tree.Expression) -> ast.expr:
    """Code for a name's meaning as a value."""
    match symbol:
        case Variable() | LocalFunction():
            return py.load(frame.name(symbol))
        case ModuleFunction():
            return py.load(module_function(frame, symbol, as_value=True))
        case LibraryFunction():
            return py.load(library_function(frame, symbol, as_value=True))
        case Constant(module=None, name=name):
            return py.load(f"C·{name}")
        case Constant():
            return py.load(foreign(frame, symbol))
        case TypeSymbol(name=name, type=type_):
            return py.call("TypeValue", py.constant(name), py.load(frame.unit.type_name(type_)))
        case _:
            static = frame.type(node)
            if isinstance(static, TypeOf):
                name = getattr(node, "id", "") or getattr(node, "name", "")
                return py.call("TypeValue", py.constant(name), py.load(frame.unit.type_name(static.type)))
            raise AssertionError(f"nothing is known about {node}")


def library_function(frame: Frame, symbol: LibraryFunction, *, as_value: bool = False) -> str:
    """The global that holds a library function; as a value it takes plan names for named arguments."""
    signature = symbol.signature
    name = f"{'W' if as_value else 'L'}·{signature.plugin + '.' if signature.plugin else ''}{signature.name}"
    frame.unit.library[name] = (signature.plugin, signature.name)
    return name


def module_function(frame: Frame, symbol: ModuleFunction, *, as_value: bool = False) -> str:
    """The global that holds a function of this file or of an imported one."""
    if symbol.module is frame.module or frame.unit.names.knows(symbol.node):
        name = frame.unit.names.function(symbol.node)
        if as_value:
            frame.unit.value_forms.add(symbol.node)
            return f"w{name}"
        return name
    there = f"{'wf' if as_value else 'f'}·{symbol.node.name}"
    key = frame.unit.module_keys[symbol.module]
    name = f"i{key}·{there}"
    frame.unit.foreign[name] = (key, there)
    return name


def foreign(frame: Frame, symbol: Constant) -> str:
    """The global that holds a constant of an imported file."""
    assert symbol.module is not None
    key = frame.unit.module_keys[symbol.module]
    name = f"i{key}·v·{symbol.name}"
    frame.unit.foreign[name] = (key, f"v·{symbol.name}")
    return name


@compiles(tree.Text)
def _text(frame: Frame, node: tree.Text) -> ast.expr:
    values: list[ast.expr] = []
    grows = 0
    for part in node.parts:
        if isinstance(part, str):
            values.append(py.constant(part))
            continue
        value = expression(frame, part.value)
        kind = frame.kind(part.value)
        grows += kind in (Kind.STR, Kind.UNKNOWN, Kind.LIST, Kind.DICT)
        if part.spec:
            value = frame.at(py.call("formatted", value, py.constant(part.spec)), part)
        elif kind is not Kind.STR:
            value = frame.at(py.call("text", value), part)
        values.append(ast.FormattedValue(value, -1, None))
    joined = frame.at(ast.JoinedStr(values), node)
    return py.call("bounded", joined) if grows else joined


@compiles(tree.ListDisplay)
def _list(frame: Frame, node: tree.ListDisplay) -> ast.expr:
    if any(isinstance(item, tree.Spread) for item in node.items):
        parts: list[ast.expr] = []
        for item in node.items:
            spread = isinstance(item, tree.Spread)
            value = expression(frame, item.value) if isinstance(item, tree.Spread) else owned(frame, item)
            parts.append(py.tuple_((py.constant(spread), value)))
        return py.call("build_list", *parts)
    return py.call("new_list", py.tuple_([owned(frame, i) for i in node.items if not isinstance(i, tree.Spread)]))


@compiles(tree.DictDisplay)
def _dict(frame: Frame, node: tree.DictDisplay) -> ast.expr:
    plain = all(isinstance(e, tree.Entry) and _is_key(frame, e.key) for e in node.entries)
    if plain:
        entries = [e for e in node.entries if isinstance(e, tree.Entry)]
        keys: list[ast.expr | None] = [expression(frame, e.key) for e in entries]
        return py.call("new_dict", ast.Dict(keys, [owned(frame, e.value) for e in entries]))
    parts: list[ast.expr] = []
    for entry in node.entries:
        if isinstance(entry, tree.Entry):
            parts.append(py.tuple_((expression(frame, entry.key), owned(frame, entry.value))))
        else:
            parts.append(py.tuple_((expression(frame, entry.value),)))
    return py.call("build_dict", *parts)


def _is_key(frame: Frame, node: tree.Expression) -> bool:
    """Whether `node` is surely something that a dict takes as a key."""
    return frame.kind(node) in (Kind.STR, Kind.INT, Kind.NUMBER, Kind.BOOL, Kind.NONE)


# --- Comprehensions --------------------------------------------------------------------------------------


@compiles(tree.ListComprehension)
def _list_comprehension(frame: Frame, node: tree.ListComprehension) -> ast.expr:
    return py.call("new_list", ast.ListComp(owned(frame, node.element), _clauses(frame, node.clauses)))


@compiles(tree.DictComprehension)
def _dict_comprehension(frame: Frame, node: tree.DictComprehension) -> ast.expr:
    key = expression(frame, node.key)
    if not _is_key(frame, node.key):
        key = frame.at(py.call("key", key), node.key)
    return py.call("new_dict", ast.DictComp(key, owned(frame, node.value), _clauses(frame, node.clauses)))


def _clauses(frame: Frame, clauses: tuple[tree.ForClause | tree.IfClause, ...]) -> list[ast.comprehension]:
    made: list[ast.comprehension] = []
    for clause in clauses:
        if isinstance(clause, tree.IfClause):
            made[-1].ifs.append(condition(frame, clause.test))
            continue
        target, iterable = loop_binding(frame, clause.targets, clause.iterable)
        if any(isinstance(part, ast.NamedExpr) for part in ast.walk(iterable)):
            iterable = _evaluated_before(frame, iterable, made)
        tests = [*_rebound(frame, clause.targets, target), *_marks(frame, clause.targets)]
        if frame.unit.metered:
            tests.insert(0, py.same(py.call("next_step"), py.constant(None)))
        placed = [frame.at(test, clause) for test in tests]
        made.append(ast.comprehension(frame.at(target, clause), iterable, placed, 0))
    return made


def _evaluated_before(frame: Frame, iterable: ast.expr, made: list[ast.comprehension]) -> ast.expr:
    """A name for the value of `iterable`, which is evaluated in a test of the clause before.

    Python takes no assignment expression in what a comprehension goes over, but takes them in tests.
    """
    if not made:
        made.append(ast.comprehension(py.store(frame.temp()), py.tuple_([py.constant(None)]), [], 0))
    temp = frame.temp()
    made[-1].ifs.append(py.tuple_([py.walrus(temp, iterable)]))
    return py.load(temp)


def _rebound(frame: Frame, targets: tuple[tree.Target, ...], target: ast.expr) -> list[ast.expr]:
    """Tests that give variables which change their values: Python lets nobody assign to those of a comprehension."""
    tests: list[ast.expr] = []
    places = target.elts if isinstance(target, ast.Tuple) else [target]
    for binder, place in zip(targets, places, strict=True):
        variable = frame.variable(binder)
        if variable is not None and variable.assigned and isinstance(place, ast.Name):
            name, place.id = place.id, frame.temp()
            tests.append(py.tuple_([py.walrus(name, py.load(place.id))]))
    return tests


def _marks(frame: Frame, targets: tuple[tree.Target, ...]) -> list[ast.expr]:
    """Tests, always true, that mark what the clause binds as shared."""
    return [py.same(mark, mark.args[0]) for mark in loop_marks(frame, targets)]


def loop_binding(
    frame: Frame, targets: tuple[tree.Target, ...], iterable: tree.Expression
) -> tuple[ast.expr, ast.expr]:
    """The Python target of a loop, and code for what it goes over."""
    names = [frame.name(v) for t in targets if (v := frame.variable(t)) is not None]
    value = expression(frame, iterable)
    if frame.kind(iterable) not in (Kind.LIST, Kind.DICT, Kind.STR):
        value = frame.at(py.call("iterable", value), iterable)
    if len(targets) == 1:
        return py.store(names[0]), value
    if not _gives_lists_of(frame, iterable, len(targets)):
        value = frame.at(py.call("unpack_all", value, py.constant(len(targets))), iterable)
    return ast.Tuple([py.store(n) for n in names], ast.Store()), value


def _gives_lists_of(frame: Frame, iterable: tree.Expression, count: int) -> bool:
    """Whether every element of `iterable` is surely a list of `count`."""
    static = expand(frame.type(iterable))
    element = expand(static.element) if isinstance(static, ListType) else None
    return isinstance(element, TupleType) and len(element.items) == count


def loop_marks(frame: Frame, targets: tuple[tree.Target, ...]) -> list[ast.Call]:
    """Calls that mark what a loop binds as shared, for those variables that need it."""
    marks: list[ast.Call] = []
    for target in targets:
        variable = frame.variable(target)
        if variable is not None and needs_mark(frame, target):
            marks.append(ast.Call(py.load("share"), [py.load(frame.name(variable))], []))
    return marks


def needs_mark(frame: Frame, binder: tree.Node) -> bool:
    """Whether the variable bound by `binder` to a part of a container is a second owner of it."""
    variable = frame.variable(binder)
    if variable is None or variable in frame.unit.ownership.aliases:
        return False
    return not is_scalar(frame.module.types.get(binder, frame.module.type_of(binder)))


# --- Operators -------------------------------------------------------------------------------------------

_HELPERS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "//": "floordiv", "%": "mod", "**": "power"}
_BARE: dict[str, type[ast.operator]] = {
    "+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div, "//": ast.FloorDiv, "%": ast.Mod, "**": ast.Pow,
}  # fmt: skip
_COMPARISONS: dict[str, type[ast.cmpop]] = {
    "==": ast.Eq, "!=": ast.NotEq, "<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE,
}  # fmt: skip


@compiles(tree.Unary)
def _unary(frame: Frame, node: tree.Unary) -> ast.expr:
    if node.op == "not":
        return py.not_(condition(frame, node.operand))
    if is_numeric(frame.kind(node.operand)):
        return ast.UnaryOp(ast.USub(), expression(frame, node.operand))
    return py.call("neg", expression(frame, node.operand))


@compiles(tree.Binary)
def _binary(frame: Frame, node: tree.Binary) -> ast.expr:
    op = node.op
    if op in ("and", "or"):
        tests = condition(frame, node.left), condition(frame, node.right)
        return py.both(*tests) if op == "and" else py.either(*tests)
    if op == "??":
        return _default(frame, node)
    if op in ("in", "not in"):
        test = _contains(frame, node)
        return py.not_(test) if op == "not in" else test
    if op in _COMPARISONS:
        return _compare(frame, node)
    return arithmetic(frame, node)


def _compare(frame: Frame, node: tree.Binary) -> ast.expr:
    left, right = expression(frame, node.left), expression(frame, node.right)
    kinds = frame.kind(node.left), frame.kind(node.right)
    if node.op in ("==", "!=") and Kind.NONE in kinds:
        # Nothing but none equals none.
        return (py.same if node.op == "==" else py.not_same)(left, right)
    if node.op in ("==", "!=") or all(is_numeric(k) for k in kinds) or kinds == (Kind.STR, Kind.STR):
        return py.compare(left, _COMPARISONS[node.op](), right)
    return (
        py.call("ordered", py.constant(node.op), left, right)
        if _may_mislead(kinds)
        else py.compare(left, _COMPARISONS[node.op](), right)
    )


def _may_mislead(kinds: tuple[Kind, Kind]) -> bool:
    """Whether Python could order two such values in a way of its own; functions and ranges are what is left."""
    return Kind.LIST in kinds or Kind.FUNCTION in kinds


def _contains(frame: Frame, node: tree.Binary) -> ast.expr:
    left, right = expression(frame, node.left), expression(frame, node.right)
    holder, item = frame.kind(node.right), frame.kind(node.left)
    bare = (
        (holder is Kind.STR and item is Kind.STR)
        or (holder is Kind.DICT and _is_key(frame, node.left))
        or (holder is Kind.LIST and (item in (Kind.INT, Kind.BOOL) or not _may_be_range(frame, node.right)))
    )  # fmt: skip
    if bare:
        return py.compare(left, ast.In(), right)
    return py.call("contains", left, right)


def _may_be_range(frame: Frame, node: tree.Expression) -> bool:
    """Whether the list may be a `range`, in which Python looks for anything but an int one element after the other."""
    static = expand(frame.type(node))
    return not isinstance(static, ListType) or kind_of(static.element) in (Kind.INT, Kind.NUMBER, Kind.UNKNOWN)


def _default(frame: Frame, node: tree.Binary) -> ast.expr:
    """`a ?? b`: b where a is none, or where a is a path and any part of it is missing."""
    temp = frame.temp()
    left = path_or_none(frame, node.left)
    if isinstance(node.left, (tree.Index, tree.Field)):
        left = held(frame, node.left, left)
    value = py.walrus(temp, left)
    return py.choose(py.not_same(value, py.constant(None)), py.load(temp), owned(frame, node.right))


def path_or_none(frame: Frame, node: tree.Expression) -> ast.expr:
    """Code for a chain of fields and indexes that is none where a part of it is missing."""
    steps: list[ast.expr] = []
    root = node
    while isinstance(root, (tree.Index, tree.Field)) and frame.module.symbols.get(root) is None:
        steps.append(py.constant(root.name) if isinstance(root, tree.Field) else expression(frame, root.index))
        root = root.value
    if not steps:
        return expression(frame, root)
    if len(steps) == 1 and frame.kind(root) is Kind.DICT and isinstance(node, (tree.Index, tree.Field)):
        key = node.index if isinstance(node, tree.Index) else None
        if key is None or _is_key(frame, key):
            return frame.at(py.call("dict_get", expression(frame, root), steps[0]), node)
    return frame.at(py.call("path_or", expression(frame, root), py.tuple_(steps[::-1])), node)


class _Arithmetic:
    """One tree of `+ - * /` on numbers, compiled bare, with what must be checked about its result."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.finite = False
        """The result may be infinite or no number."""
        self.capped = False
        """The result may be an int beyond the limit."""
        self.leaves: list[str] = []
        """The Python variables that hold the operands which may be infinite, and so excuse an infinite result."""

    def compile(self, node: tree.Expression) -> ast.expr:
        if isinstance(node, tree.Binary) and node.op in _BARE and self._bare(node):
            left = self._operand(node.left, hides=node.op == "**")
            right = self._operand(node.right, hides=node.op in ("/", "//", "%"))
            self._note(node)
            return self.frame.at(ast.BinOp(left, _BARE[node.op](), right), node)
        if isinstance(node, tree.Unary) and node.op == "-" and is_numeric(self.frame.kind(node.operand)):
            return self.frame.at(ast.UnaryOp(ast.USub(), self.compile(node.operand)), node)
        return self._leaf(node)

    def _operand(self, node: tree.Expression, *, hides: bool) -> ast.expr:
        """An operand; checked on its own where the operator `hides` that it is infinite, as `1 / x` does."""
        return self._leaf(node) if hides else self.compile(node)

    def _leaf(self, node: tree.Expression) -> ast.expr:
        value = expression(self.frame, node)
        if isinstance(value, ast.Constant) or self.frame.kind(node) is not Kind.NUMBER:
            return value
        if not isinstance(value, ast.Name):
            value = self.frame.at(py.walrus(self.frame.temp(), value), node)
        self.leaves.append(value.id if isinstance(value, ast.Name) else value.target.id)  # type: ignore[attr-defined]
        return value

    def _bare(self, node: tree.Binary) -> bool:
        if not (is_numeric(self.frame.kind(node.left)) and is_numeric(self.frame.kind(node.right))):
            return False
        if node.op == "**":
            power = node.right
            return isinstance(power, tree.Literal) and type(power.value) is int and 0 <= power.value <= 4
        return True

    def _note(self, node: tree.Binary) -> None:
        """What `node` itself can do to its result."""
        numbers, op = self.frame.numbers, node.op
        ints = all(self.frame.kind(n) in (Kind.INT, Kind.BOOL) for n in (node.left, node.right))
        small_left, small_right = numbers.is_small(node.left), numbers.is_small(node.right)
        if op == "/":
            divisor = node.right
            safe = (
                isinstance(divisor, tree.Literal)
                and isinstance(divisor.value, (int, float))
                and abs(divisor.value) >= 1
            )
            self.finite |= not safe
        elif op in ("//", "%"):
            self.finite |= not ints
        elif op in ("+", "-"):
            if ints:
                self.capped |= not (small_left or small_right)
            else:
                self.finite |= not (_is_moderate(node.left) or _is_moderate(node.right))
        elif ints:
            self.capped |= not (small_left and small_right)
        else:
            real = op == "*" and (numbers.is_real(node.left) or numbers.is_real(node.right))
            real = real or (op == "**" and numbers.is_real(node.left))
            self.finite = True
            self.capped |= not real


def _is_moderate(node: tree.Expression) -> bool:
    """Whether `node` is a number so small that adding it to no finite float gives an infinite one."""
    return isinstance(node, tree.Literal) and isinstance(node.value, (int, float)) and abs(node.value) < 1e290


def arithmetic(frame: Frame, node: tree.Binary) -> ast.expr:
    """`+ - * / // % **`: bare on numbers with one check of the result, else through the operator's function."""
    kinds = frame.kind(node.left), frame.kind(node.right)
    if all(is_numeric(k) for k in kinds):
        work = _Arithmetic(frame)
        if work._bare(node):  # noqa: SLF001 - one module
            return _checked(frame, work, work.compile(node))
    elif node.op == "+" and kinds == (Kind.STR, Kind.STR):
        joined = ast.BinOp(expression(frame, node.left), ast.Add(), expression(frame, node.right))
        literal = isinstance(node.left, tree.Literal) or isinstance(node.right, tree.Literal)
        return joined if literal else py.call("bounded", joined)
    return py.call(_HELPERS[node.op], expression(frame, node.left), expression(frame, node.right))


def _checked(frame: Frame, work: _Arithmetic, value: ast.expr) -> ast.expr:
    if not (work.finite or work.capped):
        return value
    temp = frame.temp()
    bound = frame.at(py.walrus(temp, value), frame.scope)
    slow = py.call("checked", py.load(temp), *[py.load(leaf) for leaf in work.leaves])
    if work.capped:
        inside = ast.Compare(py.load("INT_MIN"), [ast.Lt(), ast.Lt()], [bound, py.load("INT_MAX")])
        return py.choose(inside, py.load(temp), slow)
    difference = ast.BinOp(bound, ast.Sub(), py.load(temp))
    return py.choose(difference, slow, py.load(temp))


@compiles(tree.Conditional)
def _conditional(frame: Frame, node: tree.Conditional) -> ast.expr:
    return py.choose(condition(frame, node.test), expression(frame, node.value), expression(frame, node.otherwise))


# --- Parts -----------------------------------------------------------------------------------------------


@compiles(tree.Index)
def _index(frame: Frame, node: tree.Index) -> ast.expr:
    holder, place = frame.kind(node.value), frame.kind(node.index)
    value, index = expression(frame, node.value), expression(frame, node.index)
    if holder in (Kind.LIST, Kind.STR) and place is Kind.INT:
        return py.subscript(value, index)
    if holder is Kind.DICT and _is_key(frame, node.index):
        return py.subscript(value, index)
    return py.call("index", value, index)


@compiles(tree.Slice)
def _slice(frame: Frame, node: tree.Slice) -> ast.expr:
    ends = [expression(frame, e) if e is not None else py.constant(None) for e in (node.start, node.stop)]
    return py.call("slice_", expression(frame, node.value), *ends)


@compiles(tree.Field)
def _field(frame: Frame, node: tree.Field) -> ast.expr:
    symbol = frame.module.symbols.get(node)
    if symbol is not None:
        return symbol_value(frame, symbol, node)
    value = expression(frame, node.value)
    static = expand(frame.type(node.value))
    if isinstance(static, RecordType) and (field := static.get(node.name)) is not None and field.optional:
        # A field declared `T?` may be missing, and is none then.
        return py.call("dict_get", value, py.constant(node.name))
    if isinstance(static, (RecordType, DictType)) or kind_of(static) is Kind.DICT:
        return py.subscript(value, py.constant(node.name))
    return py.call("field", value, py.constant(node.name))
