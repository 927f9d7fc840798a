"""Types of operators and conditions, and what is reported about their operands."""

from __future__ import annotations

from collections.abc import Callable

from . import tree
from .annotations import names_of_union
from .diagnostics import Edit
from .inference_parts import PartInference
from .operators import arithmetic, containable, may_equal, orderable
from .suggestions import closest
from .type_text import display, listed
from .types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
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
    TypeVariable,
)
from .typing import base, described, has_none, members, unite, without_none


class OperatorInference(PartInference):
    """Operators and conditions."""

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
        first = next(members(of))
        if isinstance(first, LiteralType):
            return f"compare it, as in `{text} == {display(first)}`"
        kind = base(first)
        if isinstance(kind, (ListType, TupleType, DictType, RecordType)):
            return f"write `len({text}) > 0`"
        if kind == STR:
            return f'write `{text} != ""`'
        if kind in (INT, FLOAT):
            return f"write `{text} != 0`"
        return "call it" if isinstance(kind, FunctionType) else "compare it with something"

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
            hint = f"write `[{self.text(one.node)}]` to add one element" if one.node else ""
            return f"`+` cannot join {a} and {b}", hint
        hint = ""
        verbs = {"+": "join", "-": "subtract", "*": "multiply", "/": "divide", "//": "divide", "%": "divide"}
        if any(texts) and op != "+":
            hint = "turn the text into a number: `int(x)` or `float(x)`"
        return f"`{op}` cannot {verbs.get(op, 'work on')} {a} and {b}", hint

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

    def label(self, node: tree.Expression, of: Type, where: tree.Node, value: bool | float | str | None) -> None:
        """Report a literal that a value of a literal type is compared with and cannot be."""
        parts = list(members(of))
        if parts and isinstance(value, str) and all(isinstance(p, RecordType) for p in parts):
            self._never_a_text(node, parts, where)
            return
        if value is None or not parts or isinstance(node, tree.Literal) or may_equal(of, LiteralType(value)):
            return
        if not all(isinstance(p, LiteralType) or p == NONE for p in parts):
            self._text_and_number(node, of, where, value)
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

    def _text_and_number(self, node: tree.Expression, of: Type, where: tree.Node, value: bool | float | str) -> None:
        """Report a number that is compared with a text, or a text with a number."""
        text, shown = self.text(node), listed([value])
        number = isinstance(value, str) and value.strip().replace(".", "", 1).isdigit()
        hint = "numbers and texts are never equal"
        if number:
            hint = f"leave out the quotes: `{str(value).strip()}`"
        elif not isinstance(value, (str, bool)):
            hint = f"turn the text into a number: `{'float' if isinstance(value, float) else 'int'}({text})`"
        self.findings.warning("PL0906", where.span, f"`{text}` is {described(of)}, and never {shown}", hint)

    def _never_a_text(self, node: tree.Expression, records: list[Type], where: tree.Node) -> None:
        """Report a dict that is compared with a text: most often its label was meant."""
        first = records[0]
        texts = [f.name for f in first.fields if _is_text(f.type)] if isinstance(first, RecordType) else []
        text = self.text(node)
        hint = f"compare a field of it: `{text}.{texts[0]}`" if texts else "compare a field of it"
        self.findings.warning("PL0906", where.span, f"`{text}` is a dict, and never a text", hint)


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


def _is_text(of: Type) -> bool:
    return all(base(member) == STR for member in members(of))


def _is_list(of: Type) -> bool:
    return all(isinstance(member, (ListType, TupleType)) for member in members(of))
