"""The state of the flow compiler while it writes one function of a plan, which becomes several Python functions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from planlang.lang import tree
from planlang.lang.checked import LocalFunction, Variable
from planlang.runtime.compile import nodes as py
from planlang.runtime.compile.frame import Frame
from planlang.runtime.flow.context import site_of
from planlang.runtime.flow.regions import ASSERTING, CONTEXT, CONTINUED, LIFTED, NORMAL, region_prefix

from .facts import Facts, own

RETURNED = "ret·"
"""The variable that holds what a `return` in a region gives."""
STEP = "step·"
"""The variable that holds the title of the step in progress, in functions that begin one in a block."""


@dataclass
class Body:
    """One Python function being written.

    kind: "function" gives the plan function's result; "region" gives the variables `outs`; "turn" does too, and is the
        body of a loop. coded: whether a code that says how it was left stands before them.
    """

    kind: str
    outs: list[str] = field(default_factory=list)
    coded: bool = False

    @property
    def count(self) -> int:
        """How many values it gives; -1 for one bare value."""
        return -1 if self.kind == "function" else len(self.outs) + self.coded


@dataclass
class Try:
    """A `try` whose block is being written: the variables of outside that it writes, by Python name."""

    written: list[str]


class Writer:
    """Writes one function in flow form."""

    def __init__(self, frame: Frame, facts: Facts, name: str) -> None:
        """`name` is what the plan calls the function."""
        self.frame = frame
        self.facts = facts
        self.unit = frame.unit
        self.name = name
        self.lines: list[ast.stmt] = []
        self.body = Body("function")
        self.tries: list[Try] = []
        self._file = int(frame.unit.module_keys[frame.module])

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def emit(self, place: tree.Node, *statements: ast.stmt) -> None:
        """Write statements that stand at `place`."""
        self.lines += self.frame.statements_at(statements, place)

    @contextmanager
    def branch(self) -> Generator[list[ast.stmt]]:
        """Write into a list of its own, for the body of an `if`; its temporaries are known in it alone."""
        before, given = self.lines, dict(self.frame.given)
        self.lines = []
        try:
            yield self.lines
        finally:
            self.lines = before
            self.frame.given = given

    def temp(self, value: ast.expr, place: tree.Node) -> str:
        """Put `value` into a fresh variable; gives its name."""
        name = self.frame.temp()
        self.emit(place, py.assign(name, value))
        return name

    def store(self, names: Sequence[str], made: ast.expr, place: tree.Node) -> None:
        """Put the values that `made` gives into the variables `names`."""
        if names:
            targets: list[ast.expr] = [py.store(name) for name in names]
            self.emit(place, ast.Assign([ast.Tuple(targets, ast.Store())], made))
        else:
            self.emit(place, py.do(made))

    def direct(self, make: Callable[[], Any]) -> Any:
        """What the direct compiler makes, without it leaving traces here."""
        frame = self.frame
        given = dict(frame.given)
        frame.fresh = set()
        made = make()
        frame.given.clear()
        frame.given.update(given)
        return made

    @contextmanager
    def function(
        self, params: Sequence[str], body: Body, place: tree.Node, roots: Sequence[tree.Node]
    ) -> Generator[str]:
        """Write another Python function of this plan function, at the top level of the generated module.

        Its name says what the code of `roots` may do, for when it is put aside (see `planlang.runtime.flow.regions`).
        """
        prefix = region_prefix(changes=self.facts.changes_files(roots), fails=self.facts.may_fail(roots))
        frame = self.frame
        given = dict(frame.given)
        before = self.lines, self.body, frame.blocks, frame.loops, frame.outlined
        self.lines, self.body = [], body
        frame.blocks = frame.loops = frame.outlined = 0
        name = self.unit.names.region(prefix, self.name)
        yield name
        made = py.function(name, [CONTEXT, *params], self.lines)
        self.unit.functions.append(py.locate(made, frame.module.source, place.span))
        self.lines, self.body, frame.blocks, frame.loops, frame.outlined = before
        frame.given = given

    def lifted(self, params: Sequence[str], lines: list[ast.stmt], place: tree.Node, *, fails: bool = False) -> str:
        """A Python function of direct code; gives its name. fails: whether it may meet a `fail` or `assert`."""
        name = self.unit.names.region(ASSERTING if fails else LIFTED, self.name)
        self.unit.functions.append(
            py.locate(py.function(name, list(params), lines), self.frame.module.source, place.span)
        )
        return name

    def end(self, place: tree.Node) -> None:
        """The end of the Python function is reached in the ordinary way."""
        body = self.body
        if body.kind == "function":
            self.emit(place, py.returns(py.constant(None)))
        else:
            self.emit(place, py.returns(self.result(NORMAL)))

    def result(self, code: int) -> ast.expr:
        """What a region gives when it is left with `code`."""
        body = self.body
        values = [py.load(name) for name in body.outs]
        if not body.coded:
            return py.tuple_(values)
        if body.kind == "turn" and code == CONTINUED:
            code = NORMAL
        return py.tuple_([py.constant(code), *values])

    def passed_on(self, code: str) -> ast.expr:
        """What a region gives that is left as the variable `code` says."""
        values = [py.load(name) for name in self.body.outs]
        return py.tuple_([py.load(code), *values] if self.body.coded else values)

    # ── names and places ─────────────────────────────────────────────────────────────────────────────────────────────

    def site(self, place: tree.Node) -> ast.expr:
        """The number of a place in the program."""
        return py.constant(site_of(self._file, place.span.start, place.span.end))

    def names(self, variables: Iterable[Variable | LocalFunction]) -> list[str]:
        """Their Python names, each once."""
        return list(dict.fromkeys(self.frame.name(v) for v in variables))

    def reads(self, *roots: tree.Node) -> list[str]:
        """The Python variables that the code of `roots` needs: the plan's, and temporaries made already."""
        given = self.frame.given
        names = dict.fromkeys(self.names(self.facts.reads(roots, given)))
        stack = list(roots) if given else []
        while stack:
            node = stack.pop()
            code = given.get(node)
            if code is None:
                stack.extend(tree.children(node))
            elif isinstance(code, ast.Name):
                names.setdefault(code.id)
        return list(names)

    def writes(self, *roots: tree.Node) -> list[str]:
        """The Python variables of outside that `roots` write."""
        return [*self.names(self.facts.writes(roots)), *([STEP] if self.steps(*roots) else [])]

    def steps(self, *roots: tree.Node) -> bool:
        """Whether a step begins in `roots`."""
        return any(isinstance(node, tree.Step) for root in roots for node in own(root))

    def note_step(self, place: tree.Node) -> None:
        """What follows belongs to the step that a block before it may have begun."""
        self.emit(place, py.assign(CONTEXT, py.call("in_step", py.load(CONTEXT), py.load(STEP))))

    def growing(self, *roots: tree.Node) -> set[str]:
        """The Python variables whose lists `roots` only make longer."""
        return set(self.names(self.facts.growing(roots)))

    # ── what may not be known ────────────────────────────────────────────────────────────────────────────────────────

    def unready(self, names: Iterable[str], scalars: frozenset[str] = frozenset()) -> ast.expr | None:
        """A test whether one of some variables may not be known; None if there are none."""
        tests: list[ast.expr] = []
        for name in dict.fromkeys(names):
            if name in scalars:
                tests.append(py.type_is(py.load(name), "Pending"))
            else:
                tests.append(py.call("unready", py.load(name)))
        return py.either(*tests) if tests else None

    def levels(self, name: str) -> list[tuple[int, int]]:
        """For each `try` around that must know of writes to `name`: how many scopes above, and its number there."""
        return [
            (above, holder.written.index(name))
            for above, holder in enumerate(reversed(self.tries))
            if name in holder.written
        ]

    def note_write(self, name: str, place: tree.Node) -> None:
        """Tell the `try`s around that the variable `name` has a new value."""
        for above, number in self.levels(name):
            self.emit(place, py.do(py.call("wrote", py.constant(above), py.constant(number), py.load(name))))
