"""The tree of a plan: frozen dataclasses with spans.

Nodes compare by identity, so that a node can be a key ("the type of this expression");
`same` compares two trees by structure, without spans and without the `form` in which a literal was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, TypeAlias, TypeVar, dataclass_transform

from .source import Span

_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True, eq_default=False)
def node(cls: type[_Class]) -> type[_Class]:
    """A frozen, slotted dataclass that compares by identity."""
    return dataclass(frozen=True, slots=True, eq=False)(cls)


@node
class Node:
    """Anything in the tree. `span` covers its text."""

    span: Span


# --- Expressions -----------------------------------------------------------------------------------------


@node
class Literal(Node):
    """`none`, a bool, int, float, or a text without interpolation. `form` is how it was written ("0xff", "'raw'")."""

    value: bool | int | float | str | None
    form: str = ""


@node
class Interpolation(Node):
    """`{value:spec}` inside a text; `spec` is "" when none was given."""

    value: Expression
    spec: str


@node
class Text(Node):
    """A text with at least one interpolation. Parts are unescaped texts and `Interpolation`s.

    `form` is the opening quote: one double quote, or three.
    """

    parts: tuple[str | Interpolation, ...]
    form: str = '"'


@node
class Name(Node):
    """A name used as a value."""

    id: str


@node
class Spread(Node):
    """`...value` inside a list or dict."""

    value: Expression


@node
class ListDisplay(Node):
    """`[1, ...xs]`."""

    items: tuple[Expression | Spread, ...]


@node
class Entry(Node):
    """`key: value` in a dict. A bare name or a quoted key is a `Literal` text; `(k)` is any expression."""

    key: Expression
    value: Expression


@node
class DictDisplay(Node):
    """`{a: 1, "b c": 2, (k): 3, ...other}`."""

    entries: tuple[Entry | Spread, ...]


@node
class ForClause(Node):
    """`for targets in iterable` of a comprehension. `targets` is one name, or several for unpacking."""

    targets: tuple[Target, ...]
    iterable: Expression


@node
class IfClause(Node):
    """`if test` of a comprehension."""

    test: Expression


@node
class ListComprehension(Node):
    """`[element for … if …]`."""

    element: Expression
    clauses: tuple[ForClause | IfClause, ...]


@node
class DictComprehension(Node):
    """`{key: value for … if …}`; here `key` is an expression."""

    key: Expression
    value: Expression
    clauses: tuple[ForClause | IfClause, ...]


@node
class Unary(Node):
    """`-x` or `not x`; `op` is `-` or `not`."""

    op: str
    operand: Expression


@node
class Binary(Node):
    """`op` is one of `+ - * / // % ** == != < <= > >= in`, `not in`, `and`, `or`, `??`."""

    op: str
    left: Expression
    right: Expression


@node
class Conditional(Node):
    """`if test then value else otherwise`."""

    test: Expression
    value: Expression
    otherwise: Expression


@node
class Argument(Node):
    """One argument of a call; `name` is None when it is given by position."""

    name: str | None
    value: Expression


@node
class Call(Node):
    """`function(arguments)`."""

    function: Expression
    arguments: tuple[Argument, ...]


@node
class MethodCall(Node):
    """`receiver.method(arguments)`: a function `f(x, …)`, a module's member, or a changing method (`push` …)."""

    receiver: Expression
    method: str
    method_span: Span
    arguments: tuple[Argument, ...]


@node
class Index(Node):
    """`value[index]`."""

    value: Expression
    index: Expression


@node
class Slice(Node):
    """`value[start:stop]`, either end may be missing."""

    value: Expression
    start: Expression | None
    stop: Expression | None


@node
class Field(Node):
    """`value.name`: a field, or the member of an imported module."""

    value: Expression
    name: str
    name_span: Span


@node
class Lambda(Node):
    """`fn(params) => expression` or `fn(params) -> T { … }` as an expression."""

    params: tuple[Parameter, ...]
    result: TypeNode | None
    body: Expression | Block


