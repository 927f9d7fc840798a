"""Types and patterns as documents."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from . import texts, tree
from .format_comments import Comments
from .layout import HARD, LINE, SOFT, Doc, IfBroken, Nest, flat, group, join


def bare(name: str) -> bool:
    """Whether `name` can be a key without quotes."""
    return name.isidentifier() and (name.isascii() or unicodedata.normalize("NFC", name) == name)


def key(name: str) -> str:
    """`name` as the key of a record, a dict or a pattern."""
    return name if bare(name) else texts.quote(name)


def constant(value: bool | float | str | None) -> str:
    """A value without parts, as it is written in types and patterns."""
    if isinstance(value, str):
        return texts.quote(value)
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    return repr(value)


class TypeFormatter:
    """Types, patterns, and what they share with expressions: sequences in brackets with their comments."""

    def __init__(self, comments: Comments) -> None:
        """Deal out `comments` on the way."""
        self.comments = comments
        self.inline: int = 0
        """How many interpolations we are in: there, all stands on one line, and comments stay outside."""

    def sequence(  # noqa: PLR0913 - what a bracketed sequence consists of
        self,
        opener: str,
        nodes: Sequence[tree.Node],
        docs: list[Doc],
        closer: str,
        span: tree.Span,
        *,
        keep: bool = False,
    ) -> Doc:
        """`docs` (one for each of `nodes`) between brackets, separated by commas, with the comments around them.

        With `keep`, one that was broken after its opener stays broken.
        """
        if not nodes and (self.inline or not self.comments.any_in(span.start, span.end)):
            return opener + closer
        body: list[Doc] = []
        at, commented = span.start, False
        for index, (node, doc) in enumerate(zip(nodes, docs, strict=True)):
            last = index == len(nodes) - 1
            until = span.end if last else nodes[index + 1].span.start
            leading = [] if self.inline else self.comments.between(at, node.span.start)
            trailing = [] if self.inline else self.comments.trailing(node.span.end, until)
            commented = commented or bool(leading or trailing)
            for comment in leading:
                body += [self.comments.own_line(comment, moved=True), HARD]
            body += [doc, IfBroken(",") if last else ","]
            body += ["  " + comment.text.rstrip() for comment in trailing]
            body += [] if last else [LINE]
            at = node.span.end
        rest = [] if self.inline else self.comments.between(at, span.end)
        body += join([HARD], [self.comments.own_line(comment, moved=True) for comment in rest]) if not nodes else [
            part for comment in rest for part in (HARD, self.comments.own_line(comment, moved=True))
        ]  # fmt: skip
        was_broken = keep and not self.inline and bool(nodes) and self._broken_after_opener(span, nodes[0])
        broken = commented or bool(rest) or was_broken
        return group(opener, Nest([SOFT, *body]), SOFT, closer, broken=broken)

    def _broken_after_opener(self, span: tree.Span, first: tree.Node) -> bool:
        return self.comments.breaks(span.start, first.span.start)

    # --- Types ----------------------------------------------------------------------------------------------

    def type(self, node: tree.TypeNode) -> Doc:
        """A type."""
        match node:
            case tree.TypeName(module=None):
                return node.id
            case tree.TypeName():
                return f"{node.module}.{node.id}"
            case tree.TypeLiteral():
                return constant(node.value)
            case tree.TypeApply():
                return [node.id, self._plain("[", [self.type(a) for a in node.arguments], "]")]
            case tree.TypeTuple():
                return self._plain("[", [self.type(item) for item in node.items], "]")
            case tree.TypeRecord():
                docs = [self.type_field(field) for field in node.fields]
                return self.sequence("{", node.fields, docs, "}", node.span, keep=True)
            case tree.TypeUnion():
                members: list[Doc] = [self._type_member(m, tree.TypeUnion) for m in node.members]
                return group(members[0], Nest([part for m in members[1:] for part in (LINE, "| ", m)]))
            case tree.TypeOptional():
                return [self._type_member(node.type, tree.TypeUnion, tree.TypeOptional), "?"]
            case tree.TypeFunction():
                result = self._type_member(node.result, tree.TypeUnion, tree.TypeOptional)
                return ["fn", self._plain("(", [self.type(p) for p in node.params], ")"), " -> ", result]

    def type_field(self, node: tree.TypeField) -> Doc:
        """`name: T "what it means"`."""
        description = f" {texts.quote(node.description)}" if node.description is not None else ""
        return [key(node.name), ": ", self.type(node.type), description]

    def _type_member(self, node: tree.TypeNode, *bracketed: type) -> Doc:
        return ["(", self.type(node), ")"] if isinstance(node, bracketed) else self.type(node)

    def _plain(self, opener: str, docs: list[Doc], closer: str) -> Doc:
        """A sequence that has no comments of its own and takes no trailing comma."""
        if not docs:
            return opener + closer
        return group(opener, Nest([SOFT, *join([",", LINE], docs)]), SOFT, closer)

    # --- Patterns -------------------------------------------------------------------------------------------

    def pattern(self, node: tree.Pattern) -> str:
        """A pattern, on one line."""
        match node:
            case tree.PatternLiteral():
                return constant(node.value)
            case tree.PatternAny():
                return "_"
            case tree.PatternName():
                return node.id
            case tree.PatternList():
                return f"[{', '.join(self.pattern(item) for item in node.items)}]"
            case tree.PatternDict():
                entries = [f"{key(entry.key)}: {self.pattern(entry.pattern)}" for entry in node.entries]
                return f"{{{', '.join(entries)}}}"
            case tree.PatternOr():
                parts = [self.pattern(part) for part in node.alternatives]
                nested = [isinstance(part, tree.PatternOr) for part in node.alternatives]
                return " | ".join(f"({p})" if n else p for p, n in zip(parts, nested, strict=True))

    # --- Parameters -----------------------------------------------------------------------------------------

    def flat_type(self, node: tree.TypeNode) -> str:
        """A type on one line."""
        return flat(self.type(node))
