"""How a translation model is told the languages: each family has its own codes, and its own place for them.

    Marian         a pair of languages, or `>>fra<< text` where it knows several
    NLLB           `eng_Latn text`, and the answer begins with `fra_Latn` (Costa-jussà et al. 2022)
    M2M100         `__en__ text`, and the answer begins with `__fr__` (Fan et al. 2021)
    mBART-50       `en_XX text`, and the answer begins with `fr_XX` (Tang et al. 2020)
    MADLAD-400     `<2fr> text`
    T5             `translate English to French: text`

Which family a model is of is read off its vocabulary.
"""

# transformers leaves most of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from planlang.plugins import Failure

from .language_names import language_of
from .seq2seq import Seq2Seq

_FORMS: tuple[tuple[Literal["begins", "prefix"], re.Pattern[str]], ...] = (
    ("begins", re.compile(r"([a-z]{3}_[A-Z][a-z]{3})")),
    ("begins", re.compile(r"__([a-z]{2,3})__")),
    ("begins", re.compile(r"([a-z]{2}_[A-Z]{2})")),
    ("prefix", re.compile(r">>([A-Za-z]{2,3}(?:_[A-Za-z]{2,4})?)<<")),
    ("prefix", re.compile(r"<2([a-z]{2,3}(?:_[A-Za-z]{2,4})?)>")),
)
"""Where tokens of languages stand, and what they look like."""

Detect = Callable[[str, list[str]], str | None]
"""`detect(text, codes)`: which of the languages of these ISO codes a text is in."""


@dataclass(frozen=True, slots=True)
class Pair:
    """From which language into which: as tokens, names or nothing at all, by the family."""

    prefix: str = ""
    source: int | None = None
    target: int | None = None


class Languages:
    """The languages that a model translates between."""

    def __init__(self, model: Seq2Seq, name: str) -> None:
        """Read them off the model's vocabulary and settings; `name` is for messages."""
        self._model = model
        self._name = name
        self._form, self._tokens = _read(model.tokenizer)
        tokenizer = model.tokenizer
        self._fixed = [getattr(tokenizer, key, None) for key in ("source_lang", "target_lang")]
        self._tasks = [task for task in (getattr(model.config, "task_specific_params", None) or {}) if "_to_" in task]

    def pair(self, text: str, to: str, source: str | None, detect: Detect) -> Pair:
        """How to ask for `text` in the language `to`; raises `Failure` for one that the model does not know."""
        if self._form == "begins":
            target = self._token(to)
            start = self._token(source) if source else self._detected(text, detect)
            numbers: list[int] = self._model.tokenizer.convert_tokens_to_ids([start, target])
            return Pair(source=numbers[0], target=numbers[1])
        if self._form == "prefix":
            return Pair(prefix=f"{self._token(to)} ")
        if self._model.config.model_type in ("t5", "mt5", "umt5", "longt5"):
            return self._spoken(text, to, source, detect)
        self._check_fixed(to, source)
        return Pair()

    def numbers(self, text: str, pair: Pair) -> list[int]:
        """The tokens of `text` as the model expects them for this pair of languages."""
        if pair.source is None:
            return self._model.numbers(pair.prefix + text)
        end: int = self._model.tokenizer.eos_token_id
        bare = self._model.numbers(text, special=False)
        if type(self._model.tokenizer).__name__.startswith("MBartTokenizer"):  # the first mBART has it behind the text
            return [*bare, end, pair.source]
        return [pair.source, *bare, end]

    # ── families ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _token(self, language: str) -> str:
        if language in self._tokens:
            return self._tokens[language]
        meant = language_of(language)
        for code, token in self._tokens.items():
            if meant is not None and language_of(code) == meant:
                return token
        raise self._unknown(language, sorted(self._tokens))

    def _detected(self, text: str, detect: Detect) -> str:
        known = {found.code: token for code, token in reversed(self._tokens.items()) if (found := language_of(code))}
        code = detect(text, list(known))
        if code is None:
            raise Failure(
                "it cannot be told which language the text is in", kind="value", hint='say it: source="English"'
            )
        return known[code]

    def _spoken(self, text: str, to: str, source: str | None, detect: Detect) -> Pair:
        """T5 is asked in English words, for the pairs that it was trained on."""
        pairs = [task.removeprefix("translation_").split("_to_") for task in self._tasks]
        known = [found for pair in pairs for code in pair if (found := language_of(code))]
        start = language_of(source or detect(text, [language.code for language in known]) or "en")
        target = language_of(to)
        if target is None or start is None or (pairs and [start.code, target.code] not in pairs):
            wrong = to if target is None or start is not None else source or ""
            raise self._unknown(wrong, [f"{a} to {b}" for a, b in pairs] or ["languages by their English names"])
        return Pair(prefix=f"translate {start.name} to {target.name}: ")

    def _check_fixed(self, to: str, source: str | None) -> None:
        for asked, said in ((source, self._fixed[0]), (to, self._fixed[1])):
            known = language_of(said) if isinstance(said, str) else None
            if asked and known and language_of(asked) != known:
                raise self._unknown(asked, [" to ".join(str(code) for code in self._fixed)])

    def _unknown(self, language: str, known: list[str]) -> Failure:
        shown = ", ".join(known[:_SHOWN]) + (f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else "")
        return Failure(
            f"the model `{self._name}` does not translate so: `{language}` is none of its languages",
            kind="value",
            hint=f"it knows: {shown}",
        )


_SHOWN = 250
"""Languages that a message lists: NLLB has 202."""


def _read(tokenizer: Any) -> tuple[str, dict[str, str]]:
    """Which form the tokens of languages have in a vocabulary, and those tokens by their codes."""
    vocabulary: Mapping[str, int] = {**tokenizer.get_vocab(), **getattr(tokenizer, "lang_token_to_id", {})}
    for form, pattern in _FORMS:
        found = {match[1]: token for token in sorted(vocabulary) if (match := pattern.fullmatch(token))}
        known = {code: token for code, token in found.items() if form == "prefix" or language_of(code)}
        if len(known) > (form == "begins"):
            return form, found
    return "", {}
