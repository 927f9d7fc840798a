"""Places that change: the changing methods (§3), and what a variable holds when a part of it was assigned."""

from __future__ import annotations

from . import tree
from .arguments import Matcher
from .checked import Variable
from .inference_calls import CallInference
from .inference_displays import widen_part
from .joining import element_of, join
from .parts import Key, items_of, target_of, with_part
from .signatures import SignatureParameter
from .types import (
    ANY,
    INT,
    NEVER,
    NONE,
    STR,
    AnyType,
    DictType,
    ListType,
    LiteralType,
    NeverType,
    RecordType,
    TupleType,
    Type,
    TypeVariable,
)
from .typing import base, described, expand, fits, has_none, members, trusted, unite


class ChangeInference(CallInference):
    """`push`, `pop` and their kin, and places."""

    def change(self, node: tree.MethodCall) -> Type:
        """`place.push(v)` and its kin: what they take, what they give, what the place is afterwards."""
        place = node.receiver
        whole = self.infer(place)
        if has_none(whole):
            self.may_be_none(place, whole)
        arguments = self._changing_arguments(node)
        kinds = [m for m in members(whole) if m != NONE]
        lists = [m for m in kinds if isinstance(m, (ListType, TupleType))]
        dicts = [m for m in kinds if isinstance(m, (DictType, RecordType))]
        unknown = any(isinstance(m, (AnyType, NeverType, TypeVariable)) for m in kinds)
        fitting = bool(lists) or (bool(dicts) and node.method in ("remove", "clear", "pop"))
        if not fitting and not unknown and kinds:
            self._not_changeable(node, whole)
        given = [widen_part(self.infer(a)) for a in arguments]
        if unknown or dicts or len(lists) != 1:
            return self._change_unknown(node, whole, bool(dicts) and not unknown)
        return self._change_list(node, lists[0], given, arguments)

    def _changing_arguments(self, node: tree.MethodCall) -> list[tree.Expression]:
        params = _CHANGING[node.method]
        matched = Matcher(node.method, params, self.findings).match(None, node.arguments, node.method_span)
        order = {p.name: at for at, p in enumerate(params)}
        known = [g for g in matched.given if g.param is not None]
        for given in matched.given:
            if given.param is None:
                self.infer(given.node)
        return [g.node for g in sorted(known, key=lambda g: order[g.param.name if g.param else ""])]

    def _not_changeable(self, node: tree.MethodCall, whole: Type) -> None:
        text = self.text(node.receiver)
        hint = "lists have it"
        if any(isinstance(m, (DictType, RecordType)) for m in members(whole)):
            hint = f"write `{text}[key] = value` to add an entry"
        elif any(base(m) == STR for m in members(whole)):
            hint = f"texts never change: write `{text} = {text} + …`"
        self.findings.error(
            "PL0312", node.receiver.span, f"`{text}` is {described(whole)}, which has no `{node.method}`", hint
        )

    def _change_unknown(self, node: tree.MethodCall, whole: Type, dicts: bool) -> Type:
        """Nothing certain is known afterwards, but that a dict stays a dict of what it held."""
        if dicts and node.method in ("remove", "clear", "pop"):
            kinds = [m for m in members(whole) if isinstance(m, DictType)]
            after: Type = kinds[0] if len(kinds) == 1 and len(list(members(whole))) == 1 else DictType(ANY, ANY)
            self.assign_part(node.receiver, after)
        elif isinstance(expand(whole), AnyType):
            self.assign_part(node.receiver, ANY)
        else:
            self.assign_part(node.receiver, ANY)
        return ANY if node.method in ("pop", "remove") else NONE

    def _change_list(
        self, node: tree.MethodCall, whole: ListType | TupleType, given: list[Type], arguments: list[tree.Expression]
    ) -> Type:
        method = node.method
        element = element_of(whole)
        if method in ("pop", "remove", "clear"):
            if given:
                self.report_misfit(arguments[0], given[0], INT, "the index of a list is")
            self.assign_part(node.receiver, ListType(element))
            if method == "clear":
                return NONE
            return ANY if method == "remove" or isinstance(element, NeverType) else element
        added = given[-1] if given else ANY
        if method == "extend" and arguments:
            found = [items_of(m) for m in members(added)]
            if not any(f is not None for f in found):
                self.report_misfit(arguments[-1], added, ListType(ANY), "`extend` takes")
            added = ANY
            if found and all(f is not None for f in found):
                added = unite(f for f in found if f is not None)
                if isinstance(given[-1], ListType) and isinstance(given[-1].element, NeverType):
                    added = NEVER
        stated = self.stated_at(node.receiver)
        wanted = items_of(stated) if stated is not None and not has_none(stated) else None
        if wanted is not None and arguments and not isinstance(added, NeverType):
            self.report_misfit(arguments[-1], added, wanted, f"`{self.text(node.receiver)}` holds", "PL0301")
        self.assign_part(node.receiver, ListType(self._held(element, added, wanted)))
        return NONE

    def _held(self, element: Type, added: Type, wanted: Type | None) -> Type:
        """What a list holds after an element was added; a stated type stays if the new one is sure to be of it."""
        if wanted is not None and fits(added, wanted).value == 2 and fits(element, wanted).value == 2:
            return trusted(wanted)
        return join(element, added)

    def keys_of(self, node: tree.Expression) -> tuple[tree.Name | None, tuple[Key, ...]]:
        """The variable of a place and the types of the keys that lead to it, which have been inferred before."""
        keys: list[Key] = []
        while isinstance(node, (tree.Field, tree.Index)):
            if isinstance(node, tree.Field):
                keys.append(LiteralType(node.name))
            elif isinstance(node.index, tree.Literal) and node.index.value is not None:
                keys.append(LiteralType(node.index.value))
            else:
                keys.append(self.module.types.get(node.index, ANY))
            node = node.value
        return (node if isinstance(node, tree.Name) else None), tuple(reversed(keys))

    def stated_at(self, node: tree.Expression) -> Type | None:
        """The type that an annotation gives the place, if one does."""
        name, keys = self.keys_of(node)
        symbol = self.symbol(name) if name is not None else None
        stated = self.stated.get(symbol) if isinstance(symbol, Variable) else None
        return target_of(stated, keys) if stated is not None else None

    def assign_part(self, node: tree.Expression, of: Type) -> None:
        """The place `node` holds a value of type `of` from here on; what was known of its parts is forgotten."""
        name, keys = self.keys_of(node)
        symbol = self.symbol(name) if name is not None else None
        if not isinstance(symbol, Variable):
            return
        fact = self.fact(symbol)
        self.set(symbol, with_part(fact.type, keys, of))


_VALUE = SignatureParameter("value")


_CHANGING: dict[str, tuple[SignatureParameter, ...]] = {
    "push": (_VALUE,),
    "pop": (SignatureParameter("i", default="-1"),),
    "insert": (SignatureParameter("i", INT), _VALUE),
    "extend": (SignatureParameter("values"),),
    "remove": (SignatureParameter("key"),),
    "clear": (),
}
"""What the changing methods take (§3)."""
