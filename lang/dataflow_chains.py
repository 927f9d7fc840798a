"""Chains in the dataflow: which turns of a loop wait for the turn before, and the longest row of operations in all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import tree
from .checked import ChangingMethod, Module
from .dataflow_graph import Free, Kind, Link, Operation, Origin, Past, Reason, Region, Section, Shape, Turns
from .effects import own_nodes

REPEATED = 1000.0
"""How much longer a chain is taken to be for each loop that repeats it."""
WEIGHTS = {Kind.MODEL: 1.0, Kind.CALL: 1.0, Kind.OBSERVATION: 1e-3, Kind.CHANGE: 1e-6, Kind.TEST: 0.0}

Edges = Mapping[Operation, Iterable[Operation]]


def settle(section: Section, module: Module) -> None:
    """Fill in what follows from the waits of a section: columns, turns of its loops, its longest chain."""
    _prune(section.root)
    operations = section.operations
    for operation in operations:
        operation.waits = dict(sorted(operation.waits.items(), key=lambda wait: _place(wait[0])))
    before = _waits_in_turn(operations)
    for operation in operations:
        operation.column = max((other.column + 1 for other in before[operation]), default=0)
    for region in section.root.regions():
        if region.shape is Shape.LOOP and region.turns is None:
            region.turns = _turns(region, module)
    section.chain, section.length = _longest(operations, before)


def _place(origin: Origin) -> tuple[int, int]:
    """Where an origin comes in the order of a run; sets of them have none."""
    if isinstance(origin, Free):
        return 0, origin.variable.span.start
    return (2, origin.operation.number) if isinstance(origin, Past) else (1, origin.number)


def _prune(region: Region) -> None:
    """Leave regions out in which nothing happens that anything waits for, and put the rest in the order of a run."""
    kept: list[Operation | Region] = []
    for item in region.items:
        if isinstance(item, Region):
            _prune(item)
            if not item.items and not item.leaves:
                continue
        kept.append(item)
    region.items[:] = sorted(kept, key=lambda item: item.number)


def _waits_in_turn(operations: list[Operation]) -> dict[Operation, list[Operation]]:
    """What each operation waits for in the same turn of every loop around it, in program order."""
    known = set(operations)
    found: dict[Operation, list[Operation]] = {}
    for at, operation in enumerate(operations):
        if operation.in_order:
            found[operation] = operations[:at]
        else:
            waits = operation.waits.items()
            found[operation] = [
                o for o, why in waits if isinstance(o, Operation) and o in known and why.reason is not Reason.MAYBE_FILE
            ]
    return found


# --- Turns of a loop -------------------------------------------------------------------------------------


def _turns(loop: Region, module: Module) -> Turns:
    """How the turns of `loop` lie to each other: what waits, directly or not, for itself of the turn before."""
    operations = list(loop.operations())
    edges = _edges(operations)
    for group in _cycles(operations, edges):
        timed = tuple(o for o in operations if o in group and (o.takes_time or o.in_order))
        if any(operation.takes_time for operation in timed) and _goes_round(loop, group):
            return _described(loop, group, timed, module)
    return Turns()


def _edges(operations: list[Operation]) -> dict[Operation, set[Operation]]:
    """What each operation in a loop waits for, of the same turn or of the one before."""
    inside = set(operations)
    edges: dict[Operation, set[Operation]] = {}
    for operation in operations:
        edges[operation] = inside if operation.in_order else {
            other.operation if isinstance(other, Past) else other
            for other, why in operation.waits.items()
            if not isinstance(other, Free) and why.reason is not Reason.MAYBE_FILE
        } & inside  # fmt: skip
    return edges


def _goes_round(loop: Region, group: set[Operation]) -> bool:
    """Whether a cycle goes through turns of this very loop, and not only of one in it."""
    return any(
        operation.in_order
        or any(isinstance(o, Past) and o.loop is loop and o.operation in group for o in operation.waits)
        for operation in group
    )


def _described(loop: Region, group: set[Operation], timed: tuple[Operation, ...], module: Module) -> Turns:
    """What carries the chain `group` from turn to turn."""
    names: dict[str, None] = {}
    of_tests: dict[str, None] = {}
    reasons: set[Reason] = set()
    reads = _read_in(loop, module)
    for operation in sorted(group, key=lambda o: o.number):
        for origin, why in operation.waits.items():
            if isinstance(origin, Past) and origin.loop is loop and origin.operation in group:
                reasons.add(why.reason)
                if why.reason is Reason.VALUE:
                    carried = loop.carried.get(origin, ())
                    direct = [name for name in carried if name in why.via or " " in name]
                    found = of_tests if origin.operation.kind is Kind.TEST else names
                    found.update(dict.fromkeys(direct or [name for name in carried if name in reads]))
    return Turns(
        timed,
        tuple(names or of_tests),
        control=Reason.TEST in reasons,
        files=Reason.FILE in reasons,
        in_order=not reasons,
    )


def _read_in(loop: Region, module: Module) -> set[str]:
    """The names of the variables whose values a loop looks at; to change one is not to look at it."""
    changed: set[tree.Node] = set()
    for node in own_nodes(loop.node):
        if isinstance(node, tree.Assign) or isinstance(module.symbols.get(node), ChangingMethod):
            place = node.place if isinstance(node, tree.Assign) else node
            while isinstance(place, (tree.Index, tree.Field, tree.MethodCall)):
                place = place.receiver if isinstance(place, tree.MethodCall) else place.value
            changed.add(place)
    return {node.id for node in own_nodes(loop.node) if isinstance(node, tree.Name) and node not in changed}


def _cycles(operations: list[Operation], edges: Edges) -> list[set[Operation]]:
    """The groups of operations that all wait for each other (Tarjan 1972, without recursion), in program order."""
    number: dict[Operation, int] = {}
    low: dict[Operation, int] = {}
    stack: list[Operation] = []
    on_stack: set[Operation] = set()
    found: list[set[Operation]] = []
    for start in operations:
        if start in number:
            continue
        work = [(start, iter(edges[start]))]
        number[start] = low[start] = len(number)
        stack.append(start)
        on_stack.add(start)
        while work:
            node, following = work[-1]
            for other in following:
                if other not in number:
                    number[other] = low[other] = len(number)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(edges[other])))
                    break
                if other in on_stack:
                    low[node] = min(low[node], number[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    found.append(_popped(stack, on_stack, node))
    loops = [group for group in found if len(group) > 1 or any(node in edges[node] for node in group)]
    return sorted(loops, key=lambda group: min(operation.number for operation in group))


def _popped(stack: list[Operation], on_stack: set[Operation], last: Operation) -> set[Operation]:
    group: set[Operation] = set()
    while last not in group:
        node = stack.pop()
        on_stack.discard(node)
        group.add(node)
    return group


# --- The longest chain -----------------------------------------------------------------------------------


def _longest(operations: list[Operation], before: dict[Operation, list[Operation]]) -> tuple[tuple[Link, ...], float]:
    """The longest row of operations that wait for each other, and the loops that repeat them turn after turn."""
    repeated = _repeated(operations)
    used = {o for operation in operations for o in operation.waits if isinstance(o, Operation)}
    length: dict[Operation, float] = {}
    previous: dict[Operation, Operation | None] = {}
    for operation in operations:
        best = max(before[operation], key=lambda other: (length[other], -other.number), default=None)
        previous[operation] = best
        length[operation] = (length[best] if best else 0.0) + _weight(operation) * REPEATED ** len(repeated[operation])
    ends = [operation for operation in operations if operation.takes_time or operation in used]
    at = max(ends, key=lambda operation: (length[operation], -operation.number), default=None)
    whole = length[at] if at else 0.0
    chain: list[Link] = []
    while at is not None:
        if at.kind is not Kind.TEST and not (at.kind is Kind.CHANGE and at not in used):
            chain.insert(0, Link(at, repeated[at]))
        at = previous[at]
    return tuple(chain), whole


def _weight(operation: Operation) -> float:
    if operation.called is not None and operation.called.length:
        return operation.called.length
    return WEIGHTS[operation.kind]  # also of a call of itself


def _repeated(operations: list[Operation]) -> dict[Operation, tuple[Region, ...]]:
    """For each operation the loops around it whose chain it is on, innermost first."""
    return {
        operation: tuple(
            region
            for region in operation.region.around()
            if region.turns is not None and (operation in region.turns.chain or region.turns.unsure)
        )
        for operation in operations
    }
