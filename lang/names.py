"""Looking names up in the library and in imported files, and saying what is wrong with those that are not there."""

from __future__ import annotations

from collections.abc import Iterable

from . import tree
from .annotations import BUILT_IN
from .checked import (
    Constant,
    LibraryFunction,
    LocalFunction,
    ModuleFunction,
    ModuleSymbol,
    Symbol,
    TypeSymbol,
    Variable,
)
from .diagnostics import Edit, Label
from .findings import Findings
from .library import Library
from .name_habits import METHOD_HABITS, NAME_HABITS
from .scopes import BlockScope
from .source import Span
from .suggestions import closest
from .types import OpaqueType

CHANGING = ("push", "pop", "insert", "extend", "remove", "clear")
"""Methods that change the place they are called on, whatever else bears the name."""

FUNCTIONS = (LocalFunction, ModuleFunction, LibraryFunction)


class Names:
    """What a name means outside the scopes of a file: in the library and in imported files."""

    def __init__(self, library: Library, findings: Findings) -> None:
        """Look names up in `library` and report to `findings`."""
        self.library = library
        self.findings = findings
        self._functions: dict[str, LibraryFunction] = {}
        self._others: dict[str, Symbol] = {}

    def function(self, name: str, span: Span) -> LibraryFunction | None:
        """The standard or plugin function `name`; reports one that several plugins give."""
        if name in self._functions:
            return self._functions[name]
        found = self.library.function(name)
        if found is None:
            return None
        if isinstance(found, list):
            ways = " or ".join(f"`{plugin}.{name}`" for plugin in found)
            self.findings.error(
                "PL0205",
                span,
                f"the plugins {' and '.join(f'`{p}`' for p in found)} both have a function `{name}`",
                f"write {ways}",
            )
            found = self.library.member(found[0], name)
            return LibraryFunction(found) if found else None
        return self._functions.setdefault(name, LibraryFunction(found))

    def known(self, name: str) -> bool:
        """Whether the library has a function of this name."""
        return self.library.function(name) is not None

    def other(self, name: str) -> Symbol | None:
        """A standard constant, a plugin's name or a type that no file declares."""
        found = self._others.get(name)
        if found is None:
            found = self._make_other(name)
            if found is not None:
                self._others[name] = found
        return found

    def _make_other(self, name: str) -> Symbol | None:
        library = self.library
        if name in library.constants:
            return Constant(name, None)
        if name in library.plugins:
            return ModuleSymbol(name, plugin=name)
        if name in BUILT_IN:
            return TypeSymbol(name, BUILT_IN[name])
        return TypeSymbol(name, OpaqueType(name)) if name in library.opaque_types else None

    def module(self, name: str) -> ModuleSymbol | None:
        """The plugin called `name`."""
        found = self.other(name)
        return found if isinstance(found, ModuleSymbol) else None

    # --- Members of modules ------------------------------------------------------------------------------

    def member(self, module: ModuleSymbol, name: str, span: Span) -> Symbol | None:
        """The member `name` of an imported file or a plugin; reports one that is not there or private."""
        if module.plugin is not None:
            signature = self.library.member(module.plugin, name)
            if signature is not None:
                return LibraryFunction(signature)
            self._no_member(module, name, span, self.library.plugins.get(module.plugin, {}))
            return None
        if module.module is None or not (module.module.ok or name in module.module.members):
            return None
        found = module.module.members.get(name)
        if name.startswith("_") and found is not None:
            self.findings.error(
                "PL0210",
                span,
                f"`{name}` is private to `{module.name}`",
                "names that begin with `_` can be used in their own file only",
            )
            return None
        if found is None or isinstance(found, ModuleSymbol):
            own = (k for k, member in module.module.members.items() if not isinstance(member, ModuleSymbol))
            self._no_member(module, name, span, own)
            return None
        if isinstance(found, Variable):
            return Constant(name, module.module, found)
        return found

    def has_member(self, module: ModuleSymbol, name: str) -> bool:
        """Whether a module or plugin has a member `name`."""
        if module.plugin is not None:
            return self.library.member(module.plugin, name) is not None
        return module.module is not None and name in module.module.members

    def _no_member(self, module: ModuleSymbol, name: str, span: Span, all_known: Iterable[str]) -> None:
        known = [k for k in all_known if not k.startswith("_")]
        near = closest(name, known)
        what = "the plugin" if module.plugin else "the module"
        names = ", ".join(f"`{k}`" for k in known[:8])
        hint = f"did you mean `{near}`?" if near else (f"it has {names}" if names else "")
        self.findings.error(
            "PL0209",
            span,
            f"{what} `{module.name}` has no `{name}`",
            hint,
            edit=Edit(span, near) if near else None,
        )

    # --- Names that are not there ------------------------------------------------------------------------

    def unknown(self, node: tree.Name, scope: BlockScope, *, called: bool) -> None:
        """Report a name that means nothing here."""
        later = declared_later(node.id, scope)
        if later is not None:
            own = own_let(node, scope)
            self.findings.error(
                "PL0203",
                node.span,
                f"`{node.id}` is used before it is declared",
                self._own_let_hint(own, node) if own is not None else "move its `let` up",
                labels=(Label(later, "declared here"),),
            )
            return
        if node.id in CHANGING and called:
            self.findings.error(
                "PL0208",
                node.span,
                f"`{node.id}` is written after the variable that it changes",
                f"write `xs.{node.id}(…)`",
            )
            return
        what = "function" if called else "name"
        near = closest(node.id, [*visible(scope), *self.library.names, *self.library.plugins])
        habit = NAME_HABITS.get(node.id)
        hint = habit or (f"did you mean `{near}`?" if near else f"declare it first: `let {node.id} = …`")
        if called and not habit and not near:
            hint = f"declare it: `fn {node.id}(…) {{ … }}`"
        edit = Edit(node.span, near) if near and not habit else None
        self.findings.error("PL0203", node.span, f"there is no {what} `{node.id}`", hint, edit=edit)

    def _own_let_hint(self, own: tree.Let, node: tree.Name) -> str:
        """What to do about `node` in the `let` that declares it, which may have been meant to end a line earlier."""
        source = self.findings.source
        first, last = (source.position(at)[0] for at in (own.span.start, node.span.start))
        if first < last and _indentation(source.line(last)) <= _indentation(source.line(first)):
            self.findings.silence(own.value.span)
            return "this line still belongs to its `let`, since something is missing at the end of the line before"
        if isinstance(own.value, tree.Lambda):
            return f"a function that calls itself is written `fn {node.id}(…) => …`"
        return "a `let` does not see the name that it declares"

    def undeclared(self, node: tree.Name, scope: BlockScope) -> None:
        """Report the assignment to a name that is not declared."""
        near = closest(node.id, visible(scope))
        later = declared_later(node.id, scope)
        hint = f"write `let {node.id} = …` to declare it"
        self.findings.error(
            "PL0201",
            node.span,
            f"there is no variable `{node.id}` to assign to",
            f"did you mean `{near}`? Or {hint}" if near else hint,
            labels=(Label(later, "declared only here"),) if later else (),
        )

    def unknown_method(self, node: tree.MethodCall, scope: BlockScope) -> None:
        """Report `x.f(…)` where no function is called `f`."""
        name = node.method
        found = scope.find(name)
        if found is not None and isinstance(found[0], Variable):
            hint = f"`{name}` is a variable: write `{name}(…)` to call the function it holds"
        else:
            functions = [n for n, s in _visible(scope).items() if isinstance(s, FUNCTIONS)]
            near = closest(name, [*functions, *self.library.names, *CHANGING])
            hint = METHOD_HABITS.get(name) or (
                f"did you mean `{near}`?" if near else f"a function that a dict holds is called as `(x.{name})(…)`"
            )
        self.findings.error("PL0204", node.method_span, f"there is no function `{name}`", hint)


