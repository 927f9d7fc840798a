"""Types along branches and loops: `if`, `match`, `try`, `while`, `for`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import tree
from .checked import Variable
from .expectations import Expectations
from .flow import Fact, Flow, join_facts, merge
from .inference_core import LoopState
from .inference_parts import CAUGHT
from .inference_patterns import is_countable, match_pattern, names_in, spread_bools
from .narrowing import Refinement, apply, assume
from .resolver import else_if
from .suggestions import closest
from .type_text import listed
from .types import ANY, STR, LiteralType, NeverType, RecordField, RecordType, TupleType, Type
from .typing import base, described, display, members

MOST_TURNS = 4
"""How often a loop is looked at before what still changes counts as unknown."""

ERROR = RecordType((RecordField("kind", STR), RecordField("message", STR), RecordField("where", STR)), CAUGHT)
"""What `catch e` gives; a `fail {…}` may have put in further fields."""


class BranchInference(Expectations):
    """Statements that split and join the flow of control."""

    _assumed: dict[tree.Statement, dict[Variable, Fact]]
    """For each loop inside the one in hand, what an earlier look at it found to hold where a turn begins."""

    def if_(self, node: tree.If) -> None:
        """A chain of `else if` is gone through in a loop: it may be thousands long."""
        base_flow = self.flow
        otherwise_flow = Flow(base_flow)
        ends: list[Mapping[Variable, Fact]] = []
        current: tree.If | None = node
        while current is not None:
            self.flow = otherwise_flow
            self.condition(current.test)
            self.flow = Flow(otherwise_flow)
            assume(self, current.test, True)
            self.block(current.body)
            if self.flow.reachable:
                ends.append(self.flow.since(base_flow))
            self.flow = otherwise_flow
            assume(self, current.test, False)
            following = else_if(current.otherwise)
            if following is None and current.otherwise is not None:
                self.block(current.otherwise)
            current = following
        if otherwise_flow.reachable:
            ends.append(otherwise_flow.facts)
        self.flow = base_flow
        merge(base_flow, ends)

    def match_(self, node: tree.Match) -> None:
        """The cases in order: each sees what those before it left over."""
        subject = self._subject(node.subject)
        rest = spread_bools(subject)
        place = self.place(node.subject)
        outer = self.flow
        ends: list[Mapping[Variable, Fact]] = []
        for case in node.cases:
            if isinstance(rest, NeverType) and not isinstance(subject, NeverType):
                self._never_reached(case)
                if not _is_catch_all(case):
                    continue
            rest = self._case(case, subject, rest, place, ends)
        self.flow = outer
        merge(outer, ends)
        self._covered(node, subject, rest)

    def _subject(self, node: tree.Expression) -> Type:
        """The type of what is matched; of a list written in place its length is known."""
        of = self.infer(node)
        if isinstance(node, tree.ListDisplay) and not any(isinstance(item, tree.Spread) for item in node.items):
            return TupleType(tuple(self.module.types.get(item, ANY) for item in node.items))
        return base(of) if isinstance(node, tree.Literal) else of

    def _case(
        self,
        case: tree.Case,
        subject: Type,
        rest: Type,
        place: tuple[Variable, tuple[str | int, ...]] | None,
        ends: list[Mapping[Variable, Fact]],
    ) -> Type:
        """One case; gives what is left for the next ones."""
        outer = self.flow
        self.flow = Flow(outer)
        matched, left = match_pattern(self, case.pattern, rest)
        if isinstance(matched, NeverType) and not isinstance(rest, NeverType):
            self._never_matches(case.pattern, subject)
        for name in names_in(case.pattern):
            self.bind(name, self.module.types.get(name, ANY))
        if place is not None:
            apply(self, Refinement(place[0], place[1], lambda _: matched))
        if case.guard is not None:
            self.condition(case.guard)
            assume(self, case.guard, True)
        self.block(case.body)
        if self.flow.reachable:
            ends.append(self.flow.since(outer))
        self.flow = outer
        return rest if case.guard is not None else left

    def _never_reached(self, case: tree.Case) -> None:
        """The cases before cover everything; a catch-all for safety's sake may stand there all the same."""
        if not _is_catch_all(case):
            self.findings.error(
                "PL0406", case.pattern.span, "this case is never reached", "the cases before it cover everything"
            )

    def _never_matches(self, pattern: tree.Pattern, subject: Type) -> None:
        literals = [m.value for m in members(subject) if isinstance(m, LiteralType)]
        hint = f"it is {described(subject)}"
        if isinstance(pattern, tree.PatternLiteral) and isinstance(pattern.value, str):
            near = closest(pattern.value, [v for v in literals if isinstance(v, str)])
            hint = f'did you mean "{near}"?' if near else hint
            if not near and literals:
                hint = f"it is {listed(list(literals))}"
        self.findings.error("PL0317", pattern.span, "this pattern can never match here", hint)

    def _covered(self, node: tree.Match, subject: Type, rest: Type) -> None:
        """Ask for a catch-all unless the cases cover the type."""
        if isinstance(rest, NeverType) or _has_catch_all(node):
            return
        head = tree.Span(node.span.start, node.subject.span.end)
        if is_countable(spread_bools(subject)):
            literals = [m.value for m in members(rest) if isinstance(m, LiteralType)]
            shapes = " and ".join(f"`{display(m)}`" for m in members(rest))
            missing = listed(list(literals), "and") if literals else shapes
            self.findings.error(
                "PL0405",
                head,
                f"no case for {missing}",
                "add a case for each, or `case _ { … }` for all others",
            )
        else:
            self.findings.warning(
                "PL0905",
                head,
                "a value that no case matches would make the plan fail here",
                "add `case _ { … }` for all others",
            )

    def try_(self, node: tree.Try) -> None:
        """The handler may begin at any point of the block."""
        outer = self.flow
        log: dict[Variable, Fact] = {}
        self.attempts = [*self.attempts, log]
        self.flow = Flow(outer)
        self.block(node.body)
        body = self.flow
        self.attempts = self.attempts[:-1]
        self.flow = Flow(outer)
        for variable, fact in log.items():
            before = outer.get(variable)
            if before is not None:
                self.flow.facts[variable] = join_facts((before, fact))
        if node.name is not None:
            self.bind(node.name, ERROR)
        self.block(node.handler)
        ends = [flow.since(outer) for flow in (body, self.flow) if flow.reachable]
        self.flow = outer
        merge(outer, ends)

    def while_(self, node: tree.While) -> None:
        """A loop that ends where its test is false; `while true` ends with `break` alone."""
        endless = isinstance(node.test, tree.Literal) and node.test.value is True

        def turn() -> None:
            self.condition(node.test)
            assume(self, node.test, True)
            self.block(node.body)

        loop = self._loop(node, turn)
        exits: list[Mapping[Variable, Fact]] = list(loop.breaks)
        outer = self.flow
        if not endless:
            self.flow = Flow(outer)
            self.flow.facts.update(loop.base.facts)
            assume(self, node.test, False)
            exits.append(self.flow.facts)
        self.flow = outer
        merge(outer, exits)

    def for_(self, node: tree.For) -> None:
        """A loop over what its value gives."""
        element = self.iterated(node.iterable)

        def turn() -> None:
            self.bind_targets(node.targets, element, node.iterable)
            self.block(node.body)

        loop = self._loop(node, turn)
        merge(self.flow, [*loop.breaks, loop.base.facts])

    def _loop(self, node: tree.While | tree.For, turn: Callable[[], None]) -> LoopState:
        """Go through a loop until what holds at the start of a turn stays the same. `base` of the result holds it.

        What an earlier look at this loop found is taken for granted in the next one, so that loops inside loops do not
        multiply.
        """
        outer = self.flow
        start = Flow(outer)
        for variable, fact in self._assumed.get(node, {}).items():
            before = outer.get(variable)
            if before is not None:
                start.facts[variable] = join_facts((before, fact))
        turns = 0
        while True:
            loop = LoopState(start)
            mark = self.findings.mark()
            self.loops.append(loop)
            self.flow = Flow(start)
            turn()
            self.loops.pop()
            ends = [*loop.continues, *([self.flow.since(start)] if self.flow.reachable else [])]
            changed = _changes(start, ends, unknown=turns >= MOST_TURNS)
            if not changed:
                break
            self.findings.rollback(mark)
            start.facts.update(changed)
            turns += 1
        self.flow = outer
        if self.loops:
            self._assumed[node] = dict(start.facts)
        else:
            self._assumed = {}
        loop.breaks = [{**start.facts, **facts} for facts in loop.breaks]
        return loop

    def break_(self, _node: tree.Break) -> None:
        """What holds here holds behind the loop."""
        self._leave(lambda loop, facts: loop.breaks.append(facts))

    def continue_(self, _node: tree.Continue) -> None:
        """What holds here holds at the start of the next turn."""
        self._leave(lambda loop, facts: loop.continues.append(facts))

    def _leave(self, note: Callable[[LoopState, Mapping[Variable, Fact]], None]) -> None:
        if self.loops:
            loop = self.loops[-1]
            note(loop, self.flow.since(loop.base))
        self.flow.reachable = False


def _changes(start: Flow, ends: list[Mapping[Variable, Fact]], *, unknown: bool) -> dict[Variable, Fact]:
    """The facts at the start of a turn that its ends do not bear out, made wide enough."""
    changed: dict[Variable, Fact] = {}
    for end in ends:
        for variable, fact in end.items():
            before = changed.get(variable) or start.get(variable)
            if before is None:
                continue
            joined = join_facts((before, fact))
            if joined.type != before.type or dict(joined.paths) != dict(before.paths):
                changed[variable] = Fact(ANY, ANY) if unknown else joined
    return changed


def _has_catch_all(node: tree.Match) -> bool:
    return any(_is_catch_all(case) for case in node.cases)


def _is_catch_all(case: tree.Case) -> bool:
    return case.guard is None and isinstance(case.pattern, (tree.PatternAny, tree.PatternName))
