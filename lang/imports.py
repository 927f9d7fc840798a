"""Imported files: finding, reading and checking each once, and refusing cycles (§4)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from . import tree
from .checked import Module, ModuleSymbol, Symbol, TypeSymbol, Variable
from .diagnostics import Diagnostic
from .findings import Findings
from .library import Library
from .names import Names
from .signatures import Effect
from .source import LARGEST_FILE, Source, Span
from .suggestions import closest
from .types import OpaqueType, Type

CheckFile = Callable[[Source, str, "Imports"], Module]


@dataclass(frozen=True, slots=True)
class Located:
    """Where an import leads: its key among the checked files, its name for messages, and how to read it."""

    path: str
    name: str
    read: Callable[[], str]


@dataclass(eq=False, slots=True)
class Imports:
    """The files of one check, or of one REPL session.

    modules: what has been checked, by resolved path. open: the files whose imports are being read, outermost first.
    """

    library: Library
    check: CheckFile
    read_file: Callable[[str], str]
    modules: dict[str, Module] = field(default_factory=dict)
    open: list[tuple[str, str]] = field(default_factory=list)

    def load_all(self, module: Module, findings: Findings) -> dict[tree.Import, ModuleSymbol]:
        """What each `import` of a file brings in."""
        symbols: dict[tree.Import, ModuleSymbol] = {}
        self.open.append((module.path or module.source.name, module.source.name))
        for statement in module.program.statements:
            if isinstance(statement, tree.Import):
                check_import_name(statement, findings)
                symbols[statement] = self.load(statement, module, findings)
        self.open.pop()
        return symbols

    def load(self, node: tree.Import, importer: Module, findings: Findings) -> ModuleSymbol:
        """What `node` brings in; reports what cannot be had, and then the symbol is empty."""
        name = node.alias or _default_name(node)
        if node.is_file:
            located = self._file(node.target, importer)
        else:
            found = self._module(node.target)
            if found is None:
                if node.target in self.library.plugins:
                    return ModuleSymbol(name, plugin=node.target)
                self._no_module(node, findings)
                return ModuleSymbol(name)
            located = found
        module = self._checked(node, located, findings)
        if module is not None and module not in importer.imports:
            importer.imports.append(module)
        return ModuleSymbol(name, module)

    def _file(self, target: str, importer: Module) -> Located:
        folder = Path(importer.path).parent if importer.path else Path.cwd()
        path = os.path.realpath(folder / target.replace("\0", "\ufffd"))  # no system has a path with NUL
        name = os.path.normpath(Path(importer.source.name).parent / target)
        return Located(path, name, lambda: self.read_file(path))

    def _module(self, name: str) -> Located | None:
        """A module of the standard library."""
        folder = resources.files("planlang.stdlib") if self.library.stdlib is None else Path(self.library.stdlib)
        file = folder / f"{name}.plan"
        if not name.isidentifier() or not file.is_file():
            return None
        return Located(f"stdlib:{name}", f"{name}.plan", lambda: file.read_text(encoding="utf-8"))

    def modules_there_are(self) -> list[str]:
        """The names that `import` finds without a path."""
        folder = resources.files("planlang.stdlib") if self.library.stdlib is None else Path(self.library.stdlib)
        names = [entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".plan")]
        return sorted([*names, *self.library.plugins])

    def _no_module(self, node: tree.Import, findings: Findings) -> None:
        known = self.modules_there_are()
        near = closest(node.target, known)
        hint = f"did you mean `{near}`?" if near else f'a file is imported by its path: `import "./{node.target}.plan"`'
        findings.error("PL0602", node.span, f"there is no module or plugin `{node.target}`", hint)

    def _checked(self, node: tree.Import, located: Located, findings: Findings) -> Module | None:
        if any(path == located.path for path, _ in self.open):
            self._cycle(node, located, findings)
            return None
        known = self.modules.get(located.path)
        if known is not None:
            return known
        text = self._text(node, located, findings)
        if text is None:
            return None
        module = self.check(Source(text, located.name), located.path, self)
        self.modules[located.path] = module
        return module

    def _text(self, node: tree.Import, located: Located, findings: Findings) -> str | None:
        why = ""
        try:
            if node.is_file and not located.path.endswith(".plan"):
                why = "only files whose names end in .plan are plans"  # findings quote the file: no other may be shown
            else:
                return located.read()
        except FileNotFoundError:
            why = "there is no such file"
        except IsADirectoryError:
            why = "it is a folder"
        except UnicodeDecodeError:
            why = "it is not UTF-8 text"
        except (OSError, ValueError) as error:
            why = error.strerror.lower() if isinstance(error, OSError) and error.strerror else "it cannot be read"
        findings.error(
            "PL0601",
            node.span,
            f"`{node.target}` cannot be imported: {why}",
            f"it was looked for as {located.name}, beside the file that imports it",
        )
        return None

    def _cycle(self, node: tree.Import, located: Located, findings: Findings) -> None:
        """Show the way round."""
        paths = [path for path, _ in self.open]
        names = [name for _, name in self.open[paths.index(located.path) :]]
        shown = " → ".join([*names, names[0]])
        findings.error(
            "PL0603",
            node.span,
            f"this import goes in a circle: {shown}",
            "move what both files need into a third one",
        )


def _default_name(node: tree.Import) -> str:
    """The name that an import without `as` declares: that of the file without its ending."""
    if not node.is_file:
        return node.target
    return Path(node.target).name.removesuffix(".plan")


def read_plan(path: str) -> str:
    """The text of a plan file. Raises OSError, or ValueError where it is no text, no plain file or too large."""
    if Path(path).exists() and not Path(path).is_file():
        raise IsADirectoryError(path) if Path(path).is_dir() else ValueError("a pipe or a device")
    with Path(path).open(encoding="utf-8", newline="") as file:
        text = file.read(LARGEST_FILE + 1)
    if len(text) > LARGEST_FILE:
        raise ValueError("too large")
    return text


def check_import_name(node: tree.Import, findings: Findings) -> None:
    """A file whose name is no identifier needs `as`."""
    name = node.alias or _default_name(node)
    if not name.isidentifier():
        findings.error(
            "PL0605",
            node.span,
            f"`{node.target}` has no name that a plan can use",
            f'give it one: `import "{node.target}" as helpers`',
        )


class MemberTypes:
    """The types of imported files and plugins, as annotations name them: `helpers.Review`."""

    def __init__(self, names: Names, imported: Iterable[ModuleSymbol], earlier: Mapping[str, Symbol]) -> None:
        """`imported` is what the file imports, `earlier` what a session knows from before."""
        self.names = names
        self.modules = {s.name: s for s in earlier.values() if isinstance(s, ModuleSymbol)}
        self.modules.update({symbol.name: symbol for symbol in imported})

    def __call__(self, node: tree.TypeName) -> Type | None:
        """The type that `node` names; reports what is none."""
        module = self.modules.get(node.module or "")
        findings = self.names.findings
        if module is None:
            if self.names.library.opaque_types.get(node.id) == node.module:
                return OpaqueType(node.id)
            hint = f"import it: `import {node.module}`"
            findings.error("PL0212", node.span, f"there is no module `{node.module}`", hint)
            return None
        if module.plugin is not None and self.names.library.opaque_types.get(node.id) == module.plugin:
            return OpaqueType(node.id)
        symbol = self.names.member(module, node.id, node.span)
        if symbol is not None and not isinstance(symbol, TypeSymbol):
            message = f"`{node.module}.{node.id}` is not a type"
            findings.error("PL0212", node.span, message, "a type is declared with `type`")
        return symbol.type if isinstance(symbol, TypeSymbol) else None


def unfit_for_import(modules: list[Module]) -> list[Diagnostic]:
    """Statements of imported files that do something: such a file holds declarations and constant `let`s only."""
    found: list[Diagnostic] = []
    for module in modules:
        for statement in module.program.statements:
            message, hint = _unfit(module, statement)
            if message:
                found.append(Diagnostic("PL0604", message, _head(module, statement), module.source, hint))
    return found


def _unfit(module: Module, statement: tree.Statement) -> tuple[str, str]:
    if isinstance(statement, (tree.Import, tree.TypeDef, tree.FunctionDef, tree.Test)):
        return "", ""
    if not isinstance(statement, tree.Let):
        return (
            "a file that is imported holds declarations only, but this statement does something",
            "put it into a function, or into `task main() -> none { … }`",
        )
    changing = [v.name for t in statement.targets if isinstance(v := module.symbols.get(t), Variable) and v.assigned]
    if changing:
        return (
            f"`{changing[0]}` changes, but a file that is imported holds constants only",
            "make it part of a function",
        )
    if module.effects.get(statement, Effect.PURE) is Effect.PURE:
        return "", ""
    return (
        "a file that is imported holds constants only, but this value comes from outside",
        "make it a function: `fn value() => …`",
    )


def _head(module: Module, statement: tree.Statement) -> Span:
    """The first line of a statement."""
    end = module.source.text.find("\n", statement.span.start)
    return Span(statement.span.start, min(statement.span.end, end if end >= 0 else statement.span.end))
