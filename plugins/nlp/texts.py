"""A text that a model is asked for: its prompt, how its tokens are picked, and the value that comes of it."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import Tensor

from planlang.lang.type_structure import structure
from planlang.lang.types import STR, Type
from planlang.plugins import Failure, Item, TypeValue
from planlang.runtime.errors import PlanError
from planlang.runtime.validate import validate
from planlang.runtime.values import from_python

from .language import LanguageModel
from .loading import not_installed
from .pattern_grammars import is_match, pattern_grammar
from .sampling import Sampler, checked, free
from .schemas import from_json
from .type_grammars import grammar_of
from .writing import Row

if TYPE_CHECKING:  # llguidance is imported once a text is held to a form
    from .constraints import Constraint, Constraints


@dataclass(slots=True, eq=False)
class Text:
    """A text in the making. form: the type of which it is the JSON; pattern: what it matches; with neither it is free.

    constraint: what holds it to the one or the other.
    """

    row: Row
    form: Type | None = None
    pattern: str | None = None
    constraint: Constraint | None = None

    @property
    def tokens(self) -> int:
        """Tokens read and written."""
        return self.row.start + len(self.row.written)

    def value(self) -> Any:
        """The text once it is written, or the value that it says. Raises `Failure` where writing it was given up."""
        if self.constraint is None:
            return self.row.text
        try:
            written = bytes(self.constraint.written).decode()
            if self.form is not None:
                value = from_json(written, self.form)
                validate(from_python(value), self.form)
                return value
            if self.pattern is None or is_match(written, self.pattern):
                return written
        except (ValueError, PlanError):
            pass  # the text is not whole
        raise Failure("it was stopped before the answer was whole")


class TextMaker:
    """Gets texts of one model ready for its writer."""

    def __init__(self, language: LanguageModel) -> None:
        """What llguidance must know of the model's tokens is worked out for the first text that is held to a form."""
        self._language = language
        self._constraints: Constraints | None = None

    def make(self, item: Item, seed: int, messages: list[dict[str, str]], form: Type | None) -> Text:
        """The text that answers `messages` with the options of `item`; raises `Failure` where they will not do."""
        most, pattern, stops = item["max_tokens"], item.arguments.get("pattern"), _stops(item)
        sampler = _sampler(item, seed)
        if form is not None and pattern is not None:
            raise Failure("schema= and pattern= do not go together", kind="value", hint="give one of them")
        if stops and not (form is None and pattern is None):
            raise Failure("stop= does not go with schema= or pattern=: they say where the answer ends", kind="value")
        constraint = None
        if form is not None:
            constraint = self._ready().constraint(structure(form), lambda: grammar_of(form), most, sampler)
        elif pattern is not None:
            constraint = self._ready().constraint((pattern,), lambda: pattern_grammar(pattern), most, sampler)
        span = self._language.chat_span(messages)
        row = Row(span, most, stops, free(sampler))
        if constraint is not None:
            row.choose = _ending(row, constraint)
        self._check_length(row)
        sampler.prompted(span.tokens)
        return Text(row, form, pattern, constraint)

    def _ready(self) -> Constraints:
        if self._constraints is None:
            if importlib.util.find_spec("llguidance") is None:
                raise not_installed("llguidance")
            from .constraints import Constraints, Tokens

            config = self._language.model.config
            self._constraints = Constraints(Tokens(self._language.tokenizer, config.vocab_size, self._language.ends))
        return self._constraints

    def _check_length(self, row: Row) -> None:
        longest = self._language.longest
        if row.start + row.most > longest:
            raise Failure(
                f"the prompt has {row.start:,} tokens and the answer may have {row.most:,}, "
                f"and the model takes at most {longest:,} together",
                kind="value",
                hint="shorten the prompt, split it, or lower max_tokens",
            )


def _ending(row: Row, constraint: Constraint) -> Callable[[Tensor], int]:
    """Chooses by `constraint`; a text that can only end now needs no further pass to say so."""

    def choose(logits: Tensor) -> int:
        token = constraint.choose(logits)
        if constraint.done:
            row.most = len(row.written) + 1
        return token

    return choose


def form_of(item: Item) -> Type | None:
    """The type that the answer is to be of; None where it may be any text."""
    schema = item.arguments.get("schema")
    return None if not isinstance(schema, TypeValue) or schema.type == STR else schema.type


def _sampler(item: Item, seed: int) -> Sampler:
    most, temperature = item["max_tokens"], item["temperature"]
    top_p = item.arguments.get("top_p", 1.0)
    if most < 1:
        raise Failure(f"max_tokens must be at least 1, not {most}", kind="value")
    if not 0 <= temperature <= 100:
        raise Failure(f"temperature must be between 0 and 100, not {temperature:g}", kind="value")
    if not 0 < top_p <= 1:
        raise Failure(f"top_p must be above 0 and at most 1, not {top_p:g}", kind="value")
    return Sampler(temperature, top_p, checked(item.arguments.get("options") or {}), seed)


def _stops(item: Item) -> list[str]:
    stop = item.arguments.get("stop")
    return [text for text in ([stop] if isinstance(stop, str) else stop or []) if text]
