"""Functions that let a language model write."""

from __future__ import annotations

from typing import Annotated, Any

from planlang.plugins import worker

from .common import DIGEST, GENERATOR


@worker("planlang.plugins.nlp.generator:Generator", model=GENERATOR, sampled="temperature", digest=DIGEST)
def generate(  # noqa: PLR0913 - each is an option that plans use by name
    prompt: Annotated[str, "what to do, in plain words"],
    *,
    max_tokens: Annotated[int, "the longest answer, in tokens (about 3/4 of a word each)"] = 256,
    temperature: Annotated[float, "0 takes the likeliest words; about 1 varies them"] = 0.0,
    top_p: Annotated[float, "samples only among the likeliest words that sum to this probability"] = 1.0,
    stop: Annotated[str | list[str] | None, "the answer ends before any of these texts"] = None,
    system: Annotated[str | None, "who the model is to be"] = None,
) -> str:  # type: ignore[empty-body] - its worker answers
    """What a language model answers to `prompt`."""


FUNCTIONS: tuple[Any, ...] = (generate,)
