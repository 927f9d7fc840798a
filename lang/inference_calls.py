"""Types of calls: of functions of files, of the library, of values; and of the methods that change their place."""

from __future__ import annotations

from . import tree
from .arguments import Matched, Matcher
from .checked import ChangingMethod, LibraryFunction, LocalFunction, ModuleFunction, ModuleSymbol, Symbol
from .generics import Bindings, bind, defaults_in, substitute, variables_in
from .inference_callbacks import CallbackInference
from .library import ABSENT
from .signatures import Signature, SignatureParameter
from .types import (
    ANY,
    NEVER,
    NONE,
    STR,
    AnyType,
    DictType,
    FunctionType,
    ListType,
    NeverType,
    RecordType,
    TupleType,
    Type,
    TypeOf,
    TypeVariable,
)
from .typing import NO, described, display, fits, has_none, members


class CallInference(CallbackInference):
    """Calls."""

    # --- What is called ----------------------------------------------------------------------------------

    def call(self, node: tree.Call) -> Type:
        """`function(arguments)`."""
        function = node.function
        symbol = self.symbol(function)
        name = function.id if isinstance(function, tree.Name) else self.text(function)
        if isinstance(symbol, (LocalFunction, ModuleFunction, LibraryFunction)):
            self.record(function, self._symbol_type(symbol))
            return self._known(symbol, name, None, node)
        of = self.infer(function)
        return self._value(of, name, node)

    def method_call(self, node: tree.MethodCall) -> Type:
        """`x.f(arguments)`."""
        symbol = self.symbol(node)
        if isinstance(symbol, ChangingMethod):
            return self.change(node)
        member = self.symbol(node.receiver) if isinstance(node.receiver, tree.Name) else None
        receiver = None if _is_module(member) else node.receiver
        if isinstance(symbol, (LocalFunction, ModuleFunction, LibraryFunction)):
            return self._known(symbol, node.method, receiver, node)
        if receiver is not None:
            self.infer(receiver)
        elif symbol is not None:
            self._not_a_function(node.method_span, node.method, self.member(symbol))
        self._look_at(node.arguments)
        return ANY

    def change(self, node: tree.MethodCall) -> Type:
        """A method that changes its place."""
        raise NotImplementedError

    def _symbol_type(self, symbol: Symbol) -> Type:
        if isinstance(symbol, LocalFunction):
            return self.local_types.get(symbol, FunctionType(None, ANY))
        return self.member(symbol)

    def _look_at(self, arguments: tuple[tree.Argument, ...]) -> None:
        """Infer arguments of which nothing is wanted."""
        for argument in arguments:
            self.infer(argument.value)

    def _value(self, of: Type, name: str, node: tree.Call) -> Type:
        """A call of a function that is a value."""
        if has_none(of):
            self.may_be_none(node.function, of)
            self._look_at(node.arguments)
            return ANY
        functions = [m for m in members(of) if isinstance(m, FunctionType)]
        unknown = any(isinstance(m, (AnyType, NeverType, TypeVariable)) for m in members(of))
        if not functions and not unknown:
            self._not_a_function(node.function.span, name, of)
        if len(functions) != 1 or unknown or functions[0].params is None:
            self._look_at(node.arguments)
            return ANY if len(functions) != 1 or unknown else functions[0].result
        return self._value_call(functions[0], name, node)

    def _value_call(self, function: FunctionType, name: str, node: tree.Call) -> Type:
        params = function.params or ()
        if any(a.name is not None for a in node.arguments):
            self._look_at(node.arguments)
            return function.result
        if len(params) != len(node.arguments):
            self._look_at(node.arguments)
            self.findings.error(
                "PL0303",
                node.span,
                f"`{name}` takes {len(params)} arguments, but {len(node.arguments)} are given",
                f"it is a `{display(function)}`",
            )
            return function.result
        for argument, wanted in zip(node.arguments, params, strict=True):
            self.expect(argument.value, wanted, f"`{name}` takes")
        return function.result

    def _not_a_function(self, span: tree.Span, name: str, of: Type) -> None:
        hint = "only functions can be called"
        if isinstance(of, TypeOf):
            hint = f"to make one, write a dict: `{{…}}`; to check one, `validate(x, {name})`"
        elif isinstance(of, (ListType, TupleType, DictType, RecordType)):
            hint = f"write `{name}[…]` for an element"
        elif self.library.function(name) is not None:
            hint = f"this variable hides the function `{name}`: give it another name"
        self.findings.error("PL0311", span, f"`{name}` is {described(of)}, not a function", hint)

    # --- Functions that are known ------------------------------------------------------------------------

    def _known(
        self,
        symbol: LocalFunction | ModuleFunction | LibraryFunction,
        name: str,
        receiver: tree.Expression | None,
        node: tree.Call | tree.MethodCall,
    ) -> Type:
        if isinstance(symbol, LibraryFunction):
            return self._library(symbol.signature, receiver, node)
        params = self.parameters(symbol)
        matched = Matcher(name, params, self.findings).match(receiver, node.arguments, _short(node))
        for given in matched.given:
            if given.param is None:
                self.infer(given.node)
            else:
                self.expect(given.node, given.param.type, f"`{given.param.name}` of `{name}` takes")
        if isinstance(symbol, LocalFunction):
            return self.local_types.get(symbol, FunctionType(None, ANY)).result
        return self.function_type(symbol).result

    def parameters(self, symbol: LocalFunction | ModuleFunction) -> tuple[SignatureParameter, ...]:
        """The parameters of a function of a file."""
        declared = symbol.module.declared if isinstance(symbol, ModuleFunction) else self.module.declared
        return tuple(
            SignatureParameter(
                param.name,
                declared.get(param.type, ANY) if param.type is not None else ANY,
                _default_text(param.default),
                param.description or "",
            )
            for param in symbol.node.params
        )

    def function_type(self, symbol: ModuleFunction) -> FunctionType:
        """The type of a function of this or an imported file, used as a value."""
        if symbol.module is not self.module:
            known = symbol.module.types.get(symbol.node)
            return known if isinstance(known, FunctionType) else FunctionType(None, ANY)
        result = self.result_of(symbol.node)
        params = self.parameters(symbol)
        if any(p.default is not None for p in params):
            return FunctionType(None, result)
        return FunctionType(tuple(p.type for p in params), result)

    # --- Functions of the library ------------------------------------------------------------------------

    def _library(
        self,
        signature: Signature,
        receiver: tree.Expression | None,
        node: tree.Call | tree.MethodCall,
    ) -> Type:
        if self._is_text_join(signature, receiver, node.arguments):
            return STR
        if self._is_list_push(signature, receiver, node.arguments):
            return ANY
        matched = Matcher(signature.name, signature.params, self.findings).match(receiver, node.arguments, _short(node))
        bindings: Bindings = {}
        later: list[tuple[SignatureParameter, tree.Lambda]] = []
        for given in matched.given:
            if given.param is None:
                self.infer(given.node)
            elif isinstance(given.node, tree.Lambda):
                later.append((given.param, given.node))
            else:
                self._argument(signature, given.param, given.node, bindings)
        for param, function in later:
            self.function_argument(signature, param, function, bindings)
        return self._result(signature, matched, bindings)

    def _is_text_join(
        self, signature: Signature, receiver: tree.Expression | None, arguments: tuple[tree.Argument, ...]
    ) -> bool:
        """`", ".join(xs)` is Python's way round: say so and look no further."""
        if signature.name != "join" or signature.plugin or len(arguments) != 1:
            return False
        if not isinstance(receiver, tree.Literal) or not isinstance(receiver.value, str):
            return False
        xs = arguments[0].value
        self.infer(receiver)
        self.infer(xs)
        self.findings.error(
            "PL0302",
            receiver.span,
            "`join` takes the list first, then what stands between its elements",
            f"write `join({self.text(xs)}, {self.text(receiver)})`",
        )
        return True

    def _is_list_push(
        self, signature: Signature, receiver: tree.Expression | None, arguments: tuple[tree.Argument, ...]
    ) -> bool:
        """`xs.append(x)` and `xs.add(x)`: other languages' words for `push`, which add to files and indexes here."""
        if signature.name not in {"append", "add"} or receiver is None or not signature.params:
            return False
        of = self.infer(receiver)
        is_list = any(isinstance(m, (ListType, TupleType)) for m in members(of))
        if not is_list or fits(of, signature.params[0].type) is not NO:
            return False
        self._look_at(arguments)
        end = arguments[-1].span.end if arguments else receiver.span.end + len(signature.name) + 1
        self.findings.error(
            "PL0204",
            tree.Span(receiver.span.end, end),
            f"a list has no `{signature.name}`",
            f"write `{self.text(receiver)}.push(…)`",
        )
        return True

    def _argument(
        self, signature: Signature, param: SignatureParameter, node: tree.Expression, bindings: Bindings
    ) -> None:
        wanted = param.type
        what = f"`{param.name}` of `{signature.name}` takes"
        if not variables_in(wanted):
            self.expect(node, wanted, what)
            return
        of = self.infer(node)
        self.report_misfit(node, of, substitute(wanted, {}, ANY), what)
        bind(wanted, of, bindings)

    def _result(self, signature: Signature, matched: Matched, bindings: Bindings) -> Type:
        """The result, with what left-out arguments stand for."""
        given = {g.param.name for g in matched.given if g.param is not None}
        defaults = defaults_in(signature.result)
        for param in signature.params:
            if param.name in given:
                continue
            for name in variables_in(param.type):
                if name not in bindings and name not in defaults:
                    bindings[name] = NEVER if param.default == ABSENT else (NONE if param.default == "none" else ANY)
        of = substitute(signature.result, defaults | bindings, ANY)
        return ANY if isinstance(of, NeverType) else of


def _is_module(symbol: Symbol | None) -> bool:
    return isinstance(symbol, ModuleSymbol)


def _short(node: tree.Call | tree.MethodCall) -> tree.Span:
    """The name of what is called, where the whole call may be long."""
    return node.method_span if isinstance(node, tree.MethodCall) else node.function.span


def _default_text(default: tree.Expression | None) -> str | None:
    """A default for messages; None where there is none."""
    if default is None:
        return None
    return default.form if isinstance(default, tree.Literal) and default.form else "…"
