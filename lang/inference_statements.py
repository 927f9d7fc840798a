"""Types along the statements: declarations, assignments, branches, loops, and what can be reached at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from . import tree
from .checked import LibraryFunction, LocalFunction, Module, ModuleFunction, Variable
from .expectations import Expectations
from .findings import Findings
from .flow import Fact, Flow, join_facts, merge
from .inference_core import FunctionState, LoopState
from .inference_expressions import widen_part
from .inference_parts import CAUGHT, Operand
from .inference_patterns import is_countable, match_pattern, names_in, spread_bools
from .joining import join, widen
from .library import Library
from .narrowing import Refinement, apply, assume
from .resolver import else_if
from .signatures import Effect
from .suggestions import closest
from .type_text import listed
from .types import (
    ANY,
    INT,
    NONE,
    STR,
    AnyType,
    DictType,
    FunctionType,
    ListType,
    LiteralType,
    NeverType,
    RecordField,
    RecordType,
    TupleType,
    Type,
    UnionType,
)
from .typing import NO, YES, base, described, display, fits, has_none, members, trusted, unite

MOST_TURNS = 4
"""How often a loop is looked at before what still changes counts as unknown."""

ERROR = RecordType((RecordField("kind", STR), RecordField("message", STR), RecordField("where", STR)), CAUGHT)
"""What `catch e` gives; a `fail {…}` may have put in further fields."""


class StatementInference(Expectations):
    """Statements and blocks."""

    def __init__(
        self, module: Module, library: Library, findings: Findings, earlier: Mapping[Variable, Type] | None
    ) -> None:
        """See `InferenceCore`."""
        super().__init__(module, library, findings, earlier)
        self._statements: dict[type, Callable[[Any], None]] = {
            tree.Let: self._let,
            tree.Assign: self._assign,
            tree.ExpressionStatement: self._expression_statement,
            tree.If: self._if,
            tree.While: self._while,
            tree.For: self._for,
            tree.Break: self._break,
            tree.Continue: self._continue,
            tree.Return: self._return,
            tree.Match: self._match,
            tree.Fail: self._fail,
            tree.Try: self._try,
            tree.Assert: self._assert,
            tree.Step: self._step,
            tree.Needs: self._needs,
            tree.FunctionDef: self._local_function,
            tree.Mock: self._mock,
            tree.TypeDef: _nothing,
            tree.Import: _nothing,
            tree.Test: _nothing,
        }
        self._assumed: dict[tree.Statement, dict[Variable, Fact]] = {}

    # --- Sequences ---------------------------------------------------------------------------------------

    def block(self, node: tree.Block) -> None:
        """Go through the statements of a block."""
        self.sequence(node.statements)

    def sequence(self, statements: Sequence[tree.Statement]) -> None:
        """Go through statements until nothing gets further."""
        for at, statement in enumerate(statements):
            if not self.flow.reachable:
                self._unreachable(statement, statements[at - 1] if at else None)
                return
            self._statements[type(statement)](statement)

    def _unreachable(self, statement: tree.Statement, before: tree.Statement | None) -> None:
        why = ""
        words = {tree.Return: "return", tree.Fail: "fail", tree.Break: "break", tree.Continue: "continue"}
        if before is not None:
            word = words.get(type(before))
            why = f"`{word}` before it ends the block" if word else "what stands before it never gets here"
            if isinstance(before, tree.While):
                why = "the loop before it never ends: it has no `break`"
        end = min(statement.span.end, self._line_end(statement.span.start))
        self.findings.error("PL0401", tree.Span(statement.span.start, end), "this is never reached", why)

    def _line_end(self, offset: int) -> int:
        end = self.module.source.text.find("\n", offset)
        return end if end >= 0 else len(self.module.source.text)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Look at a function or test of the file, wherever inference stands: it sees only the file's constants."""
        saved = (self.flow, self.function, self.loops, self.attempts, self._assumed, self.looks)
        self.flow, self.function, self.loops, self.attempts = Flow(), FunctionState(), [], []
        self._assumed, self.looks = {}, 0
        with self.findings.settled():
            yield
        self.flow, self.function, self.loops, self.attempts, self._assumed, self.looks = saved

    # --- Declarations and assignments --------------------------------------------------------------------

    def _let(self, node: tree.Let) -> None:
        target = node.targets[0]
        if node.type is not None:
            self._typed_let(node, target, self.module.declared.get(node.type, ANY))
            return
        if len(node.targets) == 1:
            of = self.infer(node.value)
            self.bind(target, widen(of))
            self._remember(target)
            return
        of = self.infer(node.value)
        if has_none(of):
            self.may_be_none(node.value, of)
            of = ANY
        self.bind_targets(node.targets, of, node.value)
        for each in node.targets:
            self._remember(each)

    def _typed_let(self, node: tree.Let, target: tree.Target, stated: Type) -> None:
        symbol = self.symbol(target)
        if isinstance(symbol, Variable):
            self.stated[symbol] = stated
        of = self.expect(node.value, stated, f"`{target.id}` is")
        self.record(target, stated)
        if isinstance(symbol, Variable):
            self.set(symbol, _held(of, stated))
        self._remember(target)

    def _remember(self, target: tree.Target) -> None:
        """A constant of the file has its type from its `let`, for the functions that read it."""
        symbol = self.symbol(target)
        if isinstance(symbol, Variable) and symbol.constant and not self.session:
            self.constants[symbol] = self.fact(symbol).type

    def _assign(self, node: tree.Assign) -> None:
        if node.op:
            of = self._updated(node)
        elif isinstance(node.place, tree.Name):
            of = self._value_for(node)
        else:
            self._place_parts(node.place)
            of = self._value_for(node)
        self._store(node.place, of)

    def _value_for(self, node: tree.Assign) -> Type:
        stated = self._stated_at(node.place)
        if stated is None:
            return self.infer(node.value)
        return self.expect(node.value, stated, f"`{self.text(node.place)}` is")

    def _updated(self, node: tree.Assign) -> Type:
        """`place += value`."""
        left = self.infer(node.place)
        right = self.infer(node.value)
        of = self.arithmetic(node, node.op, Operand(left, node.place), Operand(right, node.value))
        stated = self._stated_at(node.place)
        if stated is not None:
            self.report_misfit(node.value, of, stated, f"`{self.text(node.place)}` is", "PL0301")
        return of

    def _place_parts(self, node: tree.Expression) -> None:
        """Infer the inside of a place that is assigned: its wholes and keys, not the part itself."""
        if not isinstance(node, (tree.Field, tree.Index)):
            return
        whole = self.infer(node.value)
        key: Type = LiteralType(node.name) if isinstance(node, tree.Field) else self.infer(node.index)
        if has_none(whole):
            self.may_be_none(node.value, whole)
            return
        self._assignable(node, whole, key)

    def _assignable(self, node: tree.Field | tree.Index, whole: Type, key: Type) -> None:
        kinds = [m for m in members(whole) if not isinstance(m, (AnyType, NeverType))]
        if not kinds or len(kinds) != len(list(members(whole))):
            return
        if all(base(k) == STR for k in kinds) and isinstance(node, tree.Index):
            self.findings.error(
                "PL0312",
                node.span,
                "a text cannot be changed in place",
                f"build a new one: `{self.text(node.value)}[:i] + … + {self.text(node.value)}[i + 1:]`, or use `replace`",
            )
        elif not any(isinstance(k, (DictType, RecordType)) for k in kinds):
            if isinstance(node, tree.Field):
                self._report_field(node, whole)
            elif fits(key, INT) is NO or not any(_is_list(k) for k in kinds):
                self.findings.error(
                    "PL0312",
                    node.index.span,
                    f"`{self.text(node.value)}` is {described(whole)}, in which {described(key)} is no place",
                    "a list is counted by ints, from 0",
                )
        elif len(kinds) == 1:
            self._new_field(node, kinds[0], key)

    def _report_field(self, node: tree.Field, whole: Type) -> None:
        self.findings.error(
            "PL0308",
            node.name_span,
            f"`{self.text(node.value)}` is {described(whole)}: it has no field `{node.name}`",
            "only dicts have fields",
        )

    def _new_field(self, node: tree.Field | tree.Index, whole: Type, key: Type) -> None:
        """A key that is new to a declared record and looks like one of its fields is a slip."""
        if not isinstance(whole, RecordType) or not whole.name or not isinstance(key, LiteralType):
            return
        name = str(key.value)
        near = closest(name, [f.name for f in whole.fields])
        if whole.get(name) is None and near:
            span = node.name_span if isinstance(node, tree.Field) else node.index.span
            self.findings.error("PL0308", span, f"`{whole.name}` has no field `{name}`", f"did you mean `{near}`?")

    def _store(self, place: tree.Expression, of: Type) -> None:
        name, keys = self.keys_of(place)
        symbol = self.symbol(name) if name is not None else None
        if not isinstance(symbol, Variable):
            return
        stated = self.stated.get(symbol)
        if not keys:
            self.set(symbol, _held(of, stated) if stated is not None else widen(of))
            return
        kept = self._stated_at(place)
        self.assign_part(place, trusted(kept) if kept is not None and fits(of, kept) is YES else widen_part(of))
        path = self.place(place)
        if path is not None and kept is not None and fits(of, kept) is YES:
            apply(self, Refinement(path[0], path[1], lambda _: _held(of, kept)))

    def _expression_statement(self, node: tree.ExpressionStatement) -> None:
        of = self.infer(node.value)
        if not self.session:
            self._unused(node.value, of)

    def _unused(self, node: tree.Expression, _of: Type) -> None:
        """A pure function whose result is dropped does nothing at all."""
        if isinstance(node, tree.Call):
            symbol, arguments = self.symbol(node.function), list(node.arguments)
        elif isinstance(node, tree.MethodCall):
            symbol, arguments = self.symbol(node), list(node.arguments)
        else:
            return
        if not isinstance(symbol, LibraryFunction) or symbol.signature.effect != Effect.PURE:
            return
        name = symbol.signature.name
        if symbol.signature.callbacks and any(self._is_function(a.value) for a in arguments):
            return
        if name in ("validate",) or symbol.signature.result == NONE:
            return
        subject = node.receiver if isinstance(node, tree.MethodCall) else (arguments[0].value if arguments else None)
        shown = self.text(subject) if isinstance(subject, tree.Name) else "result"
        self.findings.warning(
            "PL0904",
            node.span,
            f"the result of `{name}` is not used: it changes nothing by itself",
            f"keep it: `{shown} = {self.text(node)}`" if shown != "result" else f"keep it: `let result = {self.text(node)}`",
        )

    def _is_function(self, node: tree.Expression) -> bool:
        of = self.module.types.get(node, ANY)
        return any(isinstance(m, (FunctionType, AnyType)) for m in members(of))

    # --- Branches ----------------------------------------------------------------------------------------

    def _if(self, node: tree.If) -> None:
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

    def _match(self, node: tree.Match) -> None:
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
            missing = listed(list(literals), "and") if literals else " and ".join(f"`{display(m)}`" for m in members(rest))
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

    def _try(self, node: tree.Try) -> None:
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

    # --- Loops -------------------------------------------------------------------------------------------

    def _while(self, node: tree.While) -> None:
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

    def _for(self, node: tree.For) -> None:
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

    def _break(self, _node: tree.Break) -> None:
        self._leave(lambda loop, facts: loop.breaks.append(facts))

    def _continue(self, _node: tree.Continue) -> None:
        self._leave(lambda loop, facts: loop.continues.append(facts))

    def _leave(self, note: Callable[[LoopState, Mapping[Variable, Fact]], None]) -> None:
        if self.loops:
            loop = self.loops[-1]
            note(loop, self.flow.since(loop.base))
        self.flow.reachable = False

    # --- Other statements --------------------------------------------------------------------------------

    def _return(self, node: tree.Return) -> None:
        stated = self.function.declared
        if node.value is None:
            if stated is not None and fits(NONE, stated) is NO:
                self.findings.error(
                    "PL0301", node.span, f"this function gives `{display(stated)}`, but nothing is returned here", "return a value"
                )
            of: Type = NONE
        elif stated is not None:
            of = self.expect(node.value, stated, "this function gives")
        else:
            of = self.infer(node.value)
        self.function.given = join(self.function.given, widen(of))
        self.flow.reachable = False

    def _fail(self, node: tree.Fail) -> None:
        of = self.infer(node.value)
        kinds = [base(m) for m in members(of)]
        if kinds and not any(k == STR or isinstance(k, (AnyType, NeverType, DictType, RecordType)) for k in kinds):
            self.findings.error(
                "PL0302",
                node.value.span,
                f"`fail` takes a text or a dict with a message, but this is {described(of)}",
                'write `fail "what went wrong"` or `fail {kind: "my-kind", message: "…"}`',
            )
        self.flow.reachable = False

    def _assert(self, node: tree.Assert) -> None:
        self.condition(node.test)
        if node.message is not None:
            outer = self.flow
            self.flow = Flow(outer)
            assume(self, node.test, False)
            self.infer(node.message)
            self.flow = outer
        assume(self, node.test, True)

    def _step(self, node: tree.Step) -> None:
        self.infer(node.title)

    def _needs(self, node: tree.Needs) -> None:
        for resource in node.resources:
            self.infer(resource.value)

    def _local_function(self, node: tree.FunctionDef) -> None:
        of = self.infer_function(node)
        symbol = self.symbol(node)
        if isinstance(symbol, LocalFunction):
            self.local_types[symbol] = of

    def _mock(self, node: tree.Mock) -> None:
        of = self.infer(node.value)
        symbol = self.symbol(node)
        if isinstance(symbol, LibraryFunction):
            wanted: Type = symbol.signature.result
        elif isinstance(symbol, ModuleFunction) and symbol.node.result is not None:
            wanted = symbol.module.declared.get(symbol.node.result, ANY)
        else:
            return
        answers = [
            m.result if isinstance(m, FunctionType) else (m.element if isinstance(m, ListType) else ANY) for m in members(of)
        ]
        if answers and all(fits(answer, wanted) is NO for answer in answers):
            self.findings.error(
                "PL0507",
                node.value.span,
                f"`{node.name}` gives `{display(wanted)}`, but this mock gives {described(answers[0])}",
                "a mock answers as the function would",
            )


def _held(of: Type, stated: Type) -> Type:
    """What a variable with a stated type holds after it was given an `of`: the members that it is sure to be."""
    fit = fits(of, stated)
    if fit is not YES:
        return widen(of)
    if not isinstance(stated, UnionType):
        return trusted(stated)
    kept = [m for m in members(stated) if any(fits(part, m) is YES for part in members(of))]
    return unite(trusted(m) for m in kept) if kept else trusted(stated)


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


def _is_list(of: Type) -> bool:
    return isinstance(of, (ListType, TupleType))


def _nothing(_node: tree.Statement) -> None:
    """A declaration that was dealt with before."""
