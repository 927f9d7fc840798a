"""The functions, constants and types that no file declares: the standard ones and those of plugins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, cast

from . import tree
from .annotations import TypeReader
from .findings import Findings
from .signatures import Effect, Permission, Signature, SignatureParameter
from .source import Source
from .types import ANY, FLOAT, NONE, Type, union

ABSENT = "absent"
"""The default of a parameter whose function can tell that it was left out."""


class StandardEntry(Protocol):
    """A standard function, not parsed yet: see `lang/standard`."""

    @property
    def text(self) -> str:
        """Its signature."""
        ...

    @property
    def doc(self) -> str:
        """Its documentation."""
        ...

    @property
    def effect(self) -> Effect:
        """What calling it can do."""
        ...

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """The rights that a call needs."""
        ...

    @property
    def callbacks(self) -> bool:
        """Whether it calls functions that it is given."""
        ...


class Library:
    """What is always in scope. Standard signatures are parsed one by one, when they are first asked for.

    standard: texts of signatures by name, as `lang.standard.TEXTS`; None takes these.
    plugins: the functions of each plugin, by plugin and name.
    opaque: the types that plugins define, each with its plugin.
    stdlib: the folder of the modules that `import texts` finds; None is the one that is installed.
    """

    def __init__(
        self,
        standard: Mapping[str, StandardEntry] | None = None,
        plugins: Mapping[str, Mapping[str, Signature]] | None = None,
        opaque: Mapping[str, str] | None = None,
        stdlib: str | Path | None = None,
    ) -> None:
        """Read nothing yet."""
        if standard is None:
            from .standard import TEXTS

            standard = cast("Mapping[str, StandardEntry]", TEXTS)
        self.standard: Mapping[str, StandardEntry] = standard
        self.plugins: dict[str, Mapping[str, Signature]] = dict(plugins or {})
        self.opaque_types: dict[str, str] = dict(opaque or {})
        self.constants: dict[str, Type] = {"pi": FLOAT, "inf": FLOAT}
        self.stdlib = stdlib
        self._parsed: dict[str, Signature] = {}
        self._givers: dict[str, list[str]] = {}
        for plugin, functions in self.plugins.items():
            for name in functions:
                self._givers.setdefault(name, []).append(plugin)

    def function(self, name: str) -> Signature | list[str] | None:
        """The function called `name`; the plugins' names where several give it; None where none does."""
        if name in self.standard:
            return self._standard(name)
        givers = self._givers.get(name)
        if not givers:
            return None
        return self.plugins[givers[0]][name] if len(givers) == 1 else list(givers)

    def member(self, plugin: str, name: str) -> Signature | None:
        """The function `name` of `plugin`, or None."""
        return self.plugins.get(plugin, {}).get(name)

    @property
    def names(self) -> list[str]:
        """Every function and constant that is always in scope."""
        return [*self.standard, *self.constants, *self._givers]

    def _standard(self, name: str) -> Signature:
        if name not in self._parsed:
            self._parsed[name] = parse_signature(name, self.standard[name])
        return self._parsed[name]


def parse_signature(name: str, entry: StandardEntry) -> Signature:
    """The signature that a text in the language's own syntax states.

    A type variable that only a parameter with the default `absent` takes is `never` where that is left out.
    """
    from .parser import parse_signature as parse

    source = Source(entry.text, f"signature of {name}")
    parsed = parse(source)
    findings = Findings(source)
    reader = TypeReader({}, findings, {}, _no_member)
    reader.variables = frozenset(parsed.variables)
    params = tuple(_parameter(p, reader, source) for p in parsed.params)
    result = reader.read(parsed.result) if parsed.result is not None else ANY
    if findings.items:
        raise ValueError(f"{entry.text}: {findings.items[0].message}")
    return Signature(name, params, result, entry.effect, entry.doc, None, entry.permissions, callbacks=entry.callbacks)


def _no_member(node: tree.TypeName) -> Type | None:
    raise ValueError(f"a standard signature names the module {node.module}")


class ParsedParameter(Protocol):
    """One parameter of a parsed signature: see `parser.parse_signature`."""

    @property
    def parameter(self) -> tree.Parameter:
        """What is written: name, type, default."""
        ...

    @property
    def variadic(self) -> bool:
        """Whether it takes any number of arguments."""
        ...

    @property
    def keyword_only(self) -> bool:
        """Whether it is given by name only."""
        ...


def _parameter(parsed: ParsedParameter, reader: TypeReader, source: Source) -> SignatureParameter:
    written = parsed.parameter
    of = reader.read(written.type) if written.type is not None else ANY
    default = None
    if written.default is not None:
        default = source.text[written.default.span.start : written.default.span.end]
        if isinstance(written.default, tree.Literal) and written.default.value is None:
            of = union(of, NONE)
    return SignatureParameter(
        written.name, of, default, written.description or "", parsed.variadic, keyword_only=parsed.keyword_only
    )
