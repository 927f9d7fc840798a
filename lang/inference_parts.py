"""Types of fields, indexes and slices, of conditions and operators; and what is reported about them."""

from __future__ import annotations

from collections.abc import Callable

from . import tree
from .annotations import names_of_union
from .checked import Constant, LibraryFunction, ModuleFunction, ModuleSymbol, TypeSymbol
from .diagnostics import Edit
from .name_habits import FIELD_HABITS, METHOD_HABITS
from .inference_core import InferenceCore
from .joining import element_of
from .operators import arithmetic, containable, may_equal, orderable
from .parts import Part, Problem, part
from .suggestions import closest
from .type_text import listed
from .types import (
    ANY,
    BOOL,
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
        if problem is Problem.WRONG_KEY:
            hint = "a list and a text are counted by ints, from 0"
            if key == FLOAT:
                hint = "`/` gives a float: use `//` for a whole number, or `int(…)`"
            elif any(isinstance(m, DictType) for m in members(whole)):
                hint = "look at the type of the keys"
            message = f"`{value}` is {described(whole)}, which {described(key)} cannot index"
            self.findings.error("PL0312", node.index.span, message, hint)
            return
        self.findings.error(
            "PL0312", node.value.span, f"`{value}` is {described(whole)}, which has no elements", "only lists, texts and dicts do"
        )

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
            self.findings.error("PL0309", node.span, f"`{text}` is none here", "give it a value before it is used")
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

    # --- Conditions --------------------------------------------------------------------------------------

    def condition(self, node: tree.Expression) -> Type:
        """Infer what must be a bool."""
        of = self.infer(node)
        kinds = [member for member in members(of) if not isinstance(member, (NeverType, TypeVariable))]
        if not kinds or any(isinstance(k, AnyType) for k in kinds):
            return of
        if any(base(k) == BOOL for k in kinds) and not has_none(of):
            return of
        self.findings.error(
            "PL0305",
            node.span,
            f"a condition must be true or false, but `{self.text(node)}` is {described(of)}",
            self._condition_hint(node, of),
        )
        return of

    def _condition_hint(self, node: tree.Expression, of: Type) -> str:
        text = self.text(node)
        if has_none(of):
            kinds = list(members(without_none(of)))
            extra = " == true" if all(base(k) == BOOL for k in kinds) else " != none"
            return f"write `{text}{extra}`"
        kind = base(next(members(of)))
        if isinstance(kind, (ListType, TupleType, DictType, RecordType)):
            return f"write `len({text}) > 0`"
        if kind == STR:
            return f'write `{text} != ""`'
        if kind in (INT, FLOAT):
            return f"write `{text} != 0`"
        return "call it" if isinstance(kind, FunctionType) else "compare it with something"

    # --- Operators ---------------------------------------------------------------------------------------

    def arithmetic(self, node: tree.Node, op: str, left: Operand, right: Operand) -> Type:
        """The type of `left op right`; reports operands that do not go together."""
        for operand in (left, right):
            if has_none(operand.type) and operand.node is not None:
                self.may_be_none(operand.node, operand.type)
                return ANY
        results = _combine(left.type, right.type, lambda a, b: arithmetic(op, a, b))
        if results:
            return unite(results)
        message, hint = self._wrong_operands(op, left, right)
        self.findings.error("PL0306", node.span, message, hint)
        return ANY

    def _wrong_operands(self, op: str, left: Operand, right: Operand) -> tuple[str, str]:
        a, b = described(left.type), described(right.type)
        texts = [_is_text(left.type), _is_text(right.type)]
        if op == "%" and texts[0]:
            return "`%` is for numbers only", f"put values into the text: `{self._interpolated(left, right)}`"
        if op == "+" and any(texts):
            return f"`+` cannot join {a} and {b}", f"put it into the text: `{self._interpolated(left, right)}`"
        if op == "+" and (_is_list(left.type) or _is_list(right.type)):
            one = right if _is_list(left.type) else left
            return f"`+` cannot join {a} and {b}", f"write `[{self.text(one.node)}]` to add one element" if one.node else ""
        verbs = {"+": "join", "-": "subtract", "*": "multiply", "/": "divide", "//": "divide", "%": "divide"}
        if any(texts) and op != "+":
            return f"`{op}` cannot {verbs.get(op, 'work on')} {a} and {b}", "turn the text into a number: `int(x)` or `float(x)`"
        return f"`{op}` cannot {verbs.get(op, 'work on')} {a} and {b}", ""

    def _interpolated(self, left: Operand, right: Operand) -> str:
        shown = ""
        for operand in (left, right):
            node = operand.node
            if isinstance(node, tree.Literal) and isinstance(node.value, str):
                shown += node.value.replace("%s", "").replace("%d", "").replace("\n", "\\n").replace('"', '\\"')
            elif node is not None:
                shown += "{" + self.text(node) + "}"
        return f'"{shown}"'

    def negative(self, node: tree.Unary) -> Type:
        """`-x`."""
        of = self.infer(node.operand)
        if isinstance(of, LiteralType) and isinstance(of.value, (int, float)) and not isinstance(of.value, bool):
            return LiteralType(-of.value)
        return self.arithmetic(node, "-", Operand(INT), Operand(of, node.operand))

    def ordered(self, node: tree.Binary, left: Type, right: Type) -> None:
        """`<` and its kin: report what cannot be compared."""
        for operand, of in ((node.left, left), (node.right, right)):
            if has_none(of):
                self.may_be_none(operand, of)
                return
        if not _combine(left, right, lambda a, b: BOOL if orderable(a, b) else None):
            hint = ""
            if _is_text(left) != _is_text(right):
                hint = "turn the text into a number: `int(x)` or `float(x)`"
            self.findings.error(
                "PL0306",
                node.span,
                f"`{node.op}` cannot compare {described(left)} and {described(right)}",
                hint or "it compares two numbers, two texts or two lists",
            )

    def contained(self, node: tree.Binary, item: Type, container: Type) -> None:
        """`in`: report what cannot contain anything, and labels that can never be met."""
        if has_none(container):
            self.may_be_none(node.right, container)
            return
        if not _combine(item, container, lambda a, b: BOOL if containable(a, b) else None):
            self.findings.error(
                "PL0306",
                node.span,
                f"`in` cannot look for {described(item)} in {described(container)}",
                "it looks for an element of a list, a key of a dict or a part of a text",
            )
        elif isinstance(node.right, tree.ListDisplay):
            for element in node.right.items:
                if isinstance(element, tree.Literal):
                    self.label(node.left, item, element, element.value)

    def equality(self, node: tree.Binary, left: Type, right: Type) -> None:
        """`==` and `!=`: report a label that the other side cannot be."""
        if isinstance(node.right, tree.Literal):
            self.label(node.left, left, node.right, node.right.value)
        if isinstance(node.left, tree.Literal):
            self.label(node.right, right, node.left, node.left.value)

    def label(self, node: tree.Expression, of: Type, where: tree.Node, value: None | bool | int | float | str) -> None:
        """Report a literal that a value of a literal type is compared with and cannot be."""
        parts = list(members(of))
        if value is None or not parts or not all(isinstance(p, LiteralType) or p == NONE for p in parts):
            return
        if isinstance(node, tree.Literal) or may_equal(of, LiteralType(value)):
            return
        labels = names_of_union(of)
        near = closest(value, labels) if isinstance(value, str) else None
        values = [p.value for p in parts if isinstance(p, LiteralType)]
        known = listed(values) if values else "none"
        shown = listed([value])
        hint = f'did you mean "{near}"?' if near else f"it is {known}"
        message = f"`{self.text(node)}` is never {shown}" + (f": it is {known}" if near else "")
        edit = Edit(where.span, f'"{near}"') if near else None
        self.findings.error("PL0307", where.span, message, hint, edit=edit)


class Operand:
    """One side of an operator: its type, and its node where there is one."""

    __slots__ = ("node", "type")

    def __init__(self, of: Type, node: tree.Expression | None = None) -> None:
        """Keep both."""
        self.type = of
        self.node = node


def _combine(left: Type, right: Type, operate: Callable[[Type, Type], Type | None]) -> list[Type]:
    """What an operation gives for each pair of members that it is defined for."""
    lefts, rights = list(members(left)), list(members(right))
    if len(lefts) * len(rights) > 64:
        return [ANY]
    results: list[Type] = []
    for a in lefts:
        for b in rights:
            result = operate(a, b)
            if result is not None:
                results.append(result)
    return results


def _is_empty(of: Type) -> bool:
    """Whether nothing has been put into a list or dict yet, so that a default is what is read."""
    return (isinstance(of, DictType) and isinstance(of.value, NeverType)) or (
        isinstance(of, ListType) and isinstance(of.element, NeverType)
    )


def _is_text(of: Type) -> bool:
    return all(base(member) == STR for member in members(of))


def _is_list(of: Type) -> bool:
    return all(isinstance(member, (ListType, TupleType)) for member in members(of))


def _part_span(node: tree.Field | tree.Index) -> tree.Span:
    return node.name_span if isinstance(node, tree.Field) else node.index.span
