"""The actions of the grammar that build types and patterns."""

from __future__ import annotations

from . import tree
from .build_basics import Basics
from .source import Span
from .tokens import Token


class TypeActions(Basics):
    """One method for each action of the type rules."""

    def type_name(self, span: Span, name: Token) -> tree.TypeName:
        """`int`, `Mood`."""
        return tree.TypeName(span, self.name_of(name))

    def type_none(self, span: Span, _none: Token) -> tree.TypeName:
        """`none`: the name of a type as well as a value."""
        return tree.TypeName(span, "none")

    def type_member_name(self, span: Span, module: Token, _dot: Token, name: Token) -> tree.TypeName:
        """`helpers.Review`."""
        return tree.TypeName(span, self.name_of(name), self.name_of(module))

    def type_apply(
        self, span: Span, name: Token, _open: Token, arguments: list[tree.TypeNode], _close: Token
    ) -> tree.TypeApply:
        """`list[T]`."""
        return tree.TypeApply(span, self.name_of(name), tuple(arguments))

    def type_empty_tuple(self, span: Span, _open: Token, _close: Token) -> tree.TypeTuple:
        """`[]`: the empty list."""
        return tree.TypeTuple(span, ())

    def type_tuple(self, span: Span, _open: Token, items: list[tree.TypeNode], _close: Token) -> tree.TypeTuple:
        """`[A, B]`."""
        return tree.TypeTuple(span, tuple(items))

    def type_empty_record(self, span: Span, _open: Token, _close: Token) -> tree.TypeRecord:
        """`{}`."""
        return tree.TypeRecord(span, ())

    def type_record(self, span: Span, _open: Token, fields: list[tree.TypeField], *_rest: Token) -> tree.TypeRecord:
        """`{name: T, …}`."""
        return tree.TypeRecord(span, tuple(fields))

    def type_field(
        self, span: Span, name: str, _colon: Token, of: tree.TypeNode, description: str | None
    ) -> tree.TypeField:
        """`name: T "what it means"`."""
        return tree.TypeField(span, name, of, description)

    def type_text(self, span: Span, token: Token) -> tree.TypeLiteral:
        """`"bug"` as a type."""
        return tree.TypeLiteral(span, self.text_of(token))

    def type_number(self, span: Span, token: Token) -> tree.TypeLiteral:
        """`3` as a type."""
        return tree.TypeLiteral(span, self.number_of(token))

    def type_negative_number(self, span: Span, _minus: Token, token: Token) -> tree.TypeLiteral:
        """`-3` as a type."""
        return tree.TypeLiteral(span, -self.number_of(token))

    def type_true(self, span: Span, _token: Token) -> tree.TypeLiteral:
        """`true` as a type."""
        return tree.TypeLiteral(span, True)

    def type_false(self, span: Span, _token: Token) -> tree.TypeLiteral:
        """`false` as a type."""
        return tree.TypeLiteral(span, False)

    def type_union(self, span: Span, members: list[tree.TypeNode]) -> tree.TypeUnion:
        """`A | B`."""
        return tree.TypeUnion(span, tuple(members))

    def type_optional(self, span: Span, of: tree.TypeNode, _mark: Token) -> tree.TypeOptional:
        """`T?`."""
        return tree.TypeOptional(span, of)

    def type_function(
        self,
        span: Span,
        _fn: Token,
        _open: Token,
        params: list[tree.TypeNode],
        _close: Token,
        _arrow: Token,
        result: tree.TypeNode,
    ) -> tree.TypeFunction:
        """`fn(A) -> B`."""
        return tree.TypeFunction(span, tuple(params), result)

    def type_function_without_parameters(
        self, span: Span, _fn: Token, _open: Token, _close: Token, _arrow: Token, result: tree.TypeNode
    ) -> tree.TypeFunction:
        """`fn() -> B`."""
        return tree.TypeFunction(span, (), result)


class PatternActions(Basics):
    """One method for each action of the pattern rules."""

    def pattern_name(self, span: Span, name: Token) -> tree.PatternName | tree.PatternAny:
        """A name, which binds, or `_`."""
        text = self.name_of(name)
        return tree.PatternAny(span) if text == "_" else tree.PatternName(span, text)

    def pattern_text(self, span: Span, token: Token) -> tree.PatternLiteral:
        """`"bug"`."""
        return tree.PatternLiteral(span, self.text_of(token))

    def pattern_number(self, span: Span, token: Token) -> tree.PatternLiteral:
        """`3`."""
        return tree.PatternLiteral(span, self.number_of(token))

    def pattern_negative_number(self, span: Span, _minus: Token, token: Token) -> tree.PatternLiteral:
        """`-3`."""
        return tree.PatternLiteral(span, -self.number_of(token))

    def pattern_true(self, span: Span, _token: Token) -> tree.PatternLiteral:
        """`true`."""
        return tree.PatternLiteral(span, True)

    def pattern_false(self, span: Span, _token: Token) -> tree.PatternLiteral:
        """`false`."""
        return tree.PatternLiteral(span, False)

    def pattern_none(self, span: Span, _token: Token) -> tree.PatternLiteral:
        """`none`."""
        return tree.PatternLiteral(span, None)

    def pattern_empty_list(self, span: Span, _open: Token, _close: Token) -> tree.PatternList:
        """`[]`."""
        return tree.PatternList(span, ())

    def pattern_list(self, span: Span, _open: Token, items: list[tree.Pattern], *_rest: Token) -> tree.PatternList:
        """`[a, b]`."""
        return tree.PatternList(span, tuple(items))

    def pattern_empty_dict(self, span: Span, _open: Token, _close: Token) -> tree.PatternDict:
        """`{}`: any dict."""
        return tree.PatternDict(span, ())

    def pattern_dict(
        self, span: Span, _open: Token, entries: list[tree.PatternEntry], *_rest: Token
    ) -> tree.PatternDict:
        """`{label: "spam"}`."""
        return tree.PatternDict(span, tuple(entries))

    def pattern_entry(self, span: Span, key: str, _colon: Token, pattern: tree.Pattern) -> tree.PatternEntry:
        """`key: pattern`."""
        return tree.PatternEntry(span, key, pattern)

    def pattern_or(self, span: Span, alternatives: list[tree.Pattern]) -> tree.PatternOr:
        """`a | b`."""
        return tree.PatternOr(span, tuple(alternatives))
