"""What functions take from around them (§3): captures by value, reads of the file's constants, and what may not be."""

from __future__ import annotations

from . import tree
from .checked import FunctionNode, LocalFunction, Module, Variable
from .diagnostics import Label
from .findings import Findings
from .scopes import Capturable, Capture, Frame, OuterRead, frames_between
from .source import Span


class Captures:
    """Collects uses of names across frames during the walk; `finish` judges them when the file is known."""

    def __init__(self, module: Module, findings: Findings, *, repl: bool) -> None:
        """Start with no uses."""
        self.module = module
        self.findings = findings
        self.repl = repl
        self.top_variables: set[Variable] = set()
        """The variables of the file's own block, which functions of the file may read if they never change."""
        self.function_holders: set[Variable] = set()
        """Variables that are declared to hold functions: that one hides a function is meant."""
        self._changes: dict[Variable, list[Span]] = {}
        self._uses: dict[Capturable, list[int]] = {}
        self._captured: list[Capture] = []
        self._reads: list[OuterRead] = []
        self._frames: list[tuple[FunctionNode, Frame]] = []

    # --- During the walk ---------------------------------------------------------------------------------

    def used(self, symbol: Capturable, node: tree.Node, frame: Frame, home: Frame) -> None:
        """A name is used in `frame`; its variable lives in `home`."""
        self._uses.setdefault(symbol, []).append(node.span.start)
        if frame is home:
            return
        if isinstance(symbol, Variable) and home.parent is None and self._is_of_file(symbol):
            self._reads.append(OuterRead(symbol, node, frame, home))
        else:
            self._capture(symbol, node, frame, home)

    def _is_of_file(self, symbol: Variable) -> bool:
        """Whether it stands in the file's own block, or in an earlier input's."""
        return symbol in self.top_variables or not self.is_here(symbol)

    def _capture(self, symbol: Capturable, node: tree.Node, frame: Frame, home: Frame) -> None:
        outermost = frame
        for between in frames_between(frame, home):
            outermost = between
            if not (isinstance(symbol, LocalFunction) and between.node is symbol.node):
                between.captures.setdefault(symbol)
        if isinstance(symbol, Variable):
            symbol.captured = True
            self._captured.append(Capture(symbol, node.span, outermost))

    def changed(self, symbol: Variable, node: tree.Name, frame: Frame, home: Frame) -> None:
        """A variable is assigned or changed in place; reports it where that would be lost."""
        if frame is home:
            symbol.assigned = True
            self._changes.setdefault(symbol, []).append(node.span)
            return
        name = symbol.name
        whose = "the file" if home.parent is None and self._is_of_file(symbol) else "the code around it"
        self.findings.error(
            "PL0206",
            node.span,
            f"`{name}` belongs to {whose}: a function cannot change it",
            f"the function has a copy of its own: return the new value and write `{name} = f(…)` outside",
            labels=(Label(symbol.span, "declared here"),) if self.is_here(symbol) else (),
        )

    def close(self, node: FunctionNode, frame: Frame) -> None:
        """A function has been walked."""
        self._frames.append((node, frame))

    # --- At the end --------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Decide which variables of the file are constants, settle reads of them, fill `module.captures`, warn."""
        for variable in self.top_variables:
            variable.constant = variable.kind == "let" and not variable.assigned
        for read in self._reads:
            self._settle(read)
        for node, frame in self._frames:
            self.module.captures[node] = tuple(frame.captures)
        for capture in self._captured:
            self._warn(capture)

    def _settle(self, read: OuterRead) -> None:
        """A function may read what never changes; one made on the spot takes a copy of what does."""
        variable = read.symbol
        fixed = variable.constant or not self.is_here(variable)
        if any(frame.top_level for frame in frames_between(read.frame, read.home)):
            if not fixed:
                self._report_changing(read)
            return
        if self.repl or not variable.constant:
            self._capture(variable, read.node, read.frame, read.home)

    def is_here(self, variable: Variable) -> bool:
        """Whether this text declares it, not an earlier input of a session."""
        return not isinstance(variable.scope, tree.Program) or variable.scope is self.module.program

    def _report_changing(self, read: OuterRead) -> None:
        variable = read.symbol
        changes = self._changes.get(variable, [])
        self.findings.error(
            "PL0207",
            read.node.span,
            f"a function cannot read `{variable.name}`, which changes while the file runs",
            "give it to the function as a parameter, or never change it after its `let`",
            labels=tuple(Label(span, "it is changed here") for span in changes[:1]),
        )

    def _warn(self, capture: Capture) -> None:
        """A change after the capture that a later use of the function will not see."""
        if capture.frame.passing:
            return
        for change in self._changes.get(capture.symbol, ()):
            if change.start > capture.span.start and self._used_after(capture.frame.holder, change):
                self.findings.warning(
                    "PL0902",
                    change,
                    f"the function keeps the `{capture.symbol.name}` of before: it took a copy when it was made",
                    "make the function after this change, or give it the value as a parameter",
                    labels=(Label(capture.span, "the function took its value here"),),
                )
                return

    def _used_after(self, holder: Capturable | None, change: Span) -> bool:
        return holder is None or any(at > change.start for at in self._uses.get(holder, ()))
