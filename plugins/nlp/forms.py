"""What a model is told about a type: the form of its JSON, with what the fields mean."""

from __future__ import annotations

import json
from typing import Any

from planlang.lang.types import (
    AnyType,
    DictType,
    ListType,
    LiteralType,
    Named,
    RecordField,
    RecordType,
    Scalar,
    TupleType,
    Type,
    UnionType,
)

_SCALARS = {"none": "null", "bool": "true or false", "int": "whole number", "float": "number", "str": "text"}


def form(of: Type) -> str:
    """The JSON of `of` as a person would sketch it: `{"name": <text, of the customer>, "tags": [<text>, …]}`."""
    return _form(of, "", set())


def with_form(prompt: str, of: Type) -> str:
    """`prompt`, and that the answer is to be JSON of `of`."""
    return f"{prompt}\n\nAnswer with JSON only, like this: {form(of)}"


def extraction(text: str, of: Type, instructions: str | None) -> str:
    """The prompt that asks for the facts in `text`.

    Of twelve ways to ask the default model, this one had 61 % of the fields of sixty messages right, others 41 to 62.
    The text comes first, and the form directly behind what is to be done with it.
    """
    more = f"{instructions.strip()}\n\n" if instructions else ""
    return f"{text}\n\n{more}Fill in this form with facts from the text above, as JSON: {form(of)}"


def _form(of: Type, about: str, within: set[Named]) -> str:
    about = f", {about}" if about else ""
    match of:
        case Named(type=inner) if inner is not None:
            return f"<{of.name}{about}>" if of in within else _form(inner, about[2:], {*within, of})
        case Scalar(name=name):
            return f"<{_SCALARS[name]}{about}>"
        case LiteralType(value=value):
            return _json(value)
        case ListType(element=element):
            return f"[{_form(element, about[2:], within)}, …]"
        case TupleType(items=items):
            return f"[{', '.join(_form(item, '', within) for item in items)}]"
        case DictType(value=value):
            return f"{{<name{about}>: {_form(value, '', within)}, …}}"
        case RecordType(fields=fields):
            return "{" + ", ".join(_field(field, within) for field in fields) + "}"
        case UnionType(members=members):
            return " or ".join(_member(member, about[2:], within) for member in members)
        case AnyType() | _:
            return f"<anything{about}>"


def _member(of: Type, about: str, within: set[Named]) -> str:
    return "null" if of == Scalar("none") else _form(of, about, within)


def _field(field: RecordField, within: set[Named]) -> str:
    return f"{_json(field.name)}: {_form(field.type, field.description, within)}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
