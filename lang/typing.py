"""What types mean to the checker: which value fits where, and what two types have in common.

Three answers, because the language is gradual: a value fits (`YES`), may fit (`MAYBE`: the run time looks), or cannot
(`NO`: a finding). Silence where nothing is known is the rule: a `NO` must be a mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from .type_text import described, display
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
    Named,
    NeverType,
    OpaqueType,
    RecordField,
    RecordType,
    Scalar,
    TupleType,
    Type,
    TypeOf,
    TypeVariable,
    UnionType,
    union,
)

__all__ = [
    "MAYBE",
    "NO",
    "YES",
    "Fit",
    "base",
    "certain",
    "described",
    "display",
    "expand",
    "fits",
    "has_none",
    "is_any",
    "members",
    "trusted",
    "unite",
    "without_none",
]


class Fit(IntEnum):
    """Whether a value of one type is a value of another."""

    NO = 0
    MAYBE = 1
    YES = 2


NO, MAYBE, YES = Fit.NO, Fit.MAYBE, Fit.YES
_COMPOUND = (ListType, TupleType, DictType, RecordType, UnionType, FunctionType, TypeOf)


@dataclass(slots=True)
class _Pairs:
    """What is known of pairs of compound types during one comparison. Types may refer to themselves.

    assumed: what a pair is taken to give while it is being compared (`YES` if not listed). relied_on: pairs for which
    that was asked. found: what each pair gave. kept: the types themselves, so that their ids stay theirs.
    """

    assumed: dict[tuple[int, int], Fit] = field(default_factory=dict)
    open: set[tuple[int, int]] = field(default_factory=set)
    relied_on: set[tuple[int, int]] = field(default_factory=set)
    found: dict[tuple[int, int], Fit] = field(default_factory=dict)
    kept: list[Type] = field(default_factory=list)

    def corrections(self) -> dict[tuple[int, int], Fit]:
        """Pairs that gave less than was assumed of them."""
        return {pair: self.found[pair] for pair in self.relied_on if self.found[pair] < self.assumed.get(pair, YES)}


def expand(of: Type) -> Type:
    """`of` with a declared, self-referring name replaced by what it stands for."""
    while isinstance(of, Named):
        of = of.type if of.type is not None else ANY
    return of


def members(of: Type) -> Iterator[Type]:
    """The members of a union, or `of` alone; names are expanded, `any` and `never` give themselves."""
    of = expand(of)
    if isinstance(of, UnionType):
        for member in of.members:
            yield from members(member)
    else:
        yield of


def is_any(of: Type) -> bool:
    """Whether nothing is known: `any`, a type variable, or a union with one of these."""
    return any(isinstance(member, (AnyType, TypeVariable)) for member in members(of))


def has_none(of: Type) -> bool:
    """Whether `none` is one of the values."""
    return any(member == NONE for member in members(of))


def without_none(of: Type) -> Type:
    """`of` without `none`."""
    return union(*(member for member in members(of) if member != NONE))


def unite(parts: Iterable[Type]) -> Type:
    """The union of `parts`, where int disappears beside float and a literal beside its type."""
    whole = union(*(member for part in parts for member in members(part)))
    if not isinstance(whole, UnionType):
        return whole
    kept = list(whole.members)
    if FLOAT in kept:
        kept = [m for m in kept if m != INT and base(m) != INT]
    kept = [m for m in kept if not (isinstance(m, LiteralType) and base(m) in kept)]
    return union(*kept)


def base(of: Type) -> Type:
    """The scalar type of a literal type; any other type as it is."""
    if not isinstance(of, LiteralType):
        return of
    if isinstance(of.value, bool):
        return BOOL
    if isinstance(of.value, int):
        return INT
    return FLOAT if isinstance(of.value, float) else STR


def trusted(of: Type) -> Type:
    """What may be believed of a value that was validated as `of`: of a function only that it is one.

    Validation cannot look into a function, so what calling it gives stays unknown.
    """
    if isinstance(of, FunctionType):
        return FunctionType(of.params, ANY)
    if isinstance(of, ListType):
        return ListType(trusted(of.element))
    if isinstance(of, DictType):
        return DictType(of.key, trusted(of.value))
    if isinstance(of, TupleType):
        return TupleType(tuple(trusted(item) for item in of.items))
    if isinstance(of, UnionType):
        return union(*(trusted(member) for member in of.members))
    if isinstance(of, RecordType):
        return RecordType(
            tuple(RecordField(f.name, trusted(f.type), f.optional, f.description) for f in of.fields), of.name
        )
    return of


def certain(source: Type, target: Type) -> bool:
    """Whether every value of `source` is one of `target`, so that nothing need be checked at run time."""
    return fits(source, target) is YES


def fits(source: Type, target: Type, seen: _Pairs | None = None) -> Fit:
    """Whether a value of type `source` can stand where `target` is wanted.

    Types that refer to themselves fit unless a difference is found (Amadio and Cardelli, Subtyping Recursive Types,
    1993), and each pair of types is compared once.
    """
    if source is target:
        return YES if not is_any(source) else (YES if isinstance(source, AnyType) else MAYBE)
    source, target = expand(source), expand(target)
    if not isinstance(source, _COMPOUND) or not isinstance(target, _COMPOUND):
        return _fits(source, target, seen)
    if seen is None:
        return _settled(source, target)
    pair = (id(source), id(target))
    if pair in seen.found:
        return seen.found[pair]
    if pair in seen.open:
        seen.relied_on.add(pair)
        return seen.assumed.get(pair, YES)
    seen.open.add(pair)
    seen.kept += (source, target)
    result = seen.found[pair] = _fits(source, target, seen)
    return result


def _settled(source: Type, target: Type) -> Fit:
    """Compare, and again with what turned out wrong of the assumptions, until they hold."""
    pairs = _Pairs()
    while True:
        result = fits(source, target, pairs)
        wrong = pairs.corrections()
        if not wrong:
            return result
        pairs = _Pairs({**pairs.assumed, **wrong})


def _fits(source: Type, target: Type, seen: _Pairs | None) -> Fit:
    if isinstance(target, AnyType):
        return YES
    if isinstance(source, (AnyType, TypeVariable)) or isinstance(target, TypeVariable):
        return MAYBE
    if isinstance(source, NeverType):
        return YES
    if isinstance(source, UnionType):
        return _union_fits(source, target, seen)
    if isinstance(target, UnionType):
        return max((fits(source, member, seen) for member in target.members), default=NO)
    return _single_fits(source, target, seen)


def _union_fits(source: UnionType, target: Type, seen: _Pairs | None) -> Fit:
    """All members fit: yes. `none` is wanted to be ruled out before; else one member that may fit is enough to hope."""
    each = [(member, fits(member, target, seen)) for member in source.members]
    if all(fit is YES for _, fit in each):
        return YES
    if any(fit is NO and expand(member) == NONE for member, fit in each):
        return NO
    return NO if all(fit is NO for _, fit in each) else MAYBE


def _single_fits(source: Type, target: Type, seen: _Pairs | None) -> Fit:
    if isinstance(source, LiteralType):
        return _literal_fits(source, target)
    if isinstance(source, Scalar):
        return _scalar_fits(source, target)
    if isinstance(source, (ListType, TupleType)):
        return _list_fits(source, target, seen)
    if isinstance(source, (DictType, RecordType)):
        return _dict_fits(source, target, seen)
    if isinstance(source, FunctionType):
        return _function_fits(source, target, seen)
    if isinstance(source, OpaqueType):
        return YES if source == target else NO
    if isinstance(source, TypeOf) and isinstance(target, TypeOf):
        return MAYBE if is_any(target.type) else fits(source.type, target.type, seen)
    return NO


def _literal_fits(source: LiteralType, target: Type) -> Fit:
    if isinstance(target, LiteralType):
        return YES if source == target else NO
    if target in (BOOL, NONE):
        return YES if base(source) == target else NO
    return _scalar_fits(base(source), target)


def _scalar_fits(source: Type, target: Type) -> Fit:
    if source == target or (source == INT and target == FLOAT):
        return YES
    # A text may be one of the labels that are wanted: the run time looks. A number that is declared to be one of a few
    # is the same case.
    if isinstance(target, LiteralType) and base(target) == source:
        return MAYBE
    if isinstance(target, OpaqueType) and target.name == "model" and source == STR:
        return MAYBE
    return NO


def _list_fits(source: ListType | TupleType, target: Type, seen: _Pairs | None) -> Fit:
    if isinstance(target, ListType):
        if isinstance(source, ListType):
            return fits(source.element, target.element, seen)
        return min((fits(item, target.element, seen) for item in source.items), default=YES)
    if not isinstance(target, TupleType):
        return NO
    if isinstance(source, TupleType):
        if len(source.items) != len(target.items):
            return NO
        return min((fits(s, t, seen) for s, t in zip(source.items, target.items, strict=True)), default=YES)
    return min(MAYBE, *(fits(source.element, item, seen) for item in target.items)) if target.items else MAYBE


def _dict_fits(source: DictType | RecordType, target: Type, seen: _Pairs | None) -> Fit:
    if isinstance(source, DictType):
        if isinstance(target, DictType):
            return min(fits(source.key, target.key, seen), fits(source.value, target.value, seen))
        if not isinstance(target, RecordType):
            return NO
        if isinstance(source.value, NeverType):
            return YES if not target.fields else (MAYBE if all(f.optional for f in target.fields) else NO)
        return min(MAYBE, min((fits(source.value, f.type, seen) for f in target.fields), default=MAYBE))
    if isinstance(target, DictType):
        # The values of further keys are unknown.
        key = fits(STR, target.key, seen)
        return min(MAYBE, key, min((fits(f.type, target.value, seen) for f in source.fields), default=MAYBE))
    return _record_fits(source, target, seen) if isinstance(target, RecordType) else NO


def _record_fits(source: RecordType, target: RecordType, seen: _Pairs | None) -> Fit:
    result = YES
    for wanted in target.fields:
        given = source.get(wanted.name)
        if given is None:
            result = min(result, MAYBE if wanted.optional else NO)
        else:
            result = min(result, fits(given.type, wanted.type, seen))
            if given.optional and not wanted.optional:
                result = min(result, MAYBE)
        if result is NO:
            return NO
    return result


def _function_fits(source: FunctionType, target: Type, seen: _Pairs | None) -> Fit:
    if not isinstance(target, FunctionType):
        return NO
    if source.params is None or target.params is None:
        return min(MAYBE, fits(source.result, target.result, seen)) if target.result != NONE else MAYBE
    if len(source.params) != len(target.params):
        return NO
    result = MAYBE if target.result == NONE else fits(source.result, target.result, seen)
    for wanted, given in zip(source.params, target.params, strict=True):
        result = min(result, fits(given, wanted, seen))
    return result