Expression: TypeAlias = (
    Literal | Text | Name | ListDisplay | DictDisplay | ListComprehension | DictComprehension | Unary | Binary
    | Conditional | Call | MethodCall | Index | Slice | Field | Lambda
)  # fmt: skip


# --- Types -----------------------------------------------------------------------------------------------


@node
class TypeName(Node):
    """`int`, `Mood`, or `helpers.Review` (then `module` is `helpers`)."""

    id: str
    module: str | None = None


@node
class TypeApply(Node):
    """`list[T]`, `dict[T]`, `dict[K, T]`."""

    id: str
    arguments: tuple[TypeNode, ...]


@node
class TypeTuple(Node):
    """`[A, B]`: a list of exactly these."""

    items: tuple[TypeNode, ...]


@node
class TypeField(Node):
    """`name: T "what it means"` in a record type."""

    name: str
    type: TypeNode
    description: str | None = None


@node
class TypeRecord(Node):
    """`{name: T, …}`."""

    fields: tuple[TypeField, ...]


@node
class TypeLiteral(Node):
    """`"bug"`, `3`, `true` as a type."""

    value: bool | int | float | str | None


@node
class TypeUnion(Node):
    """`A | B`."""

    members: tuple[TypeNode, ...]


@node
class TypeOptional(Node):
    """`T?`."""

    type: TypeNode


@node
class TypeFunction(Node):
    """`fn(A, B) -> C`."""

    params: tuple[TypeNode, ...]
    result: TypeNode


TypeNode: TypeAlias = (
    TypeName | TypeApply | TypeTuple | TypeRecord | TypeLiteral | TypeUnion | TypeOptional | TypeFunction
)  # fmt: skip


# --- Patterns --------------------------------------------------------------------------------------------


@node
class PatternLiteral(Node):
    """`"bug"`, `-1`, `none`."""

    value: bool | int | float | str | None


@node
class PatternAny(Node):
    """`_`."""


@node
class PatternName(Node):
    """A name, which binds what stands there."""

    id: str


@node
class PatternList(Node):
    """`[a, b]`: exactly this length."""

    items: tuple[Pattern, ...]


@node
class PatternEntry(Node):
    """`key: pattern` in a dict pattern."""

    key: str
    pattern: Pattern


@node
class PatternDict(Node):
    """`{label: "spam", score: s}`: other keys are allowed."""

    entries: tuple[PatternEntry, ...]


@node
class PatternOr(Node):
    """`a | b`."""

    alternatives: tuple[Pattern, ...]


Pattern: TypeAlias = PatternLiteral | PatternAny | PatternName | PatternList | PatternDict | PatternOr


# --- Statements ------------------------------------------------------------------------------------------


@node
class Target(Node):
    """A name that a `let`, `for`, comprehension or `catch` declares."""

    id: str


@node
class Block(Node):
    """`{ … }`."""

    statements: tuple[Statement, ...]


@node
class Parameter(Node):
    """`name: T = default "description"`."""

    name: str
    type: TypeNode | None = None
    default: Expression | None = None
    description: str | None = None


@node
class Let(Node):
    """`let a = e`, `let a: T = e`, `let a, b = pair`."""

    targets: tuple[Target, ...]
    type: TypeNode | None
    value: Expression


@node
class Assign(Node):
    """`place = e` or `place += e`; `op` is "" or one of `+ - * / // %`. `place` is a Name, Index or Field chain."""

    place: Expression
    op: str
    value: Expression


@node
class ExpressionStatement(Node):
    """A call that stands as a statement (in the REPL, any expression)."""

    value: Expression


@node
class If(Node):
    """`if test { } else if … else { }`; a chain of `else if` is an `If` as the only statement of `otherwise`."""

    test: Expression
    body: Block
    otherwise: Block | None


@node
class While(Node):
    """`while test { }`."""

    test: Expression
    body: Block


@node
class For(Node):
    """`for a, b in iterable { }`."""

    targets: tuple[Target, ...]
    iterable: Expression
    body: Block


@node
class Break(Node):
    """`break`."""


@node
class Continue(Node):
    """`continue`."""


