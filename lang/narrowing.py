"""What a condition tells about variables: `x != none`, `"k" in d`, `type_of(x) == "str"`, `r.kind == "error"` (§5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from . import tree
from .checked import LibraryFunction, TypeSymbol, Variable
from .flow import Path
from .inference_core import InferenceCore
from .parts import part
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
    OpaqueType,
    RecordType,
    TupleType,
    Type,
    TypeVariable,
)
from .typing import NO, YES, base, fits, members, trusted, unite

Refine: TypeAlias = Callable[[Type], Type]


@dataclass(frozen=True, slots=True)
class Refinement:
    """A place and how its type becomes narrower."""

    variable: Variable
    path: Path
    refine: Refine


def assume(core: InferenceCore, test: tree.Expression, truth: bool) -> None:
    """Continue the flow with what is known where `test` is `truth`."""
    for refinement in _refinements(core, test, truth):
        apply(core, refinement)


def apply(core: InferenceCore, refinement: Refinement) -> None:
    """Narrow one place."""
    variable, path, refine = refinement.variable, refinement.path, refinement.refine
    fact = core.fact(variable)
    if not path:
        core.narrow(variable, refine(fact.type), fact.paths)
        return
    known = fact.paths.get(path)
    current = known if known is not None else type_at(fact.type, path)
    core.narrow(variable, fact.type, {**fact.paths, path: refine(current)})


def type_at(of: Type, path: Path) -> Type:
    """The type of a part, as far as it is known."""
    for key in path:
        found = [part(member, LiteralType(key)).type for member in members(of) if member != NONE]
        of = unite(found) if found else ANY
    return of


def _refinements(core: InferenceCore, test: tree.Expression, truth: bool) -> list[Refinement]:
    if isinstance(test, tree.Unary) and test.op == "not":
        return _refinements(core, test.operand, not truth)
    if isinstance(test, tree.Binary):
        return _binary(core, test, truth)
    if isinstance(test, (tree.Name, tree.Field, tree.Index)):
        return _equal(core, test, truth, equal=True)
    if isinstance(test, (tree.Call, tree.MethodCall)):
        return _conforms(core, test, truth)
    return []


def _binary(core: InferenceCore, test: tree.Binary, truth: bool) -> list[Refinement]:
    op = test.op
    if op in ("and", "or"):
        left, right = _refinements(core, test.left, truth), _refinements(core, test.right, truth)
        return left + right if truth == (op == "and") else _either(left, right)
    if op in ("==", "!="):
        equal = truth == (op == "==")
        return _compared(core, test.left, test.right, equal) or _compared(core, test.right, test.left, equal)
    if op in ("in", "not in"):
        return _contained(core, test, truth == (op == "in"))
    return []


def _either(left: list[Refinement], right: list[Refinement]) -> list[Refinement]:
    """One of two conditions holds: what both say about the same place."""
    both: list[Refinement] = []
    for a in left:
        both.extend(
            Refinement(a.variable, a.path, _union_of(a.refine, b.refine))
            for b in right
            if a.variable is b.variable and a.path == b.path
        )
    return both


def _union_of(a: Refine, b: Refine) -> Refine:
    return lambda of: unite((a(of), b(of)))


# --- Comparisons -----------------------------------------------------------------------------------------


def _compared(core: InferenceCore, node: tree.Expression, other: tree.Expression, equal: bool) -> list[Refinement]:
    if not isinstance(other, tree.Literal):
        return []
    of = _type_of_argument(core, node)
    if of is not None and isinstance(other.value, str):
        return _kind(core, of, other.value, equal)
    return _equal(core, node, other.value, equal=equal)


def _equal(
    core: InferenceCore, node: tree.Expression, value: bool | float | str | None, *, equal: bool
) -> list[Refinement]:
    """The place is, or is not, `value`; so is the variant of a record that a literal field tells apart."""
    if isinstance(node, tree.Binary) and node.op == "??" and value is not None:
        return _equal(core, node.left, value, equal=equal) if equal else []
    if isinstance(node, tree.Binary) and node.op == "??" and _is_none(node.right):
        node = node.left
    place = core.place(node)
    if place is None:
        return []
    variable, path = place
    found = [Refinement(variable, path, lambda of: _with_value(of, value, equal))]
    if path:
        found.append(Refinement(variable, path[:-1], lambda of: _with_field(of, path[-1], value, equal)))
    return found


def _is_none(node: tree.Expression) -> bool:
    return isinstance(node, tree.Literal) and node.value is None


def _with_value(of: Type, value: bool | float | str | None, equal: bool) -> Type:
    if value is None:
        return _only(of, lambda m: m == NONE) if equal else _without(of, lambda m: m == NONE)
    if isinstance(value, bool) and of == BOOL:
        return LiteralType(value if equal else not value)
    if equal:
        return _only(of, lambda m: m != NONE and (not isinstance(m, LiteralType) or m.value == value))
    return _without(of, lambda m: isinstance(m, LiteralType) and m.value == value)


def _with_field(of: Type, key: str | int, value: bool | float | str | None, equal: bool) -> Type:
    def may_be(member: Type) -> bool:
        if not isinstance(member, RecordType):
            return True
        entry = member.get(str(key))
        if entry is None:
            return True
        parts = list(members(entry.type))
        if equal:
            return any(not isinstance(p, LiteralType) or p.value == value for p in parts)
        return not (len(parts) == 1 and isinstance(parts[0], LiteralType) and parts[0].value == value)

    return _only(of, may_be)


def _only(of: Type, keep: Callable[[Type], bool]) -> Type:
    """The members that pass; all of them where none does, since then something else is wrong."""
    parts = list(members(of))
    kept = [m for m in parts if isinstance(m, (AnyType, NeverType, TypeVariable)) or keep(m)]
    return of if len(kept) == len(parts) else unite(kept)


def _without(of: Type, drop: Callable[[Type], bool]) -> Type:
    return _only(of, lambda member: not drop(member))


# --- Membership ------------------------------------------------------------------------------------------


def _contained(core: InferenceCore, test: tree.Binary, truth: bool) -> list[Refinement]:
    if isinstance(test.left, tree.Literal) and isinstance(test.left.value, str) and truth:
        place = core.place(test.right)
        if place is not None:
            # The key is there. What it holds may be none all the same, if the type says so, but whoever asked has
            # looked: nothing is claimed about it.
            return [Refinement(place[0], (*place[1], test.left.value), _present)]
        return []
    if not isinstance(test.right, tree.ListDisplay):
        return []
    values = [item.value for item in test.right.items if isinstance(item, tree.Literal)]
    place = core.place(test.left)
    if place is None or len(values) != len(test.right.items):
        return []
    return [Refinement(place[0], place[1], lambda of: _among(of, values, truth))]


def _present(of: Type) -> Type:
    return ANY if any(member == NONE for member in members(of)) else of


def _among(of: Type, values: list[bool | int | float | str | None], truth: bool) -> Type:
    def listed(member: Type) -> bool:
        if member == NONE:
            return None in values
        return isinstance(member, LiteralType) and member.value in [v for v in values if v is not None]

    if truth:
        return _only(of, lambda m: listed(m) or not (isinstance(m, LiteralType) or m == NONE))
    return _without(of, listed)


# --- Kinds of value --------------------------------------------------------------------------------------

KINDS: dict[str, Callable[[Type], bool]] = {
    "none": lambda m: m == NONE,
    "bool": lambda m: base(m) == BOOL,
    "int": lambda m: base(m) == INT,
    "float": lambda m: base(m) == FLOAT,
    "str": lambda m: base(m) == STR,
    "list": lambda m: isinstance(m, (ListType, TupleType)),
    "dict": lambda m: isinstance(m, (DictType, RecordType)),
    "function": lambda m: isinstance(m, FunctionType),
}
"""Which types `type_of` answers with which word."""

_WHOLE: dict[str, Type] = {
    "none": NONE,
    "bool": BOOL,
    "int": INT,
    "float": FLOAT,
    "str": STR,
    "list": ListType(ANY),
    "dict": DictType(ANY, ANY),
}


def _type_of_argument(core: InferenceCore, node: tree.Expression) -> tree.Expression | None:
    """`x` of `type_of(x)` or `x.type_of()`."""
    return _argument_of(core, node, "type_of", 1)


def _argument_of(core: InferenceCore, node: tree.Expression, name: str, count: int) -> tree.Expression | None:
    if isinstance(node, tree.Call):
        symbol, arguments = core.symbol(node.function), [a.value for a in node.arguments]
    elif isinstance(node, tree.MethodCall):
        symbol, arguments = core.symbol(node), [node.receiver, *(a.value for a in node.arguments)]
    else:
        return None
    if not isinstance(symbol, LibraryFunction) or symbol.signature.name != name or symbol.signature.plugin:
        return None
    return arguments[0] if len(arguments) == count else None


def _kind(core: InferenceCore, node: tree.Expression, word: str, equal: bool) -> list[Refinement]:
    place = core.place(node)
    if place is None or word not in KINDS:
        return []
    return [Refinement(place[0], place[1], lambda of: _of_kind(of, word, equal))]


def _of_kind(of: Type, word: str, equal: bool) -> Type:
    is_kind = KINDS[word]
    if not equal:
        # A float type holds ints as well, so that "not a float" leaves it an int.
        return unite(INT if m == FLOAT and word == "float" else m for m in members(of) if m == FLOAT or not is_kind(m))
    kept: list[Type] = []
    for member in members(of):
        if isinstance(member, (AnyType, TypeVariable)):
            kept.append(_WHOLE.get(word, ANY))
        elif member == FLOAT and word == "int":
            kept.append(INT)
        elif is_kind(member) or isinstance(member, (NeverType, OpaqueType)):
            kept.append(member)
    return unite(kept)


def _conforms(core: InferenceCore, node: tree.Call | tree.MethodCall, truth: bool) -> list[Refinement]:
    """`conforms(x, T)`."""
    argument = _argument_of(core, node, "conforms", 2)
    if argument is None or not truth:
        return []
    wanted = node.arguments[-1].value
    symbol = core.symbol(wanted)
    place = core.place(argument)
    if place is None or not isinstance(symbol, TypeSymbol):
        return []
    target = trusted(symbol.type)
    return [Refinement(place[0], place[1], lambda of: _meet(of, target))]


def _meet(of: Type, target: Type) -> Type:
    """What is both: the members of `of` that are sure to be `target`, else `target`."""
    kept = [m for m in members(of) if fits(m, target) is YES and not isinstance(m, AnyType)]
    possible = [m for m in members(of) if fits(m, target) is not NO]
    return unite(kept) if kept and len(kept) == len(possible) else target
