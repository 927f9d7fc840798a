"""Functions that read texts: what is in them, in other words or in other languages."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from planlang.plugins import worker

from .common import DIGEST, ENCODER, GENERATOR, Score

ENTITIES = "en_core_web_sm"
LANGUAGES = "py3langid"
_DIGESTS = "planlang.plugins.nlp.reading_digests"


class Entity(TypedDict):
    """Something that a text names."""

    text: Annotated[str, "as it stands in the text"]
    kind: Annotated[str, "person, organization, place, date, time, money, product, event …, as the model tells them"]
    start: Annotated[int, "where in the text it begins, in characters from 0"]


class DetectedLanguage(TypedDict):
    """The language of a text."""

    language: Annotated[str, "two letters (ISO 639-1): en, fr, zh; und where there are no letters"]
    score: Score


class FoundAnswer(TypedDict):
    """What a text says to a question."""

    text: Annotated[str | None, "the answer in words of the text; none where it says nothing"]
    quote: Annotated[str | None, "the sentence that says it, word for word"]
    score: Score


@worker("planlang.plugins.nlp.answerer:Answerer", model=ENCODER, digest=DIGEST)
def answer(
    question: Annotated[str, "in plain words"],
    context: Annotated[str, "the text that may hold the answer, of any length"],
) -> FoundAnswer:  # type: ignore[empty-body] - its worker answers
    """What `context` says to `question`, in its own words, and the sentence that says it.

    The default model gives the sentence that is closest to the question in meaning. `model=` may name one that was
    trained to answer questions (on SQuAD, say), or a language model: these give the words within the sentence.
    """


@worker("planlang.plugins.nlp.entity_finder:EntityFinder", model=ENTITIES, digest=f"{_DIGESTS}:of_entities")
def entities(text: Annotated[str, "an English text of any length"]) -> list[Entity]:  # type: ignore[empty-body] - its worker answers
    """The people, organizations, places, dates and amounts that `text` names, in its order.

    By the spaCy pipeline en_core_web_sm. `model=` names another that is installed, or a token classification model.
    """


@worker(
    "planlang.plugins.nlp.language_detector:LanguageDetector",
    model=LANGUAGES,
    digest=f"{_DIGESTS}:of_languages",
)
def detect_language(text: str) -> DetectedLanguage:  # type: ignore[empty-body] - its worker answers
    """The language that `text` is written in. Short texts are guesses: look at the score."""


@worker("planlang.plugins.nlp.token_counter:TokenCounter.cut", model=GENERATOR, digest=DIGEST)
def tokens(text: str) -> list[str]:  # type: ignore[empty-body] - its worker answers
    """`text` in the pieces that a model sees, as its tokenizer cuts it: the default language model's, or `model=`.

    A character that takes several tokens stands with the first of them; the others are empty.
    """


@worker("planlang.plugins.nlp.token_counter:TokenCounter.count", model=GENERATOR, digest=DIGEST)
def count_tokens(text: str) -> int:  # type: ignore[empty-body] - its worker answers
    """How many tokens a model sees in `text`, without those that it adds itself."""


@worker("planlang.plugins.nlp.summarizer:Summarizer", model=GENERATOR, digest=DIGEST)
def summarize(
    text: Annotated[str, "of any length; English, unless model= knows other languages"],
    max_words: Annotated[int, "the most words of the summary"] = 100,
) -> str:  # type: ignore[empty-body] - its worker answers
    """What `text` says, in at most `max_words` words and whole sentences.

    A text that is short enough already is given back as it is. A long one is summarized in parts, and then the
    summaries are. `model=` names another language model, or an encoder-decoder such as BART or T5.
    """


@worker("planlang.plugins.nlp.translator:Translator", model="", digest=f"{_DIGESTS}:of_translations")
def translate(
    text: Annotated[str, "of any length"],
    to: Annotated[str, "the language: French, fr, or the model's own code (fra_Latn)"],
    source: Annotated[str | None, "the language that the text is in; told by detect_language if left out"] = None,
) -> str:  # type: ignore[empty-body] - its worker answers
    """`text` in another language.

    No translation model comes with planlang, so one must be named: `model=`, `--model translate=NAME` or plan.toml. Any
    encoder-decoder of the families Marian, NLLB, M2M100, mBART, MADLAD and T5 will do, and so will a language model
    that knows the languages. Encoder-decoders translate sentence by sentence, and lines stay lines.
    """


FUNCTIONS: tuple[Any, ...] = (summarize, translate, answer, entities, detect_language, tokens, count_tokens)
