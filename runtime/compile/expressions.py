"""Expressions: from the checked tree to Python expressions.

`expression` gives code for a value that is only looked at; `owned` gives code for a value that goes to a second place
(stored, passed, returned) and marks containers as shared where `ownership` cannot rule a second owner out.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, TypeVar

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
from .kinds import Kind, kind_of
from .scopes import is_scalar

E = TypeVar("E", bound=tree.Node)
Compile = Callable[[Frame, E], ast.expr]
_MODEST = 2**30 - 1
"""Ints between this and its negative are written by Python's own formatting."""
_TABLE: dict[type[tree.Node], Compile[Any]] = {}


def compiles(kind: type[E]) -> Callable[[Compile[E]], Compile[E]]:
    """Register the function that compiles nodes of `kind`."""

    def register(function: Compile[E]) -> Compile[E]:
        _TABLE[kind] = function
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
    if isinstance(node, tree.Conditional) and node not in frame.given:
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
    form = "g" if frame.unit.in_flow(symbol.node, symbol.module) else "f"
    if symbol.module is frame.module or frame.unit.names.knows(symbol.node):
        name = form + frame.unit.names.function(symbol.node)[1:]
        return f"w{name}" if as_value else name
    there = f"{'w' if as_value else ''}{form}·{symbol.node.name}"
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
            if kind is not Kind.INT:
                value = py.call("text", value)
            elif not frame.numbers.is_small(part.value):
                value = _number_text(frame, value)
            value = frame.at(value, part)
        values.append(ast.FormattedValue(value, -1, None))
    joined = frame.at(ast.JoinedStr(values), node)
    return py.call("bounded", joined) if grows else joined


def _number_text(frame: Frame, value: ast.expr) -> ast.expr:
    """What an interpolated int is shown as: Python's own text, but for ints so large that it takes long."""
    temp = frame.temp()
    modest = py.compare(py.walrus(temp, value), ast.Lt(), py.constant(_MODEST))
    modest = py.both(modest, py.compare(py.load(temp), ast.Gt(), py.constant(-_MODEST)))
    return py.choose(modest, py.load(temp), py.call("text", py.load(temp)))


@compiles(tree.ListDisplay)
def _list(frame: Frame, node: tree.ListDisplay) -> ast.expr:
    if any(isinstance(item, tree.Spread) for item in node.items):
        spreads = [item.value for item in node.items if isinstance(item, tree.Spread)]
        if len(spreads) == 1 and is_flat(frame, spreads[0]):  # this grows by a few at a time, several would double
            items = [
                ast.Starred(py.bare_list(expression(frame, i.value)), ast.Load())
                if isinstance(i, tree.Spread)
                else owned(frame, i)
                for i in node.items
            ]
            return py.call("new_list", ast.List(items, ast.Load()))
        parts: list[ast.expr] = []
        for item in node.items:
            spread = isinstance(item, tree.Spread)
            value = expression(frame, item.value) if isinstance(item, tree.Spread) else owned(frame, item)
            parts.append(py.tuple_((py.constant(spread), value)))
        return py.call("build_list", *parts)
    return py.call("new_list", py.tuple_([owned(frame, i) for i in node.items if not isinstance(i, tree.Spread)]))


def is_flat(frame: Frame, node: tree.Expression) -> bool:
    """Whether `node` is surely a list whose elements are no containers."""
    static = expand(frame.type(node))
    return isinstance(static, ListType) and is_scalar(expand(static.element))


@compiles(tree.DictDisplay)
def _dict(frame: Frame, node: tree.DictDisplay) -> ast.expr:
    plain = all(isinstance(e, tree.Entry) and is_key(frame, e.key) for e in node.entries)
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


def is_key(frame: Frame, node: tree.Expression) -> bool:
    """Whether `node` is surely something that a dict takes as a key."""
    return frame.kind(node) in (Kind.STR, Kind.INT, Kind.NUMBER, Kind.BOOL, Kind.NONE)


# --- Comprehensions --------------------------------------------------------------------------------------


@compiles(tree.ListComprehension)
def _list_comprehension(frame: Frame, node: tree.ListComprehension) -> ast.expr:
    return py.call("new_list", ast.ListComp(owned(frame, node.element), _clauses(frame, node.clauses)))


@compiles(tree.DictComprehension)
def _dict_comprehension(frame: Frame, node: tree.DictComprehension) -> ast.expr:
    key = expression(frame, node.key)
    if not is_key(frame, node.key):
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
        return py.store(names[0]), py.bare_list(value)
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


# --- Parts and choices -----------------------------------------------------------------------------------


@compiles(tree.Conditional)
def _conditional(frame: Frame, node: tree.Conditional) -> ast.expr:
    return py.choose(condition(frame, node.test), expression(frame, node.value), expression(frame, node.otherwise))


@compiles(tree.Slice)
def _slice(frame: Frame, node: tree.Slice) -> ast.expr:
    value = expression(frame, node.value)
    ends = [expression(frame, e) if e is not None else py.constant(None) for e in (node.start, node.stop)]
    if all(e is None or frame.kind(e) is Kind.INT for e in (node.start, node.stop)):
        part = py.subscript(value, ast.Slice(*ends))
        if frame.kind(node.value) is Kind.STR:
            return part
        if is_flat(frame, node.value):
            return py.call("new_list", part)
    return py.call("slice_", value, *ends)


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