def visible(scope: BlockScope) -> list[str]:
    """All names that scopes declare here."""
    return list(_visible(scope))


def _visible(scope: BlockScope) -> dict[str, Symbol]:
    names: dict[str, Symbol] = {}
    for part in scope.chain():
        for name, symbol in part.names.items():
            names.setdefault(name, symbol)
    return names


def declared_later(name: str, scope: BlockScope) -> Span | None:
    """Where a `let` or a local `fn` further down in an enclosing block declares `name`."""
    for part in scope.chain():
        for statement in part.statements:
            if isinstance(statement, tree.Let):
                for target in statement.targets:
                    if target.id == name:
                        return target.span
            elif isinstance(statement, tree.FunctionDef) and statement.name == name:
                return statement.name_span
    return None


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def own_let(node: tree.Name, scope: BlockScope) -> tree.Let | None:
    """The `let` that declares the name of `node` and has `node` in its value."""
    lets = (s for part in scope.chain() for s in part.statements if isinstance(s, tree.Let))
    for let in lets:
        inside = let.value.span.start <= node.span.start and node.span.end <= let.value.span.end
        if inside and any(target.id == node.id for target in let.targets):
            return let
    return None


def hidden_by(name: str, variable_scope: BlockScope, names: Names) -> Symbol | None:
    """The module or function that a variable called `name`, declared in `variable_scope`, hides."""
    outer = variable_scope.parent
    found = outer.find(name) if outer is not None else None
    if found is not None:
        return found[0] if isinstance(found[0], (*FUNCTIONS, ModuleSymbol)) else None
    signature = names.library.function(name)
    if isinstance(signature, list):
        return None
    return LibraryFunction(signature) if signature is not None else names.module(name)
