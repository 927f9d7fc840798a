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
from planlang.lang.checked import FunctionNode, Module, Scope, Variable

from .held import held_reads
from .liveness import Liveness
from .owning import kept_by_library, owning_reads, value_names
from .scopes import blocks, changed_place, own_nodes, root_name, scopes

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
        for scope in scopes(module.program):
            liveness = Liveness(module, scope, keep_globals=keep_globals)
            liveness.run()
            self.moves |= liveness.last_reads
        self.held = held_reads(module, self.changes_or_moves)
        self._find_retained()
        for scope in scopes(module.program):
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
        for scope in scopes(self.module.program):
            if not isinstance(scope, (tree.FunctionDef, tree.Lambda)):
                continue
            params = {self.variable(p): p for p in scope.params}
            for node, target in owning_reads(self.module, scope):
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
        for node in own_nodes(scope):
            if isinstance(node, (tree.FunctionDef, tree.Lambda)):
                for capture in self.module.captures.get(node, ()):
                    if isinstance(capture, Variable):
                        yield capture

    # --- aliases -----------------------------------------------------------------------------------------

    def _find_aliases(self, scope: Scope) -> None:
        """Decide for each variable bound to a part of a container whether it can go without a bit."""
        for block in blocks(scope):
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
        for node in own_nodes(scope):
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
                candidates.discard(self.variable(node))
            elif isinstance(node, tree.Assign) and isinstance(node.place, tree.Name):
                candidates.discard(self.variable(node.place))
        for name, target in owning_reads(self.module, loop):
            if target is None or target in self._retained:
                candidates.discard(self.variable(name))
        for name in self._marked_at_run_time(loop):
            candidates.discard(self.variable(name))
        order = {v: i for i, v in enumerate(self.module.variables.get(scope, []))}
        return sorted(candidates, key=lambda v: order.get(v, 0))

    def _marked_at_run_time(self, root: tree.Node) -> Iterator[tree.Name]:
        """The names below `root` that may get a second owner by a mark that is set where they are used."""
        for node in tree.walk(root):
            match node:
                case tree.Name() if node in self.held:
                    yield node
                case tree.Match(subject=subject):
                    yield from value_names(subject)
                case tree.Call(function=function, arguments=arguments):
                    yield from kept_by_library(self.module.symbols.get(function), arguments)
                case tree.Parameter(default=default) if default is not None:
                    yield from value_names(default)
                case tree.MethodCall(receiver=receiver, arguments=arguments):
                    first = tree.Argument(receiver.span, None, receiver)
                    yield from kept_by_library(self.module.symbols.get(node), (first, *arguments))
                case _:
                    pass
