"""Functions and tasks in words: their signatures in the language's own syntax, their documentation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from planlang.lang.signatures import Effect, Signature, SignatureParameter
from planlang.lang.type_text import display
from planlang.lang.types import ANY, RecordType, Type

EFFECTS = {
    Effect.PURE: "pure",
    Effect.MODEL: "model call",
    Effect.OBSERVATION: "observation",
    Effect.CHANGE: "change",
}


def signature_text(of: Signature, *, common: bool = True) -> str:
    """`name(text: str, n: int = 1) -> str`; without `common`, the options that every model call takes are left out."""
    return call_text(of.name, of.params if common else own_parameters(of), of.result)


def call_text(name: str, params: Iterable[SignatureParameter], result: Type) -> str:
    """The same from its parts."""
    parts: list[str] = []
    starred = False
    for parameter in params:
        if parameter.keyword_only and not starred:
            parts.append("*")
        starred = starred or parameter.keyword_only or parameter.variadic
        parts.append(_parameter(parameter))
    return f"{name}({', '.join(parts)})" + (f" -> {opened(result)}" if result != ANY else "")


def opened(of: Type) -> str:
    """A record with its fields, also where it has a name: the reader may not know it."""
    return display(replace(of, name="") if isinstance(of, RecordType) else of)


def own_parameters(of: Signature) -> tuple[SignatureParameter, ...]:
    """The parameters without those that any model call takes (§6)."""
    return tuple(p for p in of.params if not p.option)


def _parameter(of: SignatureParameter) -> str:
    text = f"{of.name}{'...' if of.variadic else ''}"
    if of.type != ANY:
        text += f": {display(of.type)}"
    return f"{text} = {of.default}" if of.default is not None else text


def first_line(doc: str) -> str:
    """The first sentence or line of a documentation text."""
    return doc.strip().partition("\n")[0]
