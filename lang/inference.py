"""Types of a whole file: its statements in their order, its functions when they are first asked for (§5).

Inference follows the flow of control: what a variable holds is known at each point, loops are gone through until it
stays the same, tests narrow it. A function without a stated result gives what its `return`s give.
"""

from __future__ import annotations

from . import tree
from .checked import LocalFunction, Variable
from .flow import Flow
from .inference_core import FunctionState
from .inference_statements import StatementInference
from .joining import join, widen
from .types import ANY, NONE, FunctionType, NeverType, Type
from .typing import NO, described, display, fits, has_none, is_any, trusted

DEEPEST = 40
"""Functions that wait for each other's results. Beyond it a result counts as unknown for its caller."""


class Inference(StatementInference):
    """One file. `run` fills `module.types` and `module.constants`."""

    depth = 0

    def run(self) -> None:
        """Look at the whole file."""
        self._results: dict[tree.FunctionDef, Type] = {}
        statements = self.module.program.statements
        self._state_parameters(statements)
        self.sequence([s for s in statements if not isinstance(s, (tree.FunctionDef, tree.Test))])
        for statement in statements:
            if isinstance(statement, tree.FunctionDef):
                self.result_of(statement)
            elif isinstance(statement, tree.Test):
                self._test(statement)
        self._settle_constants()

    def _state_parameters(self, statements: tuple[tree.Statement, ...]) -> None:
        for statement in statements:
            if isinstance(statement, tree.FunctionDef):
                for param in statement.params:
                    if param.type is not None:
                        self.record(param, self.module.declared.get(param.type, ANY))

    def _settle_constants(self) -> None:
        """What the file's variables hold in the end, for other files and for the next input of a session."""
        for variable, fact in self.flow.facts.items():
            self.constants[variable] = fact.type

    def _test(self, node: tree.Test) -> None:
        with self.apart():
            self.block(node.body)

    # --- Functions ---------------------------------------------------------------------------------------

    def result_of(self, node: tree.FunctionDef) -> Type:
        """What a function of the file gives: as it states, or as its body shows; `any` where it calls itself."""
        known = self._results.get(node)
        if known is not None:
            return known
        stated = self.module.declared.get(node.result) if node.result is not None else None
        if stated is None and self.depth >= DEEPEST:
            return ANY
        self._results[node] = trusted(stated) if stated is not None else ANY
        if stated is not None and self.depth >= DEEPEST:
            del self._results[node]
            return trusted(stated)
        self.depth += 1
        with self.apart():
            of = self.infer_function(node)
        self.depth -= 1
        self._results[node] = of.result
        return of.result

    def infer_function(
        self, node: tree.FunctionDef | tree.Lambda, given: tuple[Type, ...] | None = None
    ) -> FunctionType:
        """The type of a function, from its body where it states none; `given` is what it will be called with."""
        outer, function, loops, attempts = self.flow, self.function, self.loops, self.attempts
        self.flow, self.loops, self.attempts = Flow(outer), [], []
        stated = self.module.declared.get(node.result) if node.result is not None else None
        self.function = FunctionState(stated)
        params = self._parameters(node.params, given)
        self._open_itself(node, params, stated)
        self._body(node, stated)
        result = trusted(stated) if stated is not None else widen(self.function.given)
        if isinstance(result, NeverType):
            result = ANY
        self.flow, self.function, self.loops, self.attempts = outer, function, loops, attempts
        of = FunctionType(params if all(p.default is None for p in node.params) else None, result)
        self.record(node, of)
        return of

    def _open_itself(self, node: tree.FunctionDef | tree.Lambda, params: tuple[Type, ...], stated: Type | None) -> None:
        """A local function may call itself."""
        symbol = self.symbol(node)
        if isinstance(symbol, LocalFunction):
            result = trusted(stated) if stated is not None else ANY
            self.local_types[symbol] = FunctionType(params, result)

    def _parameters(self, params: tuple[tree.Parameter, ...], given: tuple[Type, ...] | None) -> tuple[Type, ...]:
        types: list[Type] = []
        for at, param in enumerate(params):
            stated = self.module.declared.get(param.type) if param.type is not None else None
            if param.default is not None:
                if stated is not None:
                    self.expect(param.default, stated, f"`{param.name}` is declared as")
                else:
                    self.infer(param.default)
            of = stated if stated is not None else (given[at] if given is not None and at < len(given) else ANY)
            if param.default is not None and stated is None:
                of = ANY
            if stated is not None and given is not None and at < len(given) and fits(given[at], stated) is NO:
                self._wrong_argument(param, stated, given[at])
            self.record(param, of)
            symbol = self.symbol(param)
            if isinstance(symbol, Variable):
                if stated is not None:
                    self.stated[symbol] = stated
                self.set(symbol, trusted(of))
            types.append(of)
        return tuple(types)

    def _wrong_argument(self, param: tree.Parameter, stated: Type, given: Type) -> None:
        """A function written in place is called with something else than it states."""
        self.findings.error(
            "PL0302",
            param.span,
            f"`{param.name}` is `{display(stated)}`, but this function is called with {described(given)}",
            "leave the type out, or turn the value into it before",
        )

    def _body(self, node: tree.FunctionDef | tree.Lambda, stated: Type | None) -> None:
        body = node.body
        if not isinstance(body, tree.Block):
            if stated is not None and stated != NONE:
                self.expect(body, stated, "this function gives")
            else:
                of = self.infer(body)
                self.function.given = of if stated is None else NONE
            return
        self.block(body)
        if not self.flow.reachable:
            return
        self.function.given = join(self.function.given, NONE)
        if stated is not None and not is_any(stated) and not has_none(stated):
            self._missing_return(node, body, stated)

    def _missing_return(self, node: tree.FunctionDef | tree.Lambda, body: tree.Block, stated: Type) -> None:
        name = f"`{node.name}`" if isinstance(node, tree.FunctionDef) else "this function"
        closing = tree.Span(max(body.span.end - 1, body.span.start), body.span.end)
        self.findings.error(
            "PL0402",
            closing,
            f"{name} gives `{display(stated)}`, but can get here without a `return`",
            "return a value on every path, or `fail` where there is none",
        )
