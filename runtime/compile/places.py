"""Places: what stands on the left of `=` and before `.push(…)`. A container is made our own before it changes."""

from __future__ import annotations

import ast

from planlang.lang import tree
from planlang.lang.checked import Variable
from planlang.lang.types import ANY, FLOAT, INT, STR, DictType, ListType, RecordType, TupleType, Type, UnionType
from planlang.lang.typing import expand

from . import nodes as py
from .arithmetic import arithmetic
from .expressions import expression, fitted, owned
from .frame import Frame
from .kinds import Kind, is_numeric, kind_of

Step = tree.Index | tree.Field


def path_of(place: tree.Expression) -> tuple[tree.Expression, list[Step]]:
    """The root of a place and the steps from it, outermost container first."""
    steps: list[Step] = []
    while isinstance(place, (tree.Index, tree.Field)):
        steps.append(place)
        place = place.value
    return place, steps[::-1]


def part_type(of: Type, step: Step) -> Type:
    """The declared type of a part, given the declared type of the whole."""
    match expand(of):
        case ListType(element=element):
            return element
        case TupleType(items=items):
            index = step.index.value if isinstance(step, tree.Index) and isinstance(step.index, tree.Literal) else None
            return items[index] if isinstance(index, int) and -len(items) <= index < len(items) else _either(items)
        case DictType(value=value):
            return value
        case RecordType() as record:
            name = _key_name(step)
            field = record.get(name) if name is not None else None
            return field.type if field is not None else ANY
        case _:
            return ANY


def _either(items: tuple[Type, ...]) -> Type:
    return items[0] if len(set(items)) == 1 else UnionType(items) if items else ANY


def _key_name(step: Step) -> str | None:
    if isinstance(step, tree.Field):
        return step.name
    index = step.index
    return index.value if isinstance(index, tree.Literal) and isinstance(index.value, str) else None


class Place:
    """A place while it is being changed: code to make its container our own, and the container and key to use.

    The index expressions are evaluated once, in order, by `prepare`.
    """

    def __init__(self, frame: Frame, place: tree.Expression, *, containers: bool) -> None:
        """`containers` says that the place itself holds the container that changes (`xs.push`), not a part of one."""
        self.frame = frame
        self.node = place
        root, steps = path_of(place)
        self.root = root
        variable = frame.variable(root)
        if variable is None:
            raise AssertionError("the checker lets only places of variables change")
        self.variable: Variable = variable
        self.name = frame.name(variable)
        self.steps = steps
        self.owned_steps = steps if containers else steps[:-1]
        self.prepare: list[ast.stmt] = []
        self.keys: list[ast.expr] = []

    def evaluate_keys(self) -> None:
        """Evaluate index expressions that are more than a name or a literal."""
        for step in self.steps:
            if isinstance(step, tree.Field):
                self.keys.append(py.constant(step.name))
                continue
            key = expression(self.frame, step.index)
            simple = isinstance(key, ast.Constant) or (isinstance(key, ast.Name) and not self._is_root(step.index))
            if not simple:
                temp = self.frame.temp()
                self.prepare.append(py.assign(temp, key))
                key = py.load(temp)
            self.keys.append(key)

    def _is_root(self, node: tree.Expression) -> bool:
        return self.frame.variable(node) is self.variable

    def key(self, number: int) -> ast.expr:
        """A fresh copy of the code for key `number`."""
        made = self.keys[number]
        if isinstance(made, ast.Name):
            return py.load(made.id)
        assert isinstance(made, ast.Constant)  # see `evaluate_keys`
        return py.constant(made.value)

    def own(self) -> str:
        """Make every container down to the one that changes our own; gives the Python name that holds it."""
        self.own_root()
        holder = self.name
        for number, step in enumerate(self.owned_steps):
            inner = self.frame.temp()
            owning = "own_field" if isinstance(step, tree.Field) else "own_item"
            taken = py.assign(inner, py.call(owning, py.load(holder), self.key(number)))
            static = kind_of(self.frame.type(step))
            made = [taken]
            if static in (Kind.LIST, Kind.DICT):
                kind = "PlanList" if static is Kind.LIST else "PlanDict"
                mine = py.both(py.type_is(py.load(inner), kind), py.not_(py.shared(py.load(inner))))
                part = _read(self.frame, py.load(holder), self.key(number), step)
                made = [py.assign(inner, part), py.if_(py.not_(mine), [taken])]
            self.prepare += self.frame.statements_at(made, step)  # an error says which part it is that is missing
            holder = inner
        return holder

    def own_root(self) -> None:
        """Make the root variable's container our own, unless that is settled already."""
        if self.variable in self.frame.settled:
            return
        kind = kind_of(self.frame.type(self.root))
        if kind in (Kind.LIST, Kind.DICT):
            name = "PlanList" if kind is Kind.LIST else "PlanDict"
            mine = py.both(py.type_is(py.load(self.name), name), py.not_(py.shared(py.load(self.name))))
            self.prepare.append(py.if_(py.not_(mine), [py.assign(self.name, py.call("own", py.load(self.name)))]))
        else:
            self.prepare.append(py.assign(self.name, py.call("own", py.load(self.name))))

    def declared(self) -> Type:
        """What the declarations say of values at this place; `any` if nothing."""
        whole = declared_type(self.frame, self.variable)
        for step in self.steps:
            whole = part_type(whole, step)
        return whole


