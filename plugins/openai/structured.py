"""Values instead of texts: asked for by JSON schema, checked when they come, and asked for once more where wrong.

Servers that take a `response_format` write nothing else than the schema allows. Those that refuse it are told the
schema in the question alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from planlang.plugins import Failure

from . import jsons
from .asking import Asker, Manner, Message
from .client import Refused

if TYPE_CHECKING:
    from planlang.lang.types import Type

_WRAPPED = "value"
_LONGEST = 300


class Wanted(NamedTuple):
    """What an answer is to be.

    schema: its JSON schema; None for a text. told: what the question says of it.
    read: the value in a text; raises ValueError, with what is wrong, for a text that holds none.
    """

    schema: Mapping[str, Any] | None
    told: str
    read: Callable[[str], Any]


def value_of(schema: Mapping[str, Any], form: str, check: Callable[[str], Any]) -> Wanted:
    """A value with this schema, which `form` sketches.

    `check` makes it of its JSON, and raises ValueError where it is none.
    """
    own = _as_object(schema)
    wrapped = own is not schema
    shown = f'{{"{_WRAPPED}": {form}}}' if wrapped else form

    def read(text: str) -> Any:
        part = _json_part(text)
        found = jsons.read(part)
        return check(json.dumps(_unwrapped(found)) if wrapped else part)

    return Wanted(own, f"Answer with JSON only, like this: {shown}", read)


def value_of_type(type_: Type) -> Wanted:
    """A value of a type of the plan."""
    from planlang.plugins.nlp.forms import form
    from planlang.plugins.nlp.schemas import from_json, json_schema
    from planlang.runtime.errors import PlanError
    from planlang.runtime.validate import validate
    from planlang.runtime.values import from_python

    def check(text: str) -> Any:
        value = from_json(text, type_)
        try:
            validate(from_python(value), type_, "the answer")
        except PlanError as error:
            raise ValueError(error.message) from None
        return value

    return value_of(json_schema(type_), form(type_), check)


def one_of(names: Sequence[str]) -> Wanted:
    """One of some texts. Words that name just one of them will do: small models that no schema holds give those."""

    def check(text: str) -> str:
        found = json.loads(text)
        if found not in names:
            raise ValueError(f"{text[:_LONGEST]} is none of the options")
        return found

    wanted = value_of({"enum": list(names)}, " or ".join(map(json.dumps, names)), check)

    def read(text: str) -> str:
        try:
            return wanted.read(text)
        except ValueError:
            said = [name for name in names if _says(text, name)]
            if len(said) != 1:
                raise ValueError("it does not name one of the options") from None
            return said[0]

    return wanted._replace(told=f"Answer with one of these and nothing else: {', '.join(names)}", read=read)


def _says(text: str, name: str) -> bool:
    """Whether `name` stands in `text` as words of its own."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def some_of(names: Sequence[str]) -> Wanted:
    """Any number of some texts."""

    def check(text: str) -> list[str]:
        found: Any = json.loads(text)
        if not isinstance(found, list) or not all(each in names for each in cast(list[Any], found)):
            raise ValueError(f"{text[:_LONGEST]} is no list of options")
        return list(dict.fromkeys(cast(list[str], found)))

    schema = {"type": "array", "items": {"enum": list(names)}}
    return value_of(schema, f"[{' or '.join(map(json.dumps, names))}, …]", check)


def text_like(pattern: str) -> Wanted:
    """A text that matches a regular expression as a whole. Raises `PlanError` for what is none."""
    from planlang.plugins.nlp.pattern_grammars import is_match

    is_match("", pattern)

    def read(text: str) -> str:
        for found in (text, text.strip()):
            if is_match(found, pattern):
                return found
        raise ValueError("the answer does not match the pattern")

    return Wanted(None, f"Answer only with a text that matches this regular expression as a whole: {pattern}", read)


class Structured:
    """Asks one model for values; used by several threads."""

    def __init__(self, asker: Asker) -> None:
        """`asker` asks for the texts."""
        self._asker = asker
        self._takes_schemas = True

    def value(self, messages: Sequence[Message], manner: Manner, wanted: Wanted) -> tuple[Any, int]:
        """The value and the tokens that it took; raises `Failure` where the model gives none, asked twice."""
        asked = told(messages, wanted.told)
        text, tokens, cut = self._text(asked, manner, wanted)
        try:
            return wanted.read(text), tokens
        except ValueError as error:
            wrong = str(error)[:_LONGEST]
        if cut:
            raise Failure("the answer did not fit into max_tokens", kind="value", hint="raise max_tokens")
        again = f"That is not right: {wrong}. {wanted.told}"
        asked = [*asked, {"role": "assistant", "content": text}, {"role": "user", "content": again}]
        text, more, _ = self._text(asked, manner, wanted)
        try:
            return wanted.read(text), tokens + more
        except ValueError as error:
            hint = "a larger model may do better, or a server that takes JSON schemas"
            raise Failure(f"the model's answer is not what was asked for: {str(error)[:_LONGEST]}", hint=hint) from None

    def _text(self, messages: Sequence[Message], manner: Manner, wanted: Wanted) -> tuple[str, int, bool]:
        if wanted.schema is not None and self._takes_schemas:
            form = {"name": "answer", "schema": wanted.schema, "strict": _is_strict(wanted.schema)}
            try:
                said = self._asker.texts(messages, manner, wanted={"type": "json_schema", "json_schema": form})
            except Refused:
                said = self._asker.texts(messages, manner)  # if this is refused too, that is what is told
                self._takes_schemas = False
            return said.text, said.tokens, said.cut
        said = self._asker.texts(messages, manner)
        return said.text, said.tokens, said.cut


def told(messages: Sequence[Message], more: str) -> list[Message]:
    """`messages` with `more` said at the end of the last."""
    last = messages[-1]
    return [*messages[:-1], {**last, "content": f"{last['content']}\n\n{more}"}]


def _json_part(text: str) -> str:
    """The JSON in a text, without the fences and words that models put around it."""
    plain = text.strip()
    if plain.startswith("```"):
        plain = plain.strip("`").removeprefix("json").strip()
    first, last = plain.find("{"), plain.rfind("}")
    return plain[first : last + 1] if 0 <= first < last else plain


def _unwrapped(found: Any) -> Any:
    if isinstance(found, dict) and list(cast(dict[str, Any], found)) == [_WRAPPED]:
        return cast(dict[str, Any], found)[_WRAPPED]
    raise ValueError(f"it must be an object with `{_WRAPPED}` alone")


def _as_object(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """`schema` if it is plainly that of an object, which some servers insist on, else that of an object around it."""
    if schema.get("type") == "object":
        return schema
    inner = {key: value for key, value in schema.items() if key != "$defs"}
    definitions = {"$defs": schema["$defs"]} if "$defs" in schema else {}
    return {
        "type": "object",
        "properties": {_WRAPPED: inner},
        "required": [_WRAPPED],
        "additionalProperties": False,
        **definitions,
    }


def _is_strict(schema: Any) -> bool:
    """Whether all objects have just the fields that are named, which `strict` asks of a schema."""
    if isinstance(schema, list):
        return all(map(_is_strict, cast(list[Any], schema)))
    if not isinstance(schema, dict):
        return True
    own = cast(dict[str, Any], schema)
    if own.get("type") == "object" and own.get("additionalProperties") is not False:
        return False
    return all(map(_is_strict, own.values())) and own != {}
