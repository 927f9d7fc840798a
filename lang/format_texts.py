"""Numbers and texts as documents, with the escapes that they were written with."""

from __future__ import annotations

from abc import abstractmethod

from . import texts, tree
from .format_types import TypeFormatter, bare, constant
from .layout import HARD, Doc, Nest, flat, join


class TextFormatter(TypeFormatter):
    """Literals, and texts with what is interpolated into them."""

    @abstractmethod
    def expression(self, node: tree.Expression) -> Doc:
        """An expression."""

    def literal(self, node: tree.Literal) -> Doc:
        """A literal as it was written; a text over several lines with the indentation of its new place."""
        value, form = node.value, node.form
        if not isinstance(value, str):
            return form or constant(value)
        over_lines = "\n" in form
        if not form or bare(form) or (over_lines and (self.inline or "\r" in form or not value)):
            return texts.quote(value)
        if not over_lines:
            return form
        lines = texts.dedent([(form[3:-3], 0)], _ignore)[0].split("\n")
        return _over_lines(form[:3], join([HARD], list[Doc](lines)))

    def text(self, node: tree.Text) -> Doc:
        """A text with interpolations. Each of them stays on one line."""
        pieces = self._written(node)
        if pieces is None:
            return self._escaped(node)
        over_lines = any("\n" in piece for piece in pieces)
        if over_lines:
            pieces = texts.dedent([(piece, 0) for piece in pieces], _ignore)
        values = [self._interpolation(part) for part in node.parts if isinstance(part, tree.Interpolation)]
        parts: list[Doc] = []
        for piece, value in zip(pieces, [*values, ""], strict=True):
            parts += [*join([HARD], list[Doc](piece.split("\n"))), value]
        return _over_lines(node.form, parts) if over_lines else [node.form, *parts, node.form]

    def _written(self, node: tree.Text) -> list[str] | None:
        """What stands around the interpolations, as it was written; None where that is unknown or cannot stay."""
        (start, end), size = node.span, len(node.form)
        if (size == 3 and self.inline) or not self.comments.written(start, end).startswith(node.form):
            return None
        values = [part.span for part in node.parts if isinstance(part, tree.Interpolation)]
        starts = [start + size, *[value.end for value in values]]
        ends = [*[value.start for value in values], end - size]
        pieces = [self.comments.written(*places) for places in zip(starts, ends, strict=True)]
        return None if any("\r" in piece for piece in pieces) else pieces

    def _escaped(self, node: tree.Text) -> Doc:
        """A text of which only the value is known: what must be escaped is, and nothing else."""
        over_lines = node.form == '"""' and not self.inline and any("\n" in p for p in node.parts if isinstance(p, str))
        parts: list[Doc] = []
        for part in node.parts:
            if isinstance(part, tree.Interpolation):
                parts.append(self._interpolation(part))
            elif over_lines:
                parts += join([HARD], list[Doc](texts.escape_lines(part).split("\n")))
            else:
                parts.append(texts.escape(part))
        return _over_lines('"""', parts) if over_lines else ['"', *parts, '"']

    def _interpolation(self, node: tree.Interpolation) -> str:
        self.inline += 1
        value = flat(self.expression(node.value))
        self.inline -= 1
        return f"{{{value}:{node.spec}}}" if node.spec else f"{{{value}}}"


def _over_lines(quote: str, parts: list[Doc]) -> Doc:
    return [quote, Nest([HARD, *parts, HARD, quote])]


def _ignore(_message: str, _start: int, _end: int, _hint: str) -> None:
    """The text has been parsed: there is nothing to report."""
