"""What identifies the models of `entities` and `detect_language`. Nothing here imports spaCy or torch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from planlang.plugins import Failure

from . import digests, loading, spacy_pipelines


def of_entities(model: str, settings: Mapping[str, Any]) -> str:
    """The package of a spaCy pipeline with its version, or the digest of a model of transformers."""
    found = spacy_pipelines.installed(model)
    if found is None:
        if model == "en_core_web_sm":
            raise spacy_pipelines.not_installed()
        return f"{digests.digest(model, settings)}, {_code('entity_finder', 'sentences')}"
    return f"{spacy_pipelines.digest(found)}, {_code('entity_finder', 'sentences')}"


def of_languages(model: str, settings: Mapping[str, Any]) -> str:  # noqa: ARG001 - no setting shapes answers
    """The version of py3langid, which holds its tables."""
    try:
        return f"{model} {version('py3langid')}, {_code('language_detector')}"
    except PackageNotFoundError as error:
        raise loading.not_installed("py3langid") from error


def of_translations(model: str, settings: Mapping[str, Any]) -> str:
    """The digest of the model that is named; raises `Failure` where none is."""
    if not model:
        raise no_translation_model()
    return digests.digest(model, settings)


def no_translation_model() -> Failure:
    """What to tell where no model is named: none comes with this plugin."""
    return Failure(
        "no translation model is named, and the default language model speaks English only",
        hint='name one: model="Helsinki-NLP/opus-mt-en-fr" (or NLLB, M2M100, T5, a folder), '
        "`--model translate=NAME`, or in plan.toml under [models]: translate = NAME; `plan models get NAME` fetches it",
    )


@cache
def _code(*modules: str) -> str:
    sources = b"".join(Path(__file__).with_name(f"{name}.py").read_bytes() for name in modules)
    return f"nlp {hashlib.sha256(sources).hexdigest()[:8]}"
