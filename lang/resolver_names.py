"""What one name means, and the warning where a variable hides what may be meant."""

from __future__ import annotations

from . import tree
from .checked import ModuleSymbol, Symbol, TypeSymbol, Variable
from .diagnostics import Label
from .names import hidden_by
from .resolver_core import ResolverCore
from .source import Span


class NameResolver(ResolverCore):
    """Names by themselves and before a dot."""

    def lookup(self, node: tree.Name, *, called: bool) -> Symbol | None:
        """What a name means: local, file, standard, plugins; records it, or reports that it means nothing."""
        found = self.scope.find(node.id)
        if found is not None:
            self.use(node, found[0], found[1])
            return found[0]
        symbol: Symbol | None = self.names.function(node.id, node.span) or self.names.other(node.id)
        if symbol is None or (called and isinstance(symbol, TypeSymbol)):
            self.names.unknown(node, self.scope, called=called)
            return None
        self.module.symbols[node] = symbol
        return symbol

    def not_a_value(self, node: tree.Name, module: ModuleSymbol) -> None:
        """Report a module that is used as if it were a value."""
        self.findings.error(
            "PL0211",
            node.span,
            f"`{node.id}` is a {'plugin' if module.plugin else 'module'}, not a value",
            f"use one of its members: `{node.id}.name`",
        )

    def module_of(self, node: tree.Expression) -> ModuleSymbol | None:
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

    def warn_hidden(self, node: tree.Name, member: str | None = None) -> None:
        """Warn where a variable hides the function or module that this use looks as if it meant."""
        found = self.scope.find(node.id)
        if found is None:
            return
        variable, home = found
        if not isinstance(variable, Variable) or variable in self.captures.function_holders:
            return
        hidden = hidden_by(node.id, home, self.names)
        if hidden is None or isinstance(hidden, ModuleSymbol) != (member is not None):
            return
        if isinstance(hidden, ModuleSymbol) and not self.names.has_member(hidden, member or ""):
            return
        self._report_hidden(variable, node.span, "module" if isinstance(hidden, ModuleSymbol) else "function")

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

    def warn_hidden_method(self, node: tree.MethodCall) -> None:
        """`xs.len()` where a variable is called `len`: the function is called, but a reader may think otherwise."""
        found = self.scope.find(node.method)
        variable = found[0] if found is not None else None
        if isinstance(variable, Variable):
            self._report_hidden(variable, node.method_span, "function")
