"""A compiled program: its files as byte code in the order in which they must run, and the form it is cached in."""

from __future__ import annotations

import marshal
from collections.abc import Iterator
from types import CodeType
from typing import Any, NamedTuple

from planlang.lang.diagnostics import Diagnostic, Label
from planlang.lang.source import Source, Span

FLOW, TESTS, METERED = "flow", "tests", "metered"
"""The parts of a form's name; what has none of them is plain."""


def form_of(*, flow: bool = False, tests: bool = False, metered: bool = False) -> str:
    """The name of the form of a program that may reach model calls, is its tests, or has its steps counted."""
    chosen = ((FLOW, flow), (TESTS, tests), (METERED, metered))
    return "-".join(name for name, wanted in chosen if wanted) or "plain"


class Unit(NamedTuple):
    """One file of a program.

    library: Python name → (plugin or None, function name). foreign: Python name → (unit key, Python name there).
    tests: (title, Python name, start, end).
    """

    key: str
    source: Source
    code: CodeType
    library: dict[str, tuple[str | None, str]]
    foreign: dict[str, tuple[str, str]]
    tests: tuple[tuple[str, str, int, int], ...] = ()

    @property
    def file_name(self) -> str:
        """What the code of this file calls its file."""
        return self.code.co_filename


class NamedModel(NamedTuple):
    """A model call of the function `plugin.name`, in the unit of this number, from `start` to `end`.

    model: the text that stands there for `model=`; None where nothing does. Calls whose model is known only when they
    are made are left out.
    """

    plugin: str
    name: str
    model: str | None
    unit: int
    start: int
    end: int


class Program(NamedTuple):
    """A checked and compiled file with all that it imports; the file itself is the last unit."""

    units: tuple[Unit, ...]
    warnings: tuple[Diagnostic, ...]
    needs: frozenset[str]
    """The kinds of permission that it may need: read, write, net, env."""
    files: dict[str, str]
    """The imported files, by path, with the hash of their text."""
    calls_models: bool = False
    """Whether it may reach a model call."""
    models: tuple[NamedModel, ...] = ()
    """The models that its calls name, for each call that tests alone do not make."""

    def dump(self) -> bytes:
        """The program as bytes for the cache."""
        units = [(u.key, u.source.name, u.source.text, u.code, u.library, u.foreign, u.tests) for u in self.units]
        warnings = [self._dump_warning(w) for w in self.warnings]
        models = [tuple(each) for each in self.models]
        return marshal.dumps((units, warnings, sorted(self.needs), self.files, self.calls_models, models))

    def _dump_warning(self, warning: Diagnostic) -> tuple[Any, ...]:
        number = next((i for i, u in enumerate(self.units) if u.source.text == warning.source.text), 0)
        labels = [(*label.span, label.text) for label in warning.labels]
        return warning.code, warning.message, *warning.span, number, warning.hint, labels

    @classmethod
    def read(cls, data: bytes) -> Program:
        """The program that `dump` wrote."""
        units_, warnings, needs, files, calls_models, models = marshal.loads(data)  # noqa: S302 - from the user's own cache, see `compile_cache`
        units = tuple(
            Unit(key, Source(text, name), code, library, foreign, tests)
            for key, name, text, code, library, foreign, tests in units_
        )
        read = tuple(cls._read_warning(units, w) for w in warnings)
        return cls(units, read, frozenset(needs), files, calls_models, tuple(NamedModel(*each) for each in models))

    @staticmethod
    def _read_warning(units: tuple[Unit, ...], dumped: tuple[Any, ...]) -> Diagnostic:
        code, message, start, end, number, hint, labels = dumped
        made = tuple(Label(Span(a, b), text) for a, b, text in labels)
        return Diagnostic(code, message, Span(start, end), units[int(number)].source, hint, made, None, "warning")

    def used(self) -> Iterator[tuple[str | None, str]]:
        """The library functions that the program uses: (plugin or None, name)."""
        for unit in self.units:
            yield from unit.library.values()
