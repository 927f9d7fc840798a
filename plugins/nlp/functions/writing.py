"""Functions that let a language model write: texts, values of a type, choices."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from typing_extensions import TypeVar

from planlang.plugins import worker

from .common import DIGEST, GENERATOR

T = TypeVar("T", default=str)

_WORKER = "planlang.plugins.nlp.generator:Generator"


class Message(TypedDict):
    """One turn of a chat."""

    role: Annotated[Literal["system", "user", "assistant"], "who says it"]
    content: Annotated[str, "what is said"]


MaxTokens = Annotated[int, "the longest answer, in tokens (about 3/4 of a word each)"]
Temperature = Annotated[float, "0 takes the likeliest words; about 1 varies them"]
TopP = Annotated[float, "samples only among the likeliest words that sum to this probability"]
Stop = Annotated[str | list[str] | None, "the answer ends before any of these texts"]
System = Annotated[str | None, "who the model is to be"]
Schema = Annotated[type[T], "the type that the answer is to be of: it always is, and always complete"]
Pattern = Annotated[str | None, "a regular expression that the whole answer matches"]
Options = Annotated[
    dict[str, Any],
    "further options: top_k, min_p, repetition_penalty, presence_penalty, frequency_penalty",
]


@worker(_WORKER, model=GENERATOR, sampled="temperature", digest=DIGEST)
def generate(  # noqa: PLR0913 - each is an option that plans use by name
    prompt: Annotated[str, "what to do, in plain words"],
    *,
    max_tokens: MaxTokens = 256,
    temperature: Temperature = 0.0,
    top_p: TopP = 1.0,
    stop: Stop = None,
    system: System = None,
    schema: Schema[T] = str,
    pattern: Pattern = None,
    options: Options = {},  # noqa: B006 - never changed: it is read as the signature
) -> T:  # type: ignore[empty-body] - its worker answers
    """What a language model answers to `prompt`.

    With `schema=` the answer is a value of that type, with `pattern=` a text that matches it. Both hold by
    construction, also where the answer is sampled, and where `max_tokens` is near: the model can write nothing else.
    """


@worker(f"{_WORKER}.chat", model=GENERATOR, sampled="temperature", digest=DIGEST)
def chat(  # noqa: PLR0913 - each is an option that plans use by name
    messages: Annotated[list[Message], "what was said so far, the last by the user"],
    *,
    max_tokens: MaxTokens = 256,
    temperature: Temperature = 0.0,
    top_p: TopP = 1.0,
    stop: Stop = None,
    schema: Schema[T] = str,
    pattern: Pattern = None,
    options: Options = {},  # noqa: B006 - never changed: it is read as the signature
) -> T:  # type: ignore[empty-body] - its worker answers
    """What a language model says next in a chat; the rest is as in `generate`."""


@worker(f"{_WORKER}.samples", model=GENERATOR, sampled="temperature", digest=DIGEST)
def samples(  # noqa: PLR0913 - each is an option that plans use by name
    prompt: Annotated[str, "what to do, in plain words"],
    n: Annotated[int, "how many answers"],
    *,
    max_tokens: MaxTokens = 256,
    temperature: Annotated[float, "how much they vary; 0 gives the likeliest answer n times"] = 0.8,
    top_p: TopP = 1.0,
    stop: Stop = None,
    system: System = None,
    schema: Schema[T] = str,
    pattern: Pattern = None,
    options: Options = {},  # noqa: B006 - never changed: it is read as the signature
) -> list[T]:  # type: ignore[empty-body] - its worker answers
    """`n` independent answers of a language model to one prompt, which is read once; the rest is as in `generate`."""


@worker(f"{_WORKER}.extract", model=GENERATOR, sampled="temperature", digest=DIGEST)
def extract(  # noqa: PLR0913 - each is an option that plans use by name
    text: Annotated[str, "what the facts are taken from"],
    schema: Annotated[type[T], "what is wanted: descriptions of its fields tell the model what they mean"],
    *,
    instructions: Annotated[str | None, "what else the model should know"] = None,
    max_tokens: MaxTokens = 512,
    temperature: Temperature = 0.0,
    options: Options = {},  # noqa: B006 - never changed: it is read as the signature
) -> T:  # type: ignore[empty-body] - its worker answers
    """The facts in `text` as a value of a type, which it always is. Whether they are right depends on the model."""


@worker(f"{_WORKER}.choose", model=GENERATOR, digest=DIGEST)
def choose(
    prompt: Annotated[str, "what is to be decided, in plain words"],
    options: Annotated[list[str] | type[T], "a list of texts, or a type of literals"],
) -> T:  # type: ignore[empty-body] - its worker answers
    """The one of `options` that a language model holds for the best answer to `prompt`."""


FUNCTIONS: tuple[Any, ...] = (generate, chat, samples, extract, choose)
