"""Names in expressions: what each `Name`, method and member refers to."""

from __future__ import annotations

from . import tree
from .annotations import BUILT_IN, TypeReader
from .checked import (
    ChangingMethod,
    LibraryFunction,
    Module,
    ModuleSymbol,
    Symbol,
    TypeSymbol,
    Variable,
)
from .diagnostics import Label
from .findings import Findings
from .library import Library
from .names import CHANGING, hidden_by
from .resolver_core import ResolverCore
from .scopes import BlockScope
from .source import Span
from .types import TypeOf


class ExpressionResolver(ResolverCore):
    """Resolves expressions; statements stand in `resolver.py`."""

    def __init__(
        self,
        module: Module,
        library: Library,
        findings: Findings,
        types: TypeReader,
        outer: dict[str, Symbol] | None = None,
    ) -> None:
        """`types` reads the annotations of functions inside expressions."""
        super().__init__(module, library, findings, outer)
        self.types = types
        self._expressions = {
            tree.Literal: self._literal,
            tree.Text: self._text,
            tree.Name: self._name,
            tree.ListDisplay: self._list,
            tree.DictDisplay: self._dict,
            tree.ListComprehension: self._list_comprehension,
            tree.DictComprehension: self._dict_comprehension,
            tree.Unary: self._unary,
            tree.Binary: self._binary,
            tree.Conditional: self._conditional,
            tree.Call: self._call,
            tree.MethodCall: self._method_call,
            tree.Index: self._index,
            tree.Slice: self._slice,
            tree.Field: self._field,
            tree.Lambda: self._lambda,
        }

    def expression(self, node: tree.Expression) -> None:
        """Resolve one expression."""
        self._expressions[type(node)](node)  # type: ignore[operator]

    # --- Names -------------------------------------------------------------------------------------------

    def _name(self, node: tree.Name) -> None:
        symbol = self.lookup(node, called=False)
        if isinstance(symbol, ModuleSymbol):
            what = "plugin" if symbol.plugin else "module"
            self.findings.error(
                "PL0211",
                node.span,
                f"`{node.id}` is a {what}, not a value",
                f"use one of its members: `{node.id}.name`",
            )

    def lookup(self, node: tree.Name, *, called: bool) -> Symbol | None:
        """What a name means: local, file, standard, plugins; records it, or reports that it means nothing."""
        found = self.scope.find(node.id)
        if found is not None:
            self.use(node, *found)
            return found[0]
        symbol: Symbol | None = self.names.function(node.id, node.span) or self.names.other(node.id)
        if symbol is None or (called and isinstance(symbol, TypeSymbol)):
            self.names.unknown(node, self.scope, called=called)
            return None
        self.module.symbols[node] = symbol
        return symbol

    def _module_of(self, node: tree.Expression) -> ModuleSymbol | None:
        """The module or plugin that `node` names, if it does. A variable of that name hides it."""
        if not isinstance(node, tree.Name):
            return None
        found = self.scope.find(node.id)
        symbol = found[0] if found is not None else None
        if found is None and node.id in self.names.library.plugins and not self.names.known(node.id):
            symbol = self.names.module(node.id)
        if not isinstance(symbol, ModuleSymbol):
            return None
        self.module.symbols[node] = symbol
        return symbol

    def _warn_hidden(self, node: tree.Name, member: str | None = None) -> None:
        """Warn where a variable hides the function or module that this use looks as if it meant."""
        found = self.scope.find(node.id)
        if found is None or not isinstance(found[0], Variable):
            return
        hidden = hidden_by(node.id, found[1], self.names)
        if hidden is None or isinstance(hidden, ModuleSymbol) != (member is not None):
            return
        if isinstance(hidden, ModuleSymbol) and not self.names.has_member(hidden, member or ""):
            return
        if found[0] not in self.captures.function_holders:
            self._report_hidden(found[0], node.span, "module" if isinstance(hidden, ModuleSymbol) else "function")

    def _report_hidden(self, variable: Variable, use: Span, what: str) -> None:
        if not self.captures.is_here(variable):
            return
        kind = "parameter" if variable.kind == "parameter" else "variable"
        self.findings.warning(
            "PL0903",
            Span(variable.span.start, variable.span.start + len(variable.name)),
            f"the {kind} `{variable.name}` hides the {what} `{variable.name}`, which is used here too",
            f"give the {kind} another name",
            labels=(Label(use, f"the {what} may be meant here"),),
        )

    def _warn_hidden_method(self, node: tree.MethodCall) -> None:
        """`xs.len()` where a variable is called `len`: the function is called, but a reader may think otherwise."""
        found = self.scope.find(node.method)
        if found is not None and isinstance(found[0], Variable):
            self._report_hidden(found[0], node.method_span, "function")

    # --- Literals and displays ---------------------------------------------------------------------------

    def _literal(self, node: tree.Literal) -> None:
        self.raw.look(node, self.scope)

    def _text(self, node: tree.Text) -> None:
        for part in node.parts:
            if not isinstance(part, str):
                self.expression(part.value)

    def _list(self, node: tree.ListDisplay) -> None:
        for item in node.items:
            self.expression(item.value if isinstance(item, tree.Spread) else item)

    def _dict(self, node: tree.DictDisplay) -> None:
        first: dict[object, tree.Entry] = {}
        for entry in node.entries:
            if isinstance(entry, tree.Spread):
                self.expression(entry.value)
                continue
            if isinstance(entry.key, tree.Literal):
                self._twice(entry, entry.key, first)
            else:
                self.expression(entry.key)
            self.expression(entry.value)

    def _twice(self, entry: tree.Entry, key: tree.Literal, first: dict[object, tree.Entry]) -> None:
        if key.value in first:
            self.findings.error(
                "PL0214",
                key.span,
                f"the key `{key.value}` stands twice in this dict",
                "the second would replace the first: remove one",
                labels=(Label(first[key.value].key.span, "first here"),),
            )
        first.setdefault(key.value, entry)

    # --- Comprehensions ----------------------------------------------------------------------------------

    def _list_comprehension(self, node: tree.ListComprehension) -> None:
        with self.inner():
            depth = self._clauses(node.clauses)
            self.expression(node.element)
            self.frame.loop_depth -= depth

    def _dict_comprehension(self, node: tree.DictComprehension) -> None:
        with self.inner():
            depth = self._clauses(node.clauses)
            self.expression(node.key)
            self.expression(node.value)
            self.frame.loop_depth -= depth

    def _clauses(self, clauses: tuple[tree.ForClause | tree.IfClause, ...]) -> int:
        """Resolve `for … if …`; the loops stay open, and their number is returned."""
        depth = 0
        for clause in clauses:
            if isinstance(clause, tree.IfClause):
                self.expression(clause.test)
                continue
            self.expression(clause.iterable)
            self.frame.loop_depth += 1
            depth += 1
            self.scope = BlockScope(self.frame, self.scope)
            for target in clause.targets:
                self.variable(target, target.id, "comprehension")
        return depth

    # --- Operators ---------------------------------------------------------------------------------------

    def _unary(self, node: tree.Unary) -> None:
        self.expression(node.operand)

    def _binary(self, node: tree.Binary) -> None:
        self.expression(node.left)
        self.expression(node.right)

    def _conditional(self, node: tree.Conditional) -> None:
        self.expression(node.test)
        self.expression(node.value)
        self.expression(node.otherwise)

    def _index(self, node: tree.Index) -> None:
        self.expression(node.value)
        self.expression(node.index)

    def _slice(self, node: tree.Slice) -> None:
        self.expression(node.value)
        for end in (node.start, node.stop):
            if end is not None:
                self.expression(end)

    def _field(self, node: tree.Field) -> None:
        module = self._module_of(node.value)
        if module is not None:
            symbol = self.names.member(module, node.name, node.name_span)
            if symbol is not None:
                self.module.symbols[node] = symbol
            return
        if isinstance(node.value, tree.Name):
            self._warn_hidden(node.value, node.name)
        self.expression(node.value)

    # --- Calls -------------------------------------------------------------------------------------------

    def _call(self, node: tree.Call) -> None:
        symbol: Symbol | None = None
        if isinstance(node.function, tree.Name):
            self._warn_hidden(node.function)
            symbol = self.lookup(node.function, called=True)
            if isinstance(symbol, ModuleSymbol):
                self._name(node.function)
        else:
            self.expression(node.function)
            symbol = self.module.symbols.get(node.function)
        self._arguments(node.arguments, symbol, receiver=None)

    def _method_call(self, node: tree.MethodCall) -> None:
        module = self._module_of(node.receiver)
        if module is not None:
            member = self.names.member(module, node.method, node.method_span)
            if member is not None:
                self.module.symbols[node] = member
            self._arguments(node.arguments, member, receiver=None)
            return
        if isinstance(node.receiver, tree.Name):
            self._warn_hidden(node.receiver, node.method)
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
            self.use(node, *local)
            self._warn_hidden_method(node)
            return local[0]
        symbol = self.names.function(node.method, node.method_span)
        if symbol is None:
            self.names.unknown_method(node, self.scope)
            return None
        self._warn_hidden_method(node)
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
        if by_name and isinstance(by_name[0].type, TypeOf) and isinstance(value, tree.Name):
            of = BUILT_IN.get(value.id)
            if of is not None and self.scope.find(value.id) is None:
                self.module.symbols[value] = TypeSymbol(value.id, of)
                return
        outer = self.passing
        self.passing = symbol.signature.callbacks and isinstance(value, tree.Lambda)
        self.expression(value)
        self.passing = outer

    # --- Places ------------------------------------------------------------------------------------------

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
            self._undeclared(node)
            return
        symbol, home = found
        self.use(node, symbol, home)
        if isinstance(symbol, Variable):
            self.captures.changed(symbol, node, self.frame, home.frame)
            return
        kinds = {TypeSymbol: "type", ModuleSymbol: "module"}
        self.findings.error(
            "PL0213",
            node.span,
            f"{what} `{node.id}`: it is a {kinds.get(type(symbol), 'function')}, not a variable",
            "declare a variable with another name: `let … = …`",
        )

    def _undeclared(self, node: tree.Name) -> None:
        if self.names.known(node.id) or self.names.other(node.id) is not None:
            self.findings.error(
                "PL0213",
                node.span,
                f"`{node.id}` is not a variable: it belongs to the language or a plugin",
                f"declare a variable: `let {node.id} = …` hides it in this block",
            )
            return
        self.names.undeclared(node, self.scope)

    # --- Functions ---------------------------------------------------------------------------------------

    def _lambda(self, node: tree.Lambda) -> None:
        self.function(node, top_level=False)

    def function(self, node: tree.FunctionDef | tree.Lambda, *, top_level: bool) -> None:
        """Resolve parameters and body of a function in a frame of its own."""
        self.structure.parameters(node.params)
        with self.running(node, top_level=top_level):
            for param in node.params:
                if param.type is not None:
                    self.types.read(param.type)
                if param.default is not None:
                    self.expression(param.default)
                if param.name not in self.scope.names:
                    made = self.variable(param, param.name, "parameter")
                    if isinstance(param.type, tree.TypeFunction):
                        self.captures.function_holders.add(made)
            if node.result is not None:
                self.types.read(node.result)
            if isinstance(node.body, tree.Block):
                self.block(node.body)
            else:
                self.expression(node.body)


def root_of(node: tree.Expression) -> tree.Name | None:
    """The variable that a chain of fields and indexes begins with; None where it begins with something else."""
    while isinstance(node, (tree.Index, tree.Field)):
        node = node.value
    return node if isinstance(node, tree.Name) else None

