"""Types of declarations and assignments."""

from __future__ import annotations

from . import tree
from .checked import Variable
from .inference_branches import BranchInference
from .inference_displays import widen_part
from .inference_operators import Operand
from .joining import widen
from .narrowing import Refinement, apply
from .suggestions import closest
from .types import (
    ANY,
    INT,
    STR,
    AnyType,
    DictType,
    ListType,
    LiteralType,
    NeverType,
    RecordType,
    TupleType,
    Type,
    UnionType,
)
from .typing import NO, YES, base, described, fits, has_none, members, trusted, unite


class AssignmentInference(BranchInference):
    """`let` and `=`."""

    def let(self, node: tree.Let) -> None:
        """A declaration, with or without a stated type."""
        target = node.targets[0]
        if node.type is not None:
            self._typed_let(node, target, self.module.declared.get(node.type, ANY))
            return
        if len(node.targets) == 1:
            of = self.infer(node.value)
            self.bind(target, widen(of))
            self._remember(target)
            return
        of = self.infer(node.value)
        if has_none(of):
            self.may_be_none(node.value, of)
            of = ANY
        self.bind_targets(node.targets, of, node.value)
        for each in node.targets:
            self._remember(each)

    def _typed_let(self, node: tree.Let, target: tree.Target, stated: Type) -> None:
        symbol = self.symbol(target)
        if isinstance(symbol, Variable):
            self.stated[symbol] = stated
        of = self.expect(node.value, stated, f"`{target.id}` is declared as")
        self.record(target, stated)
        if isinstance(symbol, Variable):
            self.set(symbol, _held(of, stated))
        self._remember(target)

    def _remember(self, target: tree.Target) -> None:
        """A constant of the file has its type from its `let`, for the functions that read it."""
        symbol = self.symbol(target)
        if isinstance(symbol, Variable) and symbol.constant and not self.session:
            self.constants[symbol] = self.fact(symbol).type

    def assign(self, node: tree.Assign) -> None:
        """A place gets a value; what is stated about it must stay true."""
        if node.op:
            of = self._updated(node)
        elif isinstance(node.place, tree.Name):
            of = self._value_for(node)
        else:
            self._place_parts(node.place)
            of = self._value_for(node)
        self._store(node.place, of)

    def _value_for(self, node: tree.Assign) -> Type:
        stated = self.stated_at(node.place)
        if stated is None:
            return self.infer(node.value)
        return self.expect(node.value, stated, f"`{self.text(node.place)}` is declared as")

    def _updated(self, node: tree.Assign) -> Type:
        """`place += value`."""
        left = self.infer(node.place)
        right = self.infer(node.value)
        of = self.arithmetic(node, node.op, Operand(left, node.place), Operand(right, node.value))
        stated = self.stated_at(node.place)
        if stated is not None:
            self.report_misfit(node.value, of, stated, f"`{self.text(node.place)}` is declared as", "PL0301")
        return of

    def _place_parts(self, node: tree.Expression) -> None:
        """Infer the inside of a place that is assigned: its wholes and keys, not the part itself."""
        if not isinstance(node, (tree.Field, tree.Index)):
            return
        whole = self.infer(node.value)
        key: Type = LiteralType(node.name) if isinstance(node, tree.Field) else self.infer(node.index)
        if has_none(whole):
            self.may_be_none(node.value, whole)
            return
        self._assignable(node, whole, key)

    def _assignable(self, node: tree.Field | tree.Index, whole: Type, key: Type) -> None:
        kinds = [m for m in members(whole) if not isinstance(m, (AnyType, NeverType))]
        if not kinds or len(kinds) != len(list(members(whole))):
            return
        if all(base(k) == STR for k in kinds) and isinstance(node, tree.Index):
            self.findings.error(
                "PL0312",
                node.span,
                "a text cannot be changed in place",
                "build a new one out of its parts, or use `replace`",
            )
        elif not any(isinstance(k, (DictType, RecordType)) for k in kinds):
            if isinstance(node, tree.Field):
                self._report_field(node, whole)
            elif fits(key, INT) is NO or not any(_is_list(k) for k in kinds):
                self.findings.error(
                    "PL0312",
                    node.index.span,
                    f"`{self.text(node.value)}` is {described(whole)}, in which {described(key)} is no place",
                    "a list is counted by ints, from 0",
                )
        elif len(kinds) == 1:
            self._new_field(node, kinds[0], key)

    def _report_field(self, node: tree.Field, whole: Type) -> None:
        self.findings.error(
            "PL0308",
            node.name_span,
            f"`{self.text(node.value)}` is {described(whole)}: it has no field `{node.name}`",
            "only dicts have fields",
        )

    def _new_field(self, node: tree.Field | tree.Index, whole: Type, key: Type) -> None:
        """A key that is new to a declared record and looks like one of its fields is a slip."""
        if not isinstance(whole, RecordType) or not whole.name or not isinstance(key, LiteralType):
            return
        name = str(key.value)
        near = closest(name, [f.name for f in whole.fields])
        if whole.get(name) is None and near:
            span = node.name_span if isinstance(node, tree.Field) else node.index.span
            self.findings.error("PL0308", span, f"`{whole.name}` has no field `{name}`", f"did you mean `{near}`?")

    def _store(self, place: tree.Expression, of: Type) -> None:
        name, keys = self.keys_of(place)
        symbol = self.symbol(name) if name is not None else None
        if not isinstance(symbol, Variable):
            return
        stated = self.stated.get(symbol)
        if not keys:
            self.set(symbol, _held(of, stated) if stated is not None else widen(of))
            return
        kept = self.stated_at(place)
        sure = kept is not None and (fits(of, kept) is YES or _validated(of, kept))
        self.assign_part(place, trusted(kept) if kept is not None and sure else widen_part(of))
        path = self.place(place)
        if path is not None and kept is not None and fits(of, kept) is YES:
            apply(self, Refinement(path[0], path[1], lambda _: _held(of, kept)))


def _held(of: Type, stated: Type) -> Type:
    """What a variable with a stated type holds after it was given an `of`: the members that it is sure to be."""
    fit = fits(of, stated)
    if _validated(of, stated):
        return trusted(stated)
    if fit is not YES:
        return widen(of)
    if not isinstance(stated, UnionType):
        return trusted(stated)
    kept = [m for m in members(stated) if any(fits(part, m) is YES for part in members(of))]
    return unite(trusted(m) for m in kept) if kept else trusted(stated)


def _validated(of: Type, stated: Type) -> bool:
    """Whether the run checks that a value is a `stated` (of a union, nobody knows which member), so that it is one."""
    return isinstance(of, AnyType) and not isinstance(stated, UnionType)


def _is_list(of: Type) -> bool:
    return isinstance(of, (ListType, TupleType))
