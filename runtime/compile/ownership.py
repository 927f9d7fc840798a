"""Who owns a container: where copying can be left out because nobody could see the difference.

A container's `shared` bit is set when a second live owner appears (architecture page, "Values are copy-on-write").
This analysis finds, for one file, where no bit is needed:

- *moves*: reads of a variable that is dead afterwards. The value changes its owner, it does not get a second one.
- *aliases*: variables that only look at a part of another's container (`let row = g[i]`, `for row in g`) and die
  before that container changes.
- *borrowed parameters*: parameters that a function only reads, so that passing a container to it makes no owner.
- *settled variables*: containers changed in a loop that need their ownership looked at only once, before the loop.

Each is decided conservatively: when in doubt, the bit is set, which costs a copy and never a wrong answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from planlang.lang import tree
from planlang.lang.checked import (
    ChangingMethod,
    FunctionNode,
    LibraryFunction,
    LocalFunction,
    Module,
    ModuleFunction,
    Scope,
    Variable,
)
from planlang.lang.types import LiteralType, OpaqueType, Scalar, Type, UnionType

from .held import held_reads

Loop = tree.For | tree.While
Binder = tree.Target | tree.PatternName


def is_scalar(of: Type) -> bool:
    """Whether values of this type can never be containers."""
    if isinstance(of, UnionType):
        return all(is_scalar(member) for member in of.members)
    return isinstance(of, (Scalar, LiteralType, OpaqueType))


def root_name(place: tree.Expression) -> tree.Name | None:
    """The variable at the bottom of `a.b[c]…`, None if something else stands there."""
    while isinstance(place, (tree.Index, tree.Field)):
        place = place.value
    return place if isinstance(place, tree.Name) else None


_FRESH = (
    tree.Call,
    tree.MethodCall,
    tree.ListDisplay,
    tree.DictDisplay,
    tree.ListComprehension,
    tree.DictComprehension,
    tree.Slice,
)


class Ownership:
    """The analysis of one file. Built once, then asked by the code generator."""

    def __init__(self, module: Module, *, keep_globals: bool = False) -> None:
        """Analyse `module`. With `keep_globals` (the REPL) top-level variables outlive the program."""
        self.module = module
        self.keep_globals = keep_globals
        self.moves: set[tree.Name] = set()
        self.aliases: set[Variable] = set()
        self._roots: dict[Variable, frozenset[Variable]] = {}
        self._events: dict[tree.Node, tuple[frozenset[Variable], frozenset[Variable]]] = {}
        self._retained: set[tree.Parameter] = set()
        for scope in _scopes(module.program):
            Liveness(self, scope).run()
        self.held = held_reads(module, self.changes_or_moves)
        self._find_retained()
        for scope in _scopes(module.program):
            self._find_aliases(scope)

    # --- questions ---------------------------------------------------------------------------------------

    def variable(self, node: tree.Node) -> Variable | None:
        """The variable that `node` refers to or declares."""
        symbol = self.module.symbols.get(node)
        return symbol if isinstance(symbol, Variable) else None

    def moved(self, node: tree.Name, scope: Scope) -> bool:
        """Whether this read gives the value away."""
        variable = self.variable(node)
        return node in self.moves and variable is not None and variable.scope is scope and variable not in self.aliases

    def borrows(self, parameter: tree.Parameter) -> bool:
        """Whether a call may pass a container for `parameter` without making a second owner."""
        return parameter not in self._retained

    def changes_or_moves(self, root: tree.Node, variables: frozenset[Variable]) -> bool:
        """Whether anything below `root` changes one of `variables` in place, or gives it away."""
        changed, moved = self.events(root)
        return bool(variables & (changed | moved))

    def events(self, root: tree.Node) -> tuple[frozenset[Variable], frozenset[Variable]]:
        """The variables that are changed in place, and those that are given away, below `root`."""
        known = self._events.get(root)
        if known is None:
            changed: set[Variable] = set()
            moved: set[Variable] = set()
            for node in tree.walk(root):
                place = changed_place(self.module, node)
                if isinstance(node, tree.Assign) and node.op == "+":
                    place = node.place  # on a list this extends it in place
                name = root_name(place) if place is not None else None
                if name is not None and (variable := self.variable(name)) is not None:
                    changed.add(variable)
                elif isinstance(node, tree.Name) and node in self.moves:
                    variable = self.variable(node)
                    if variable is not None:
                        moved.add(variable)
            known = self._events[root] = frozenset(changed), frozenset(moved)
        return known

    # --- parameters --------------------------------------------------------------------------------------

    def _find_retained(self) -> None:  # noqa: C901, PLR0912 - one pass and a fixpoint
        """Mark parameters that their function changes, stores, returns or passes on to somebody who does."""
        flows: list[tuple[tree.Parameter, tree.Parameter]] = []
        for scope in _scopes(self.module.program):
            if not isinstance(scope, (tree.FunctionDef, tree.Lambda)):
                continue
            params = {self.variable(p): p for p in scope.params}
            for node, target in _owning_reads(self.module, scope):
                variable = self.variable(node)
                parameter = params.get(variable)
                if parameter is None:
                    continue
                if target is None:
                    self._retained.add(parameter)
                else:
                    flows.append((parameter, target))
            for variable, parameter in params.items():
                if variable is not None and variable.assigned:
                    self._retained.add(parameter)
            for capture in self._captured_in(scope):
                if capture in params:
                    self._retained.add(params[capture])
            for name in self._marked_at_run_time(scope):
                if (variable := self.variable(name)) in params:
                    self._retained.add(params[variable])
        changed = True
        while changed:
            changed = False
            for parameter, target in flows:
                if target in self._retained and parameter not in self._retained:
                    self._retained.add(parameter)
                    changed = True

    def _captured_in(self, scope: FunctionNode) -> Iterator[Variable]:
        for node in _own_nodes(scope):
            if isinstance(node, (tree.FunctionDef, tree.Lambda)):
                for capture in self.module.captures.get(node, ()):
                    if isinstance(capture, Variable):
                        yield capture

    # --- aliases -----------------------------------------------------------------------------------------

    def _find_aliases(self, scope: Scope) -> None:
        """Decide for each variable bound to a part of a container whether it can go without a bit."""
        for block in _blocks(scope):
            for number, statement in enumerate(block):
                if isinstance(statement, tree.Let) and len(statement.targets) == 1:
                    self._try_alias(statement.targets, statement.value, block[number + 1 :])
                elif isinstance(statement, tree.For):
                    self._try_alias(statement.targets, statement.iterable, statement.body.statements, part=True)
                elif isinstance(statement, tree.Match):
                    names = [
                        n for c in statement.cases for n in tree.walk(c.pattern) if isinstance(n, tree.PatternName)
                    ]
                    self._try_alias(names, statement.subject, statement.cases, part=True)
        for node in _own_nodes(scope):
            if isinstance(node, (tree.ListComprehension, tree.DictComprehension)):
                for clause in node.clauses:
                    if isinstance(clause, tree.ForClause):
                        self._try_alias(clause.targets, clause.iterable, (node,), part=True)

    def _try_alias(
        self,
        binders: tuple[tree.Target, ...] | list[tree.PatternName],
        value: tree.Expression,
        region: tuple[tree.Node, ...],
        *,
        part: bool = False,
    ) -> None:
        """Make the variables of `binders` aliases if nothing in `region` could let the difference be seen.

        With `part` the variables get parts of `value` itself, else `value` must be a path into a container.
        """
        if not part and not isinstance(value, (tree.Index, tree.Field)):
            return
        roots = self._roots_of(value)
        if roots is None:
            return
        while region and not part and not self._mentions(region[-1], binders):
            region = region[:-1]
        if any(self.changes_or_moves(node, roots) for node in region):
            return
        for binder in binders:
            variable = self.variable(binder)
            if variable is None or variable.assigned or variable.captured or self._outlives(variable):
                continue
            self.aliases.add(variable)
            self._roots[variable] = roots

    def _outlives(self, variable: Variable) -> bool:
        """Whether functions of the file, or later inputs of a session, may read `variable` after its block."""
        in_session = self.keep_globals and isinstance(variable.scope, tree.Program) and variable.kind == "let"
        return variable.constant or in_session

    def _roots_of(self, value: tree.Expression) -> frozenset[Variable] | None:
        """The variables whose containers `value` is a part of; None where that is not known.

        What a call gives, or a display builds, is nobody's but the statement's own, and can change through no name.
        """
        base = value
        while isinstance(base, (tree.Index, tree.Field)):
            base = base.value
        if isinstance(base, _FRESH):
            return frozenset()
        name = root_name(value)
        variable = self.variable(name) if name is not None else None
        if variable is None:
            return None
        return frozenset({variable}) | self._roots.get(variable, frozenset())

    def _mentions(self, node: tree.Node, binders: tuple[tree.Target, ...] | list[tree.PatternName]) -> bool:
        variables = {self.variable(b) for b in binders}
        return any(isinstance(n, tree.Name) and self.variable(n) in variables for n in tree.walk(node))

    # --- loops -------------------------------------------------------------------------------------------

    def settled_in(self, loop: tree.Node, scope: Scope) -> list[Variable]:
        """Variables of `scope` whose containers change in `loop` and get no second owner there.

        Their ownership can be settled once, before the loop.
        """
        changed, _ = self.events(loop)
        candidates = {v for v in changed if v.scope is scope and v not in self.aliases and not v.captured}
        if not candidates:
            return []
        for node in tree.walk(loop):
            if isinstance(node, (tree.Target, tree.PatternName)):
                candidates.discard(self.variable(node))  # type: ignore[arg-type] - None is in no set
            elif isinstance(node, tree.Assign) and isinstance(node.place, tree.Name):
                candidates.discard(self.variable(node.place))  # type: ignore[arg-type]
        for name, target in _owning_reads(self.module, loop):
            if target is None or target in self._retained:
                candidates.discard(self.variable(name))  # type: ignore[arg-type]
        for name in self._marked_at_run_time(loop):
            candidates.discard(self.variable(name))  # type: ignore[arg-type]
        order = {v: i for i, v in enumerate(self.module.variables.get(scope, []))}
        return sorted(candidates, key=lambda v: order.get(v, 0))

    def _marked_at_run_time(self, root: tree.Node) -> Iterator[tree.Name]:
        """The names below `root` that may get a second owner by a mark that is set where they are used."""
        for node in tree.walk(root):
            match node:
                case tree.Name() if node in self.held:
                    yield node
                case tree.Match(subject=subject):
                    yield from _value_names(subject)
                case tree.Call(function=function, arguments=arguments):
                    yield from _kept_by_library(self.module.symbols.get(function), arguments)
                case tree.Parameter(default=default) if default is not None:
                    yield from _value_names(default)
                case tree.MethodCall(receiver=receiver, arguments=arguments):
                    first = tree.Argument(receiver.span, None, receiver)
                    yield from _kept_by_library(self.module.symbols.get(node), (first, *arguments))
                case _:
                    pass


class Liveness:
    """One backward pass over a scope that finds the last reads of its variables."""

    def __init__(self, ownership: Ownership, scope: Scope) -> None:
        """Prepare for `scope`."""
        self.ownership = ownership
        self.module = ownership.module
        self.scope = scope
        self.loops: list[tuple[set[Variable], set[Variable]]] = []
        self.handlers: list[set[Variable]] = []

    def run(self) -> None:
        """Fill `ownership.moves`."""
        if isinstance(self.scope, tree.Program):
            if not self.ownership.keep_globals:
                self.block(self.scope.statements, set())
        elif (isinstance(self.scope, tree.Lambda) and not isinstance(self.scope.body, tree.Block)) or (
            isinstance(self.scope, tree.FunctionDef) and not isinstance(self.scope.body, tree.Block)
        ):
            self.expression(self.scope.body, set())
        else:
            self.block(self.scope.body.statements, set())  # type: ignore[union-attr]

    def own(self, node: tree.Node) -> Variable | None:
        """The variable of this very scope that `node` refers to; None for constants and captured ones."""
        variable = self.ownership.variable(node)
        return variable if variable is not None and variable.scope is self.scope and not variable.constant else None

    def block(self, statements: tuple[tree.Statement, ...], live: set[Variable]) -> set[Variable]:
        """What is live before `statements`, given what is live after them."""
        for statement in reversed(statements):
            for handler in self.handlers:
                live |= handler
            live = self.statement(statement, live)
        return live

    def statement(self, node: tree.Statement, live: set[Variable]) -> set[Variable]:  # noqa: C901, PLR0912 - a table
        """What is live before `node`."""
        match node:
            case tree.Let(targets=targets, value=value):
                return self.expression(value, live - {self.own(t) for t in targets})
            case tree.Assign(place=tree.Name() as place, op=op, value=value):
                variable = self.own(place)
                live = live - {variable}
                live = self.expression(value, live)
                return live | {variable} if op and variable else live
            case tree.Assign(place=place, value=value):
                return self.expression(value, self.place(place, live))
            case tree.If():
                return self.if_chain(node, live)
            case tree.While(test=test, body=body):
                return self.loop(node, live, lambda inner: self.expression(test, self.block(body.statements, inner)))
            case tree.For(targets=targets, iterable=iterable, body=body):
                bound = {self.own(t) for t in targets}
                head = self.loop(node, live, lambda inner: self.block(body.statements, inner) - bound)
                return self.expression(iterable, head)
            case tree.Break():
                return set(self.loops[-1][0])
            case tree.Continue():
                return set(self.loops[-1][1])
            case tree.Return(value=value):
                return self.expression(value, set()) if value is not None else set()
            case tree.Fail(value=value):
                return self.expression(value, set())
            case tree.Match(subject=subject, cases=cases):
                after: set[Variable] = set(live)
                for case in reversed(cases):
                    inside = self.block(case.body.statements, set(live))
                    if case.guard is not None:
                        inside = self.expression(case.guard, inside | after)
                    after |= inside
                return self.expression(subject, after)
            case tree.Try(body=body, handler=handler):
                caught = self.block(handler.statements, set(live))
                self.handlers.append(caught)
                inside = self.block(body.statements, live | caught)
                self.handlers.pop()
                return inside | caught
            case tree.ExpressionStatement(value=value) | tree.Step(title=value) | tree.Mock(value=value):
                return self.expression(value, live)
            case tree.Assert(test=test, message=message):
                if message is not None:
                    live = live | self.expression(message, set(live))
                return self.expression(test, live)
            case tree.FunctionDef():
                return self.capture(node, live)
            case _:
                return live

    def if_chain(self, node: tree.If, live: set[Variable]) -> set[Variable]:
        """An `if` with all its `else if`s, without recursion along the chain."""
        chain = [node]
        while (last := chain[-1].otherwise) is not None and len(last.statements) == 1:
            following = last.statements[0]
            if not isinstance(following, tree.If):
                break
            chain.append(following)
        otherwise = chain[-1].otherwise
        after = self.block(otherwise.statements, set(live)) if otherwise is not None else set(live)
        for link in reversed(chain):
            after = self.expression(link.test, after | self.block(link.body.statements, set(live)))
        return after

    def loop(self, node: Loop, live: set[Variable], body: object) -> set[Variable]:
        """A loop: whatever it reads and does not declare itself is live at its head."""
        declared = {self.own(n) for n in tree.walk(node) if isinstance(n, (tree.Target, tree.PatternName))}
        read = {self.own(n) for n in tree.walk(node) if isinstance(n, tree.Name)}
        for inner in tree.walk(node):
            if isinstance(inner, (tree.FunctionDef, tree.Lambda)):
                read.update(v for v in self.module.captures.get(inner, ()) if isinstance(v, Variable))
        head = live | {v for v in read - declared if v is not None}
        self.loops.append((set(live), head))
        result: set[Variable] = body(set(head))  # type: ignore[operator]
        self.loops.pop()
        return result | head

    def capture(self, node: FunctionNode, live: set[Variable]) -> set[Variable]:
        """Making a function reads what it captures."""
        return live | {
            v for v in self.module.captures.get(node, ()) if isinstance(v, Variable) and v.scope is self.scope
        }

    def place(self, node: tree.Expression, live: set[Variable]) -> set[Variable]:
        """A place that is changed: its root stays live, its indexes are read."""
        while isinstance(node, (tree.Index, tree.Field)):
            if isinstance(node, tree.Index):
                live = self.expression(node.index, live)
            node = node.value
        variable = self.own(node)
        return live | {variable} if variable is not None else self.expression(node, live)

    def expression(self, node: tree.Expression, live: set[Variable]) -> set[Variable]:  # noqa: C901 - a table
        """What is live before `node` is evaluated."""
        match node:
            case tree.Name():
                variable = self.own(node)
                if variable is not None and variable not in live and not any(variable in h for h in self.handlers):
                    self.ownership.moves.add(node)
                    live = live | {variable}
                return live
            case tree.Lambda():
                return self.capture(node, live)
            case tree.ListComprehension() | tree.DictComprehension():
                # Its parts run many times: what they read stays live all through.
                names = {self.own(n) for n in tree.walk(node) if isinstance(n, tree.Name)}
                for inner in tree.walk(node):
                    if isinstance(inner, tree.Lambda):
                        names.update(v for v in self.module.captures.get(inner, ()) if isinstance(v, Variable))
                return live | {v for v in names if v is not None and v.scope is self.scope}
            case tree.Conditional(test=test, value=value, otherwise=otherwise):
                then = self.expression(value, set(live))
                return self.expression(test, then | self.expression(otherwise, set(live)))
            case tree.Binary(op="and" | "or" | "??", left=left, right=right):
                return self.expression(left, live | self.expression(right, set(live)))
            case tree.MethodCall() if isinstance(self.module.symbols.get(node), ChangingMethod):
                live = self.place(node.receiver, live)
                for argument in reversed(node.arguments):
                    live = self.expression(argument.value, live)
                return live
            case _:
                for child in reversed(list(tree.children(node))):
                    live = self._child(child, live)
                return live

    def _child(self, child: tree.Node, live: set[Variable]) -> set[Variable]:
        if isinstance(child, (tree.Argument, tree.Spread, tree.Interpolation)):
            return self.expression(child.value, live)
        if isinstance(child, tree.Entry):
            return self.expression(child.key, self.expression(child.value, live))
        return self.expression(child, live)  # type: ignore[arg-type] - the rest are expressions


def changed_place(module: Module, node: tree.Node) -> tree.Expression | None:
    """The place that `node` itself changes in the middle (`x[i] = v`, `x.push(v)`), if it does."""
    if isinstance(node, tree.Assign) and not isinstance(node.place, tree.Name):
        return node.place
    if isinstance(node, tree.MethodCall) and isinstance(module.symbols.get(node), ChangingMethod):
        return node.receiver
    return None


def _scopes(program: tree.Program) -> Iterator[Scope]:
    for node in tree.walk(program):
        if isinstance(node, (tree.Program, tree.FunctionDef, tree.Lambda, tree.Test)):
            yield node


def _own_nodes(scope: tree.Node) -> Iterator[tree.Node]:
    """The nodes of a scope without the insides of functions and tests in it (their own nodes do come)."""
    stack = list(tree.children(scope))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, (tree.FunctionDef, tree.Lambda, tree.Test)):
            stack.extend(tree.children(node))


def _blocks(scope: Scope) -> Iterator[tuple[tree.Statement, ...]]:
    """Every block of statements of a scope, outer ones first."""
    if isinstance(scope, tree.Program):
        yield scope.statements
    elif isinstance(scope.body, tree.Block):
        yield scope.body.statements
    pending = [n for n in _own_nodes(scope) if isinstance(n, tree.Block)]
    for block in sorted(pending, key=lambda b: b.span):
        yield block.statements


def _owning_reads(module: Module, root: tree.Node) -> Iterator[tuple[tree.Name, tree.Parameter | None]]:
    """The names below `root` whose value goes to a second place.

    With each comes the parameter it is passed for, where the function is known, else None. Insides of functions
    are left out; what they capture is not a name of this scope.
    """
    for node in _own_nodes(root):
        for value, target in _owning_parts(module, node):
            for name in _value_names(value):
                yield name, target
    if isinstance(root, (tree.FunctionDef, tree.Lambda)) and not isinstance(root.body, tree.Block):
        for name in _value_names(root.body):
            yield name, None


def _owning_parts(  # noqa: C901, PLR0912 - one case for each kind of node
    module: Module, node: tree.Node
) -> Iterator[tuple[tree.Expression, tree.Parameter | None]]:
    match node:
        case tree.Let(value=value, targets=targets):
            if len(targets) == 1:
                yield value, None
        case tree.Assign(value=value, op=""):
            yield value, None
        case tree.Return(value=value):
            if value is not None:
                yield value, None
        case tree.Fail(value=value) | tree.Mock(value=value):
            yield value, None
        case tree.ListDisplay(items=items):
            for item in items:
                if not isinstance(item, tree.Spread):
                    yield item, None
        case tree.DictDisplay(entries=entries):
            for entry in entries:
                if isinstance(entry, tree.Entry):
                    yield entry.value, None
        case tree.ListComprehension(element=element):
            yield element, None
        case tree.DictComprehension(value=value):
            yield value, None
        case tree.Call():
            yield from _call_parts(module.symbols.get(node.function), node.arguments)
        case tree.MethodCall():
            symbol = module.symbols.get(node)
            if isinstance(symbol, ChangingMethod):
                for argument in node.arguments:
                    yield argument.value, None
            else:
                receiver = module.symbols.get(node.receiver) if isinstance(node.receiver, tree.Name) else None
                first = (
                    ()
                    if type(receiver).__name__ == "ModuleSymbol"
                    else (tree.Argument(node.span, None, node.receiver),)
                )
                yield from _call_parts(symbol, (*first, *node.arguments))
        case _:
            return


def _call_parts(
    symbol: object, arguments: tuple[tree.Argument, ...]
) -> Iterator[tuple[tree.Expression, tree.Parameter | None]]:
    if isinstance(symbol, LibraryFunction):
        return  # library functions mark what they keep
    params = symbol.node.params if isinstance(symbol, (ModuleFunction, LocalFunction)) else ()
    known = isinstance(symbol, ModuleFunction)
    by_name = {p.name: p for p in params}
    for number, argument in enumerate(arguments):
        if not known:
            yield argument.value, None
        elif argument.name is not None:
            yield argument.value, by_name.get(argument.name)
        else:
            yield argument.value, params[number] if number < len(params) else None


_GIVEN_BACK = frozenset(("default", "start"))
_GIVING_BACK = frozenset(("max", "min", "validate"))


def _kept_by_library(symbol: object, arguments: tuple[tree.Argument, ...]) -> Iterator[tree.Name]:
    """The names given to a library function that may be its very result, as in `first(xs, default=ys)`.

    Such a function marks what it gives back, when it does. Functions of plugins may give back anything.
    """
    if not isinstance(symbol, LibraryFunction) or is_scalar(symbol.signature.result):
        return
    signature = symbol.signature
    any_of_them = signature.plugin is not None or signature.name in _GIVING_BACK
    for number, argument in enumerate(arguments):
        by_place = signature.params[number].name if number < len(signature.params) else ""
        if any_of_them or (argument.name or by_place) in _GIVEN_BACK:
            yield from _value_names(argument.value)


def _value_names(value: tree.Expression) -> Iterator[tree.Name]:
    """The names whose very value `value` may be."""
    stack: list[tree.Expression] = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, tree.Name):
            yield node
        elif isinstance(node, tree.Conditional):
            stack += [node.value, node.otherwise]
        elif isinstance(node, tree.Binary) and node.op == "??":
            stack += [node.left, node.right]