def declared_type(frame: Frame, variable: Variable) -> Type:
    """The annotated type of a variable; `any` without one."""
    return frame.unit.declared_types.get(variable, ANY)


def _plain_key(frame: Frame, step: tree.Index) -> bool:
    return frame.kind(step.index) in (Kind.STR, Kind.INT, Kind.NUMBER, Kind.BOOL, Kind.NONE)


def assign(frame: Frame, node: tree.Assign) -> list[ast.stmt]:
    """`place = e` and `place += e`."""
    if isinstance(node.place, tree.Name):
        return _assign_name(frame, node, node.place)
    value_temp = frame.temp()
    place = Place(frame, node.place, containers=False)
    made: list[ast.stmt] = []
    whole = place.declared()
    if node.op:
        # As in Python: keys first, then the old value, then the new one.
        place.evaluate_keys()
        made += place.prepare
        place.prepare = []
        current = tree.Binary(node.span, node.op, node.place, node.value)
        if not frame.unit.ownership.changes_or_moves(node.value, frozenset({place.variable})):
            return [*made, *_update(frame, place, current, node)]
        value = _augmented(frame, current, place)
        value = fitted(frame, value, _result_type(frame, node), whole, "this place", node)
        made.append(py.assign(value_temp, value))
    else:
        value = fitted(frame, owned(frame, node.value), frame.type(node.value), whole, "this place", node.value)
        simple = isinstance(value, ast.Constant) or _untouched_name(frame, node)
        if not simple:
            made.append(py.assign(value_temp, value))
        place.evaluate_keys()
        if simple:
            return [*made, *_store(frame, place, node.place, value)]
    return [*made, *_store(frame, place, node.place, py.load(value_temp))]


def _result_type(frame: Frame, node: tree.Assign) -> Type:
    """What is surely known of the result of `place op= value`."""
    kinds = {frame.kind(node.place), frame.kind(node.value)}
    if kinds <= {Kind.INT, Kind.BOOL} and node.op != "/":
        return INT
    if all(is_numeric(kind) for kind in kinds):
        return FLOAT
    return STR if kinds == {Kind.STR} else ANY


def _untouched_name(frame: Frame, node: tree.Assign) -> bool:
    """Whether the value is a scalar variable, which nothing in the place's keys can change."""
    return isinstance(node.value, tree.Name) and frame.is_scalar(node.value)


def _augmented(frame: Frame, whole: tree.Binary, place: Place) -> ast.expr:
    """The new value of `place op= value`; the old one is read through the evaluated keys."""
    assert isinstance(whole.left, (tree.Index, tree.Field))
    last = len(place.steps) - 1
    holder: ast.expr = py.load(place.name)
    for number, step in enumerate(place.steps[:-1]):
        temp = frame.temp()
        place_part = _read(frame, holder, place.key(number), step)
        holder = frame.at(py.walrus(temp, place_part), step)
    old = frame.at(_read(frame, holder, place.key(last), place.steps[last]), whole.left)
    frame.given[whole.left] = old
    made = frame.at(arithmetic(frame, whole), whole)
    del frame.given[whole.left]
    return made


def _update(frame: Frame, place: Place, whole: tree.Binary, node: tree.Assign) -> list[ast.stmt]:
    """`place op= value` where the value leaves the place alone: one walk down to it, to read it and to set it."""
    target = whole.left
    assert isinstance(target, (tree.Index, tree.Field))
    holder = place.own()
    key = len(place.steps) - 1
    frame.given[target] = frame.at(_read(frame, py.load(holder), place.key(key), target), target)
    value = frame.at(arithmetic(frame, whole), whole)
    del frame.given[target]
    value = fitted(frame, value, _result_type(frame, node), place.declared(), "this place", node)
    made = frame.statements_at(place.prepare, target)
    return [*made, *frame.statements_at([_set(frame, holder, place.key(key), target, value)], target)]


def _read(frame: Frame, holder: ast.expr, key: ast.expr, step: Step) -> ast.expr:
    kind = kind_of(frame.type(step.value))
    bare = (
        (kind is Kind.DICT and (isinstance(step, tree.Field) or _plain_key(frame, step)))
        or (kind is Kind.LIST and isinstance(step, tree.Index) and frame.kind(step.index) is Kind.INT)
    )  # fmt: skip
    if bare:
        return py.subscript(holder, key)
    return py.call("field" if isinstance(step, tree.Field) else "index", holder, key)


def _store(frame: Frame, place: Place, target: tree.Expression, value: ast.expr) -> list[ast.stmt]:
    holder = place.own()
    assert isinstance(target, (tree.Index, tree.Field))
    made = _set(frame, holder, place.key(len(place.steps) - 1), target, value)
    return [*place.prepare, *frame.statements_at([made], target)]


