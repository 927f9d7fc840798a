"""What the dataflow analysis found, in words: what an operation waits for, how a loop's turns lie to each other."""

from __future__ import annotations

from collections.abc import Iterable

from planlang.lang.dataflow_graph import Free, Kind, Link, Operation, Origin, Past, Reason, Region, Section, Shape
from planlang.lang.source import Source

KINDS = {
    Kind.MODEL: "model call",
    Kind.OBSERVATION: "observation",
    Kind.CHANGE: "change",
    Kind.CALL: "function of the plan",
    Kind.TEST: "condition",
}
MARKS = {Kind.MODEL: "●", Kind.OBSERVATION: "◇", Kind.CHANGE: "■", Kind.CALL: "ƒ", Kind.TEST: "?"}
_LEAVES = {
    "break": "`break` here holds back the later turns",
    "continue": "`continue` here holds back the rest of its turn only",
    "return": "`return` here holds back the rest of the function",
}


class Words:
    """The words for one section."""

    def __init__(self, section: Section) -> None:
        """Find out first what follows from what."""
        self.section = section
        self.source = section.source
        self._earlier: dict[Operation, frozenset[Origin]] = {}
        for operation in section.operations:
            self._earlier[operation] = self._all_before(operation)

    def line(self, of: Operation | Region) -> int:
        """The line in which it begins."""
        return line_of(self.source, of)

    def _all_before(self, operation: Operation) -> frozenset[Origin]:
        found: set[Origin] = set()
        for origin, why in operation.waits.items():
            if why.reason is Reason.MAYBE_FILE:
                continue
            found.add(origin)
            if isinstance(origin, Operation):
                found |= self._earlier.get(origin, frozenset())
            elif isinstance(origin, Past) and origin.operation in self._earlier:
                before = self._earlier[origin.operation]
                found |= {Past(o, origin.loop) for o in before if isinstance(o, Operation)}
        return frozenset(found)

    def direct(self, operation: Operation) -> list[Origin]:
        """What it waits for, without what that waits for anyway, and without mere parameters."""
        kept: list[Origin] = []
        for origin in operation.waits:
            others = (
                o for o, why in operation.waits.items() if o is not origin and why.reason is not Reason.MAYBE_FILE
            )
            if not isinstance(origin, Free) and not any(self._implies(other, origin) for other in others):
                kept.append(origin)
        return sorted(kept, key=lambda o: (isinstance(o, Past), _operation(o).number))

    def _implies(self, other: Origin, origin: Origin) -> bool:
        if isinstance(other, Operation):
            return origin in self._earlier.get(other, frozenset())
        if isinstance(other, Past) and isinstance(origin, Past):
            # Two operations of a chain each lie before the other: the later one speaks for both.
            later = other.operation.number > origin.operation.number
            return later and origin.operation in self._earlier.get(other.operation, frozenset())
        return False

    # --- Operations --------------------------------------------------------------------------------------

    def waits(self, operation: Operation) -> str:
        """`waits for sentiment (10); in order`, `at once`."""
        parts: list[str] = []
        inside = {region.test for region in operation.region.around()}
        plain: list[Origin] = []
        files: list[Origin] = []
        for origin in self.direct(operation):
            reason = operation.waits[origin].reason
            if origin in inside and reason is Reason.TEST:
                continue
            (files if reason is Reason.MAYBE_FILE else plain).append(origin)
        if operation.in_order:
            parts.append("in order, after all before it")
        elif plain:
            parts.append(f"waits for {self._several(plain)}")
        if files:
            parts.append(f"if it is the same file, waits for {self._several(files)}")
        return "; ".join(parts) or self._unhindered(operation)

    def _unhindered(self, operation: Operation) -> str:
        given = dict.fromkeys(f"`{o.variable.name}`" for o in operation.waits if isinstance(o, Free))
        if any(region.test is not None and region.shape is not Shape.TRY for region in operation.region.around()):
            return "then at once"
        return f"as soon as {_listed(given)} {'is' if len(given) == 1 else 'are'} known" if given else "at once"

    def _several(self, origins: Iterable[Origin]) -> str:
        return _listed(dict.fromkeys(map(self._phrase, origins)))

    def _phrase(self, origin: Origin) -> str:
        """`sentiment (10)`, `judge (8) of the turn before`.

        What is in a loop that ended before is named alike, whether its last turn, one, or all of them are waited for.
        """
        what = self.short(_operation(origin))
        return f"{what} of the turn before" if isinstance(origin, Past) else what

    def short(self, operation: Operation) -> str:
        """`sentiment (10)`; in another section of the file `sentiment (10)` as well: lines are the file's."""
        name = f"`{operation.name}`" if operation.kind is Kind.TEST else operation.name
        return f"{name} ({self.line(operation)})"

    # --- Regions -----------------------------------------------------------------------------------------

    def about(self, region: Region) -> str:
        """What is to be said beside the first line of a region."""
        parts: list[str] = []
        if region.shape is Shape.LOOP:
            parts.append(self.turns(region))
        if region.shape is Shape.CATCH and region.test is not None:
            parts.append("known when the whole block is done")
        elif region.test is not None and self._decides_first(region):
            origins = self.direct(region.test)
            if origins:
                parts.append(f"waits for {self._several(origins)}")
        if region.leaves and region.test is not None:
            parts.append(_LEAVES[region.leaves])
        return "; ".join(part for part in parts if part)

    def _decides_first(self, region: Region) -> bool:
        """Whether this is the first block that its test decides about."""
        if region.parent is None:
            return False
        beside = [item for item in region.parent.items if isinstance(item, Region) and item.test is region.test]
        return beside[0] is region

    def turns(self, loop: Region) -> str:
        """How its turns lie to each other; nothing where nothing in it takes time."""
        timed = [operation for operation in loop.operations() if operation.takes_time]
        turns = loop.turns
        if turns is None or not any(True for _ in loop.operations()):
            return ""
        if turns.unsure:
            return "nested too deep to tell: taken as one turn after another"
        if not turns.chain:
            return "every turn at once" if timed else "turn after turn, in order"
        why = self._carried(loop)
        if set(timed) <= set(turns.chain):
            return f"one turn after another: {why}"
        names = _listed(dict.fromkeys(self.short(o) for o in turns.chain if o.takes_time))
        return f"{names} one turn after another ({why}), the rest of every turn at once"

    def _carried(self, loop: Region) -> str:
        turns = loop.turns
        if turns is None:
            return ""
        if turns.carries:
            return f"carries {_listed(f'`{name}`' if ' ' not in name else name for name in turns.carries)}"
        if turns.control:
            leaving = next((r.leaves for r in loop.regions() if r.leaves in ("break", "return")), "")
            return f"`{leaving}` may end it" if leaving else "an answer may end it"
        return "reads what the turn before wrote" if turns.files else "asks in order"

    # --- The whole ---------------------------------------------------------------------------------------

    def chain(self) -> str:
        """`sentiment (10) → generate (12)`; what is repeated turn after turn stands in parentheses."""
        groups: list[tuple[tuple[Region, ...], list[str]]] = []
        for link in self.section.chain:
            if not groups or groups[-1][0] != link.loops:
                groups.append((link.loops, []))
            groups[-1][1].append(self._link(link))
        return " → ".join(self._group(loops, names) for loops, names in groups)

    def _is_free(self, region: Region) -> bool:
        """Whether it is a loop whose turns run at once."""
        timed = any(operation.takes_time for operation in region.operations())
        return timed and region.turns is not None and not region.turns.chain and not region.turns.unsure

    def _link(self, link: Link) -> str:
        called = link.operation.called
        name = self.short(link.operation)
        if called is self.section:
            return f"{name} again, as deep as it goes"
        return name

    def _group(self, loops: tuple[Region, ...], names: list[str]) -> str:
        text = " → ".join(names)
        for loop in loops:
            text = f"({text})" if "→" in text else text
            text = f"{text} for each turn of line {self.line(loop)}"
        return text

    def summary(self) -> list[str]:
        """The last lines about a section."""
        operations = [operation for operation in self.section.operations if operation.kind is not Kind.TEST]
        timed = [operation for operation in operations if operation.takes_time]
        if not operations:
            return ["Nothing here calls a model, reads, or changes anything."]
        if not timed and not self.section.chain:
            return ["Nothing here takes time: its changes are made in order."]
        on_chain = {link.operation for link in self.section.chain}
        rest = [operation for operation in timed if operation not in on_chain]
        free = any(self._is_free(region) for region in self.section.root.regions())
        lines = [f"Longest chain: {self.chain()}."]
        if rest or free:
            lines[0] += " Everything else overlaps with it."
        return lines


def line_of(source: Source, of: Operation | Region) -> int:
    """The line in which an operation or region begins."""
    span = of.span if isinstance(of, Operation) else of.head
    text = source.text[span.start : span.end]
    return source.position(span.start + len(text) - len(text.lstrip()))[0]


def _operation(origin: Origin) -> Operation:
    if isinstance(origin, Free):
        raise TypeError("a parameter is no operation")
    return origin.operation if isinstance(origin, Past) else origin


def _listed(names: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    several = list(names)
    if len(several) < 2:
        return "".join(several)
    return f"{', '.join(several[:-1])} and {several[-1]}"
