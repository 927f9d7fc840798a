"""Types along the statements: declarations, assignments, branches, loops, and what can be reached at all."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from . import tree
from .checked import LibraryFunction, LocalFunction, Module, ModuleFunction, Variable
from .findings import Findings
from .flow import Flow
from .inference_assignments import AssignmentInference
from .inference_core import FunctionState
from .joining import join, widen
from .library import Library
from .narrowing import assume
from .signatures import Effect
from .types import ANY, NONE, STR, AnyType, DictType, FunctionType, ListType, NeverType, RecordType, Type
from .typing import NO, base, described, display, fits, members

_LEAVING: dict[type[tree.Statement], str] = {
    tree.Return: "return",
    tree.Fail: "fail",
    tree.Break: "break",
    tree.Continue: "continue",
}
"""Statements that end their block, by the word that a reader sees."""


class StatementInference(AssignmentInference):
    """Statements and blocks."""

    def __init__(
        self, module: Module, library: Library, findings: Findings, earlier: Mapping[Variable, Type] | None
    ) -> None:
        """See `InferenceCore`."""
        super().__init__(module, library, findings, earlier)
        self._statements: dict[type, Callable[[Any], None]] = {
            tree.Let: self.let,
            tree.Assign: self.assign,
            tree.ExpressionStatement: self._expression_statement,
            tree.If: self.if_,
            tree.While: self.while_,
            tree.For: self.for_,
            tree.Break: self.break_,
            tree.Continue: self.continue_,
            tree.Return: self._return,
            tree.Match: self.match_,
            tree.Fail: self._fail,
            tree.Try: self.try_,
            tree.Assert: self._assert,
            tree.Step: self._step,
            tree.Needs: self._needs,
            tree.FunctionDef: self._local_function,
            tree.Mock: self._mock,
            tree.TypeDef: _nothing,
            tree.Import: _nothing,
            tree.Test: _nothing,
        }
        self._assumed = {}

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
        if before is not None:
            word = _LEAVING.get(type(before))
            why = f"`{word}` before it ends the block" if word else "what stands before it never gets here"
            if isinstance(before, tree.While):
                why = "the loop before it never ends: it has no `break`"
        end = min(statement.span.end, self._line_end(statement.span.start))
        self.findings.error("PL0401", tree.Span(statement.span.start, end), "this is never reached", why)

    def _line_end(self, offset: int) -> int:
        end = self.module.source.text.find("\n", offset)
        return end if end >= 0 else len(self.module.source.text)

    @contextmanager
    def apart(self) -> Generator[None]:
        """Look at a function or test of the file, wherever inference stands: it sees only the file's constants."""
        saved = (self.flow, self.function, self.loops, self.attempts, self._assumed, self.looks)
        self.flow, self.function, self.loops, self.attempts = Flow(), FunctionState(), [], []
        self._assumed, self.looks = {}, 0
        with self.findings.settled():
            yield
        self.flow, self.function, self.loops, self.attempts, self._assumed, self.looks = saved

    # --- Declarations and assignments --------------------------------------------------------------------

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
        if name == "validate" or symbol.signature.result == NONE:
            return
        subject = node.receiver if isinstance(node, tree.MethodCall) else (arguments[0].value if arguments else None)
        kept = self.text(subject) if isinstance(subject, tree.Name) else "let result"
        self.findings.warning(
            "PL0904",
            node.span,
            f"the result of `{name}` is not used: it changes nothing by itself",
            f"keep it: `{kept} = {self.text(node)}`",
        )

    def _is_function(self, node: tree.Expression) -> bool:
        of = self.module.types.get(node, ANY)
        return any(isinstance(m, (FunctionType, AnyType)) for m in members(of))

    # --- Other statements --------------------------------------------------------------------------------

    def _return(self, node: tree.Return) -> None:
        stated = self.function.declared
        if node.value is None:
            if stated is not None and fits(NONE, stated) is NO:
                message = f"this function gives `{display(stated)}`, but nothing is returned here"
                self.findings.error("PL0301", node.span, message, "return a value")
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
        answers = [_answer(member) for member in members(of)]
        if answers and all(fits(answer, wanted) is NO for answer in answers):
            self.findings.error(
                "PL0507",
                node.value.span,
                f"`{node.name}` gives `{display(wanted)}`, but this mock gives {described(answers[0])}",
                "a mock answers as the function would",
            )


def _answer(mock: Type) -> Type:
    """What a mock answers: what a function gives, or the elements of a list."""
    if isinstance(mock, FunctionType):
        return mock.result
    return mock.element if isinstance(mock, ListType) else ANY


def _nothing(_node: tree.Statement) -> None:
    """A declaration that was dealt with before."""