def _set(frame: Frame, holder: str, key: ast.expr, target: Step, value: ast.expr) -> ast.stmt:
    """Set what stands at `key` of the container in `holder`."""
    kind = kind_of(frame.type(target.value))
    bare = (
        (kind is Kind.DICT and (isinstance(target, tree.Field) or _plain_key(frame, target)))
        or (kind is Kind.LIST and isinstance(target, tree.Index) and frame.kind(target.index) is Kind.INT)
    )  # fmt: skip
    if bare:
        return py.set_subscript(py.load(holder), key, value)
    return py.do(py.call("set_item", py.load(holder), key, value))


def _assign_name(frame: Frame, node: tree.Assign, target: tree.Name) -> list[ast.stmt]:
    variable = frame.variable(target)
    assert variable is not None
    name = frame.name(variable)
    wanted = declared_type(frame, variable)
    if not node.op:
        value = fitted(frame, owned(frame, node.value), frame.type(node.value), wanted, variable.name, node.value)
        return [py.assign(name, value)]
    whole = tree.Binary(node.span, node.op, target, node.value)
    if node.op == "+" and (extended := _extend(frame, node, target)):
        return extended
    if node.op == "+" and frame.kind(target) is Kind.STR and frame.kind(node.value) is Kind.STR:
        # CPython grows a text in place where it sees `s = s + t`; the bound is checked right after.
        grown = py.assign(name, ast.BinOp(py.load(name), ast.Add(), expression(frame, node.value)))
        if isinstance(node.value, tree.Literal):
            return [grown]
        too_long = py.compare(py.call("len", py.load(name)), ast.Gt(), py.load("TEXT_MAX"))
        return [grown, py.if_(too_long, [py.do(py.call("bounded", py.load(name)))])]
    value = frame.at(arithmetic(frame, whole), whole)
    value = fitted(frame, value, _result_type(frame, node), wanted, variable.name, node)
    return [py.assign(name, value)]


def _extend(frame: Frame, node: tree.Assign, target: tree.Name) -> list[ast.stmt] | None:
    """`xs += ys` on a list grows it in place, as `extend` does."""
    if frame.kind(target) is not Kind.LIST or frame.kind(node.value) is not Kind.LIST:
        return None
    if target in frame.unit.ownership.held:
        return None  # the value changes the list, and what is joined is the list as it was before
    variable = frame.variable(target)
    assert variable is not None
    wanted = declared_type(frame, variable)
    if not frame.fits(frame.type(node.value), wanted):
        return None
    place = Place(frame, target, containers=True)
    value = frame.temp()
    made: list[ast.stmt] = [py.assign(value, expression(frame, node.value))]
    holder = place.own()
    return [*made, *place.prepare, py.do(py.call("extend", py.load(holder), py.load(value)))]


# --- Changing methods ------------------------------------------------------------------------------------


def change(frame: Frame, node: tree.MethodCall) -> tuple[list[ast.stmt], ast.expr]:
    """`place.push(v)` and its kin: statements to run first, and the call itself."""
    place = Place(frame, node.receiver, containers=True)
    made: list[ast.stmt] = []
    place.evaluate_keys()
    made += place.prepare
    place.prepare = []
    args: list[ast.expr] = []
    whole = place.declared()
    for argument, wanted in zip(node.arguments, argument_types(node, whole), strict=False):
        value = fitted(
            frame, owned(frame, argument.value), frame.type(argument.value), wanted, node.method, argument.value
        )
        if not isinstance(value, (ast.Constant, ast.Name)):
            temp = frame.temp()
            made.append(py.assign(temp, value))
            value = py.load(temp)
        args.append(value)
    holder = place.own()
    made += place.prepare
    if node.method == "push" and kind_of(frame.type(node.receiver)) is Kind.LIST:
        return made, frame.at(py.call("list_append", py.load(holder), *args), node)
    return made, frame.at(py.call(node.method, py.load(holder), *args), node)


def argument_types(node: tree.MethodCall, whole: Type) -> tuple[Type, ...]:
    """What each argument must be, given the declared type of the container."""
    static = expand(whole)
    element = static.element if isinstance(static, ListType) else ANY
    if node.method == "push":
        return (element,)
    if node.method == "insert":
        return (ANY, element)
    if node.method == "extend":
        return (ListType(element),)
    return (ANY,) * len(node.arguments)


def change_in_place(frame: Frame, node: tree.MethodCall) -> ast.expr:
    """A changing method in the midst of an expression: everything as assignment expressions, in order."""
    statements, result = change(frame, node)
    return py.subscript(py.tuple_([*_as_expressions(frame, statements), result]), py.constant(-1))


def _as_expressions(frame: Frame, statements: list[ast.stmt]) -> list[ast.expr]:
    made: list[ast.expr] = []
    for statement in statements:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                made.append(py.walrus(name, value))
            case ast.If(test=test, body=body):
                made.append(py.both(test, py.tuple_(_as_expressions(frame, body))))
            case ast.Expr(value=value):
                made.append(value)
            case _:
                raise AssertionError("only assignments prepare a change")
    return made
