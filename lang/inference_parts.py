"""Types of fields, indexes and slices, of conditions and operators; and what is reported about them."""

from __future__ import annotations

from . import tree
from .checked import Constant, LibraryFunction, ModuleFunction, ModuleSymbol, TypeSymbol
from .diagnostics import Edit
from .inference_core import InferenceCore
from .joining import element_of
from .name_habits import FIELD_HABITS, METHOD_HABITS
from .parts import Part, Problem, part
from .suggestions import closest
from .types import (
    ANY,
    FLOAT,
    INT,
    NEVER,
    NONE,
    STR,
    AnyType,
    DictType,
    FunctionType,
    ListType,
    LiteralType,
    NeverType,
    RecordType,
    TupleType,
    Type,
    TypeOf,
    TypeVariable,
)
from .typing import base, described, has_none, members, unite, without_none

CAUGHT = "error"
"""The name of the record that `catch` gives, which may hold further fields."""


class PartInference(InferenceCore):
    """Fields, indexes, operators and conditions."""

    # --- Fields and indexes ------------------------------------------------------------------------------

    def field(self, node: tree.Field, *, guarded: bool = False) -> Type:
        """`value.name`; guarded where `??` stands behind the chain."""
        symbol = self.symbol(node)
        if symbol is not None:
            return self.member(symbol)
        if isinstance(node.value, tree.Name) and self._is_module(node.value):
            return ANY
        whole = self.chain(node.value) if guarded else self.infer(node.value)
        return self._part(node, whole, LiteralType(node.name), guarded=guarded)

    def _is_module(self, node: tree.Name) -> bool:
        return isinstance(self.symbol(node), ModuleSymbol)

    def member(self, symbol: object) -> Type:
        """The type of a member of a module or plugin."""
        if isinstance(symbol, Constant):
            if symbol.module is None:
                return self.library.constants.get(symbol.name, FLOAT)
            return symbol.module.constants.get(symbol.variable, ANY) if symbol.variable else ANY
        if isinstance(symbol, ModuleFunction):
            return self.function_type(symbol)
        if isinstance(symbol, LibraryFunction):
            return symbol.signature.type()
        if isinstance(symbol, TypeSymbol):
            return TypeOf(symbol.type)
        return ANY

    def function_type(self, symbol: ModuleFunction) -> FunctionType:
        """The type of a function of this or an imported file, used as a value."""
        raise NotImplementedError

    def index(self, node: tree.Index, *, guarded: bool = False) -> Type:
        """`value[index]`."""
        whole = self.chain(node.value) if guarded else self.infer(node.value)
        key = self.infer(node.index)
        return self._part(node, whole, key, guarded=guarded)

    def chain(self, node: tree.Expression) -> Type:
        """A chain of fields and indexes before `??`: missing parts are no mistakes there."""
        if isinstance(node, tree.Field):
            return self.record(node, self.field(node, guarded=True))
        if isinstance(node, tree.Index):
            return self.record(node, self.index(node, guarded=True))
        return self.infer(node)

    def _part(self, node: tree.Field | tree.Index, whole: Type, key: Type, *, guarded: bool) -> Type:
        place = self.place(node)
        if place is not None:
            known = self.fact(place[0]).paths.get(place[1])
            if known is not None:
                return known
        if guarded and all(_is_empty(member) for member in members(whole)):
            return NEVER
        parts = [part(member, key) for member in members(whole)]
        problem = self._worst(parts, guarded=guarded)
        if problem is Problem.MISSING and isinstance(node, tree.Field) and len(parts) == 1:
            problem = None  # The field of a record is none where it is missing.
        if problem is None:
            return unite([p.type for p in parts if p.problem in (None, Problem.MISSING)]) if parts else ANY
        self._report_part(node, whole, key, problem)
        return ANY

    def _worst(self, parts: list[Part], *, guarded: bool) -> Problem | None:
        """The problem to report: `none` always, the others only where no member of a union is without one."""
        problems = [p.problem for p in parts if p.problem is not None]
        if guarded:
            hard = (Problem.NO_PARTS, Problem.WRONG_KEY)
            return problems[0] if problems and len(problems) == len(parts) and problems[0] in hard else None
        if Problem.NONE in problems:
            return Problem.NONE
        if Problem.MISSING in problems:
            return Problem.MISSING
        return problems[0] if len(problems) == len(parts) and problems else None

    def _report_part(self, node: tree.Field | tree.Index, whole: Type, key: Type, problem: Problem) -> None:
        if problem is Problem.NONE:
            self.may_be_none(node.value, whole)
        elif problem is Problem.MISSING:
            self._missing(node, key)
        elif problem is Problem.UNKNOWN:
            self._unknown_field(node, whole, key)
        elif problem is Problem.RANGE:
            self._out_of_range(node, whole)
        elif isinstance(node, tree.Field):
            self._no_fields(node, whole)
        else:
            self._not_indexable(node, whole, key, problem)

    def _missing(self, node: tree.Field | tree.Index, key: Type) -> None:
        name = key.value if isinstance(key, LiteralType) else ""
        self.findings.error(
            "PL0310",
            _part_span(node),
            f"`{name}` may be missing here",
            f'give a default: `{self.text(node)} ?? …`, or test first: `"{name}" in {self.text(node.value)}`',
        )

    def _unknown_field(self, node: tree.Field | tree.Index, whole: Type, key: Type) -> None:
        name = str(key.value) if isinstance(key, LiteralType) else ""
        records = [m for m in members(whole) if isinstance(m, RecordType)]
        known = [f.name for record in records for f in record.fields]
        near = closest(name, known)
        if any(record.name == CAUGHT for record in records) and near is None:
            return
        if near:
            hint = f"did you mean `{near}`?"
        else:
            hint = f"its fields are {', '.join(f'`{k}`' for k in dict.fromkeys(known))}" if known else "it is empty"
            hint += f"; `{self.text(node)} ?? …` is for a field that may be there"
        span = _part_span(node)
        edit = Edit(span, near) if near and isinstance(node, tree.Field) else None
        self.findings.error("PL0308", span, f"`{self.text(node.value)}` has no field `{name}`", hint, edit=edit)

    def _out_of_range(self, node: tree.Field | tree.Index, whole: Type) -> None:
        sizes = [len(m.items) for m in members(whole) if isinstance(m, TupleType)]
        self.findings.error(
            "PL0318",
            _part_span(node),
            f"`{self.text(node.value)}` has only {max(sizes, default=0)} elements",
            "the first has the index 0, the last -1",
        )

    def _no_fields(self, node: tree.Field, whole: Type) -> None:
        hint = ""
        if node.name in FIELD_HABITS and all(isinstance(m, (ListType, TupleType)) or m == STR for m in members(whole)):
            hint = f"write `{FIELD_HABITS[node.name]}({self.text(node.value)})`"
        elif self.library.function(node.name) is not None:
            hint = f"`{node.name}` is a function: write `{self.text(node)}()` to call it"
        elif node.name in METHOD_HABITS:
            hint = METHOD_HABITS[node.name]
        self.findings.error(
            "PL0308",
            node.name_span,
            f"`{self.text(node.value)}` is {described(without_none(whole))}: it has no field `{node.name}`",
            hint or "only dicts have fields",
        )

    def _not_indexable(self, node: tree.Index, whole: Type, key: Type, problem: Problem) -> None:
        value = self.text(node.value)
        if problem is Problem.WRONG_KEY and has_none(key):
            self.may_be_none(node.index, key)
            return
        if problem is Problem.WRONG_KEY:
            hint = "a list and a text are counted by ints, from 0"
            if key == FLOAT:
                hint = "`/` gives a float: use `//` for a whole number, or `int(…)`"
            elif any(isinstance(m, DictType) for m in members(whole)):
                hint = "look at the type of the keys"
            message = f"`{value}` is {described(whole)}, which {described(key)} cannot index"
            self.findings.error("PL0312", node.index.span, message, hint)
            return
        message = f"`{value}` is {described(whole)}, which has no elements"
        self.findings.error("PL0312", node.value.span, message, "only lists, texts and dicts do")

    def slice(self, node: tree.Slice) -> Type:
        """`value[start:stop]`."""
        whole = self.infer(node.value)
        for end in (node.start, node.stop):
            if end is not None:
                self.expect(end, INT, "the end of a slice")
        results: list[Type] = []
        for member in members(whole):
            if isinstance(member, (AnyType, NeverType, TypeVariable)):
                results.append(ANY)
            elif isinstance(member, (ListType, TupleType)):
                results.append(ListType(element_of(member)))
            elif base(member) == STR:
                results.append(STR)
        if has_none(whole):
            self.may_be_none(node.value, whole)
            return ANY
        if not results:
            self.findings.error(
                "PL0312",
                node.value.span,
                f"`{self.text(node.value)}` is {described(whole)}, which cannot be sliced",
                "only lists and texts can",
            )
            return ANY
        return unite(results)

    def may_be_none(self, node: tree.Expression, of: Type) -> None:
        """Report a value that is used as if it were there."""
        text = self.text(node)
        if self._is_optional_field(node):
            self.findings.error(
                "PL0310",
                _part_span(node) if isinstance(node, tree.Field) else node.span,
                f"`{text}` may be missing or none here",
                f"test it first: `if {text} != none {{ … }}`, or give a default: `{text} ?? …`",
            )
            return
        if of == NONE:
            hint = "give it a value before it is used"
            if isinstance(node, (tree.Call, tree.MethodCall)):
                hint = "a function without `return` gives none: `return` what is to be used"
            self.findings.error("PL0309", node.span, f"`{text}` is none here", hint)
            return
        self.findings.error(
            "PL0309",
            node.span,
            f"`{text}` may be none here",
            f"test it first: `if {text} != none {{ … }}`, or give a default: `{text} ?? …`",
        )

    def _is_optional_field(self, node: tree.Expression) -> bool:
        if not isinstance(node, tree.Field):
            return False
        for member in members(self.module.types.get(node.value, ANY)):
            entry = member.get(node.name) if isinstance(member, RecordType) else None
            if entry is not None and entry.optional:
                return True
        return False


def _is_empty(of: Type) -> bool:
    """Whether nothing has been put into a list or dict yet, so that a default is what is read."""
    return (isinstance(of, DictType) and isinstance(of.value, NeverType)) or (
        isinstance(of, ListType) and isinstance(of.element, NeverType)
    )


def _part_span(node: tree.Field | tree.Index) -> tree.Span:
    return node.name_span if isinstance(node, tree.Field) else node.index.span