@node
class Return(Node):
    """`return e`, or `return` alone (then `value` is None)."""

    value: Expression | None


@node
class Case(Node):
    """`case pattern if guard { }`."""

    pattern: Pattern
    guard: Expression | None
    body: Block


@node
class Match(Node):
    """`match subject { case … }`."""

    subject: Expression
    cases: tuple[Case, ...]


@node
class Fail(Node):
    """`fail e`."""

    value: Expression


@node
class Try(Node):
    """`try { } catch e { }`; `name` is None for `catch { }`."""

    body: Block
    name: Target | None
    handler: Block


@node
class Assert(Node):
    """`assert test, message`."""

    test: Expression
    message: Expression | None


@node
class Step(Node):
    """`step "title"`."""

    title: Expression


@node
class Resource(Node):
    """`gpu = 0.5` in a `needs` or `prefers` statement."""

    name: str
    value: Expression


@node
class Needs(Node):
    """`needs …` or, with `optional`, `prefers …`."""

    resources: tuple[Resource, ...]
    optional: bool


@node
class FunctionDef(Node):
    """`fn name(params) -> T { … }`, or a `task`, whose `doc` is its goal.

    `fn name(x) => e` has an expression as body. `name_span` is where the name stands.
    """

    name: str
    name_span: Span
    params: tuple[Parameter, ...]
    result: TypeNode | None
    body: Block | Expression
    is_task: bool = False
    doc: str = ""


@node
class TypeDef(Node):
    """`type Name = T`."""

    name: str
    name_span: Span
    type: TypeNode
    doc: str = ""


@node
class Import(Node):
    """`import texts`, `import rag as r`, `import "./helpers.plan" as helpers` (then `is_file`)."""

    target: str
    is_file: bool
    alias: str | None


@node
class Test(Node):
    """`test "title" { … }`."""

    __test__ = False

    title: str
    body: Block


@node
class Mock(Node):
    """`mock name = e` in a test. `module` is set in `mock nlp.sentiment = e`."""

    name: str
    value: Expression
    module: str | None = None


Statement: TypeAlias = (
    Let | Assign | ExpressionStatement | If | While | For | Break | Continue | Return | Match | Fail | Try | Assert
    | Step | Needs | FunctionDef | TypeDef | Import | Test | Mock
)  # fmt: skip


@node
class Comment(Node):
    """`# text` (with its marks), kept beside the tree for the formatter and for documentation."""

    text: str


@node
class Program(Node):
    """A whole file."""

    statements: tuple[Statement, ...]
    comments: tuple[Comment, ...] = ()


_NO_NODES = frozenset(("Span", "str", "str | None", "bool"))
"""Types of fields that never hold a node."""
_PARTS: dict[type[Node], tuple[str, ...]] = {}
"""The fields of each class that may hold nodes; looking them up each time is a third of what compiling costs."""


def children(of: Node) -> Iterator[Node]:
    """The nodes directly below `of`, in source order of their fields."""
    names = _PARTS.get(type(of))
    if names is None:
        names = _PARTS[type(of)] = tuple(field.name for field in fields(of) if field.type not in _NO_NODES)
    for name in names:
        value = getattr(of, name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            for item in value:
                if isinstance(item, Node):
                    yield item


def walk(of: Node) -> Iterator[Node]:
    """`of` and every node below it, parents first."""
    stack = [of]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(list(children(current))))


def same(a: Any, b: Any) -> bool:
    """Whether two trees have the same structure, whatever their spans, comments and literal forms."""
    stack = [(a, b)]
    while stack:
        left, right = stack.pop()
        if isinstance(left, tuple) and not isinstance(left, Span):
            if not isinstance(right, tuple) or len(left) != len(right):
                return False
            stack.extend(zip(left, right, strict=True))
        elif isinstance(left, Node):
            if type(left) is not type(right):
                return False
            stack.extend(
                (getattr(left, f.name), getattr(right, f.name))
                for f in fields(left)
                if f.name not in ("span", "name_span", "method_span", "form", "comments")
            )
        elif type(left) is not type(right) or left != right:
            return False
    return True
