"""Names in calls: what `f(…)` and `x.f(…)` call, and which variable a changing method changes."""

from __future__ import annotations

from . import tree
from .annotations import BUILT_IN
from .checked import ChangingMethod, LibraryFunction, ModuleSymbol, Symbol, TypeSymbol, Variable
from .names import CHANGING
from .resolver_names import NameResolver
from .signatures import SignatureParameter
from .types import TypeOf
from .typing import members


class CallResolver(NameResolver):
    """Calls and places."""

    def call(self, node: tree.Call) -> None:
        """`f(…)`, or a call of any other value."""
        symbol: Symbol | None = None
        if isinstance(node.function, tree.Name):
            self.warn_hidden(node.function)
            symbol = self.lookup(node.function, called=True)
            if isinstance(symbol, ModuleSymbol):
                self.not_a_value(node.function, symbol)
        else:
            self.expression(node.function)
            symbol = self.module.symbols.get(node.function)
        self._arguments(node.arguments, symbol, receiver=None)

    def method_call(self, node: tree.MethodCall) -> None:
        """`x.f(…)`: a member of a module, a changing method, or a function with `x` as its first argument."""
        module = self.module_of(node.receiver)
        if module is not None:
            member = self.names.member(module, node.method, node.method_span)
            if member is not None:
                self.module.symbols[node] = member
            self._arguments(node.arguments, member, receiver=None)
            return
        if isinstance(node.receiver, tree.Name):
            self.warn_hidden(node.receiver, node.method)
        if node.method in CHANGING:
            self.module.symbols[node] = ChangingMethod(node.method)
            self._changed_place(node)
            self._arguments(node.arguments, None, receiver=None)
            return
        symbol = self._method(node)
        self._receiver(node, symbol)
        self._arguments(node.arguments, symbol, receiver=node.receiver)

    def _method(self, node: tree.MethodCall) -> Symbol | None:
        """What `x.f(…)` calls: an enclosing `fn`, a function of the file, of the library; never a variable."""
        local = self.scope.find_function(node.method)
        if local is not None:
            self.use(node, local[0], local[1])
            self.warn_hidden_method(node)
            return local[0]
        symbol = self.names.function(node.method, node.method_span)
        if symbol is None:
            self.names.unknown_method(node, self.scope)
            return None
        self.warn_hidden_method(node)
        self.module.symbols[node] = symbol
        return symbol

    def _receiver(self, node: tree.MethodCall, symbol: Symbol | None) -> None:
        if isinstance(symbol, LibraryFunction) and any(p.name == "pattern" for p in symbol.signature.params):
            self.raw.is_pattern(node.receiver)
        self._argument(node.receiver, symbol, 0, None)

    def _arguments(
        self, arguments: tuple[tree.Argument, ...], symbol: Symbol | None, receiver: tree.Expression | None
    ) -> None:
        at = 0 if receiver is None else 1
        for argument in arguments:
            self._argument(argument.value, symbol, at, argument.name)
            at += 1

    def _argument(self, value: tree.Expression, symbol: Symbol | None, at: int, name: str | None) -> None:
        """Resolve one argument; what the function wants decides whether `int` is the type or the function."""
        if not isinstance(symbol, LibraryFunction):
            self.expression(value)
            return
        params = symbol.signature.params
        if isinstance(value, tree.Literal) and any(p.name == "pattern" for p in params):
            self.raw.is_pattern(value)
        by_name = [p for p in params if p.name == name] if name is not None else list(params[at : at + 1])
        if by_name and _takes_a_type(by_name[0]) and isinstance(value, tree.Name):
            of = BUILT_IN.get(value.id)
            if of is not None and self.scope.find(value.id) is None:
                self.module.symbols[value] = TypeSymbol(value.id, of)
                return
        outer = self.passing
        self.passing = symbol.signature.callbacks and isinstance(value, tree.Lambda)
        self.expression(value)
        self.passing = outer

    def _changed_place(self, node: tree.MethodCall) -> None:
        """`place.push(…)`: the place must be a variable, or a field or element of one."""
        if root_of(node.receiver) is None:
            self.expression(node.receiver)
            what = "the result of a call" if isinstance(node.receiver, (tree.Call, tree.MethodCall)) else "this value"
            self.findings.error(
                "PL0208",
                node.receiver.span,
                f"`{node.method}` changes a variable, but this is {what}",
                f"give it a name first: `let xs = …`, then `xs.{node.method}(…)`",
            )
            return
        self.place(node.receiver, f"`{node.method}` cannot change")

    def place(self, node: tree.Expression, what: str) -> None:
        """Resolve a place that is assigned or changed, and mark its variable. `what` begins the message."""
        while isinstance(node, (tree.Index, tree.Field)):
            if isinstance(node, tree.Index):
                self.expression(node.index)
            node = node.value
        if not isinstance(node, tree.Name):
            self.expression(node)
            return
        found = self.scope.find(node.id)
        if found is None:
            self.names.undeclared(node, self.scope)
            return
        symbol, home = found
        self.use(node, symbol, home)
        if isinstance(symbol, Variable):
            self.captures.changed(symbol, node, self.frame, home.frame)
            return
        kinds: dict[type[Symbol], str] = {TypeSymbol: "type", ModuleSymbol: "module"}
        self.findings.error(
            "PL0213",
            node.span,
            f"{what} `{node.id}`: it is a {kinds.get(type(symbol), 'function')}, not a variable",
            "declare a variable with another name: `let … = …`",
        )


def root_of(node: tree.Expression) -> tree.Name | None:
    """The variable that a chain of fields and indexes begins with; None where it begins with something else."""
    while isinstance(node, (tree.Index, tree.Field)):
        node = node.value
    return node if isinstance(node, tree.Name) else None


def _takes_a_type(param: SignatureParameter) -> bool:
    """Whether a type's name is a fitting argument, among others perhaps."""
    return any(isinstance(member, TypeOf) for member in members(param.type))
