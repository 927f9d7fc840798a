"""The door to checking: from a source to a `checked.Module` with everything known about it (§5).

source → parser → imports → type declarations → names (`resolver`) → types (`inference`) → effects → permissions
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from . import tree
from .annotations import TypeReader
from .checked import Module, Symbol, TypeSymbol, Variable
from .diagnostics import Diagnostic
from .effects import CallGraph
from .findings import Findings
from .imports import Imports, MemberTypes, read_plan, unfit_for_import
from .inference import Inference
from .library import Library
from .names import Names
from .parser import parse
from .recursion import deep_recursion
from .resolver import Resolver
from .rights import Grants, ungranted
from .source import Source
from .types import ANY, Type

MOST_CALLS = 60_000
"""Python calls that checking may nest: expressions nest 200 deep, and functions wait for each other's types."""


@dataclass(eq=False, slots=True)
class Repl:
    """A session of inputs that see each other's declarations.

    Give it to `check` with each input, and tell it with `remember` what became of the input.

    symbols: what the inputs so far have declared. types: what their variables hold.
    modules: imported files, each checked once in a session. inputs: the checked inputs that were remembered.
    """

    symbols: dict[str, Symbol] = field(default_factory=dict)
    types: dict[Variable, Type] = field(default_factory=dict)
    modules: dict[str, Module] = field(default_factory=dict)
    inputs: list[Module] = field(default_factory=list)

    def remember(self, module: Module, *, finished: bool = True) -> None:
        """Keep the declarations of an input that ran; one that did not finish leaves its variables unknown."""
        self.inputs.append(module)
        self.symbols.update(module.members)
        self.types.update(module.constants if finished else dict.fromkeys(module.constants, ANY))

    def forget(self) -> None:
        """Begin again; imported files stay checked."""
        self.symbols.clear()
        self.types.clear()
        self.inputs.clear()


def check(  # noqa: PLR0913 - what a check may need to know, all but two by name
    source: Source,
    library: Library,
    *,
    path: str | None = None,
    read_file: Callable[[str], str] | None = None,
    permissions: Grants | None = None,
    repl: Repl | None = None,
) -> Module:
    """Parse and check `source`, and the files it imports.

    path: where the source stands, for imports relative to it. read_file: reads an imported file by its resolved path;
    raises OSError where there is none. permissions: the rights of the plan, None where they do not matter.
    Raises nothing: what is wrong stands in `diagnostics`, and then the other tables may have gaps.
    """
    with deep_recursion(MOST_CALLS):
        imports = Imports(library, check_file, read_file or read_plan)
        if repl is not None:
            imports.modules = repl.modules
        module = check_file(source, path, imports, repl)
        everything = [module, *all_imports(module)]
        graph = CallGraph([*everything, *(repl.inputs if repl is not None else ())])
        graph.record()
        extra = unfit_for_import([m for m in everything[1:] if _has_parsed(m)])
        if permissions is not None:
            extra += [d for d in ungranted(module, graph, permissions) if not _is_a_slip(d, everything)]
        _gather(module, extra)
    return module


def check_file(source: Source, path: str | None, imports: Imports, repl: Repl | None = None) -> Module:
    """Check one file by itself; effects come later, when all files are known.

    A file that does not parse is looked at no further: what its lost statements declare would be missed everywhere.
    """
    program, found = parse(source, repl=repl is not None)
    module = Module(source, program, path, diagnostics=list(found))
    if not module.ok:
        return module
    findings = Findings(source)
    library = imports.library
    symbols = imports.load_all(module, findings)
    member = MemberTypes(Names(library, findings), symbols.values(), repl.symbols if repl is not None else {})
    reader = TypeReader(module.declared, findings, library.opaque_types, member)
    reader.known.update(_earlier_types(repl))
    reader.declare([s for s in program.statements if isinstance(s, tree.TypeDef)])
    Resolver(module, library, findings, reader, repl.symbols if repl is not None else None).run(symbols)
    Inference(module, library, findings, repl.types if repl is not None else None).run()
    module.diagnostics.extend(findings.sorted())
    module.diagnostics.sort(key=lambda d: d.span.start)
    return module


def _has_parsed(module: Module) -> bool:
    return not any(finding.is_error and finding.code.startswith("PL01") for finding in module.diagnostics)


def _earlier_types(repl: Repl | None) -> dict[str, Type]:
    symbols = repl.symbols if repl is not None else {}
    return {name: symbol.type for name, symbol in symbols.items() if isinstance(symbol, TypeSymbol)}


def all_imports(module: Module) -> list[Module]:
    """The files that `module` imports, directly or not, each once."""
    found: dict[Module, None] = {}
    pending = list(module.imports)
    while pending:
        imported = pending.pop(0)
        if imported not in found:
            found[imported] = None
            pending.extend(imported.imports)
    return list(found)


def _is_a_slip(finding: Diagnostic, modules: list[Module]) -> bool:
    """Whether an error already says that another function is meant there, as with `xs.append(x)` for `xs.push(x)`."""
    return any(
        other.is_error and other.source is finding.source and other.span.start <= finding.span.start < other.span.end
        for module in modules
        for other in module.diagnostics
    )


def _gather(module: Module, extra: list[Diagnostic]) -> None:
    """Put the findings of imported files behind those of the file itself."""
    own = [*module.diagnostics, *(d for d in extra if d.source is module.source)]
    own.sort(key=lambda d: d.span.start)
    for imported in all_imports(module):
        own.extend(imported.diagnostics)
    own.extend(d for d in extra if d.source is not module.source)
    module.diagnostics = list(dict.fromkeys(own))
