"""Values of the wrong type: what is said about them, and what to write instead."""

from __future__ import annotations

from . import tree
from .inference_expressions import ExpressionInference
from .suggestions import closest
from .types import (
    BOOL,
    FLOAT,
    INT,
    NONE,
    STR,
    DictType,
    ListType,
    LiteralType,
    RecordType,
    TupleType,
    Type,
    TypeOf,
    union,
)
from .typing import NO, base, described, display, expand, fits, has_none, members


class MisfitInference(ExpressionInference):
    """Reports values that cannot stand where they stand."""

    def report_misfit(self, node: tree.Expression, of: Type, wanted: Type, what: str, code: str = "PL0302") -> None:
        """Report a value of type `of` that cannot stand where `wanted` is taken."""
        if fits(of, wanted) is not NO:
            return
        if has_none(of) and of != NONE and fits(union(*(m for m in members(of) if m != NONE)), wanted) is not NO:
            self.may_be_none(node, of)
            return
        message = f"{what} {_wanted(wanted)}, but this is {described(of)}"
        self.findings.error(code, node.span, message, self.misfit_hint(node, of, wanted))

    def misfit_hint(self, node: tree.Expression, of: Type, wanted: Type) -> str:
        """What to do about a value of the wrong type."""
        if isinstance(node, tree.Literal):
            return self._literal_hint(node, wanted)
        text = self.text(node)
        kinds = {base(m) for m in members(wanted)}
        given = base(expand(of))
        if isinstance(given, ListType) and fits(given.element, wanted) is not NO:
            return f"it takes one at a time: `[… for x in {text}]` does it for each"
        if STR in kinds and given in _NUMBERS:
            return f'write `str({text})`, or put it into a text: `"{{{text}}}"`'
        if INT in kinds and given == FLOAT:
            return f"write `int({text})` or `round({text})`; `//` divides without a rest"
        if kinds & {INT, FLOAT} and given == STR:
            return f"write `int({text})` or `float({text})`"
        if any(isinstance(k, (ListType, TupleType)) for k in kinds):
            if isinstance(given, (DictType, RecordType)):
                return f"write `items({text})`, `keys({text})` or `values({text})`"
            return f"write `[{text}]` for a list of one"
        if any(isinstance(k, TypeOf) for k in kinds):
            return "give the name of a type, as in `type Invoice = {…}`"
        return ""

    def _literal_hint(self, node: tree.Literal, wanted: Type) -> str:
        """What to write in place of a literal of the wrong type."""
        kinds = {base(m) for m in members(wanted)}
        text = self.text(node)
        if isinstance(node.value, str):
            labels = [m.value for m in members(wanted) if isinstance(m, LiteralType) and isinstance(m.value, str)]
            near = closest(node.value, labels)
            if near:
                return f'did you mean "{near}"?'
            if kinds & {INT, FLOAT} and node.value.strip().replace(".", "", 1).isdigit():
                return f"leave out the quotes: `{node.value.strip()}`"
        elif STR in kinds and node.value is not None:
            return f'write it as a text: `"{text}"`'
        if any(isinstance(k, (ListType, TupleType)) for k in kinds):
            return f"write `[{text}]` for a list of one"
        return ""


def _wanted(of: Type) -> str:
    return f"`{display(of)}`"


_NUMBERS = (INT, FLOAT, BOOL)
