"""Personal data in texts: found and masked, on this machine alone, by Presidio's recognisers and a spaCy pipeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypedDict

from planlang.plugins import hookimpl, worker

from .kinds import Kind

__all__ = ["INTERFACE_VERSION", "MODEL"]

INTERFACE_VERSION = 1
MODEL = "en_core_web_sm"
_WORKER = "planlang.plugins.privacy.pii_finder:PiiFinder"
_DIGEST = "planlang.plugins.privacy.digests:digest"

_Kinds = Annotated[list[Kind] | None, "what to look for; all but organizations if left out"]
_Language = Annotated[str, "of the text, in two letters; names and places need a spaCy pipeline of it (model=)"]


class Finding(TypedDict):
    """A piece of personal data."""

    kind: Kind
    text: Annotated[str, "as it stands in the text"]
    start: Annotated[int, "where in the text it begins, in characters from 0"]
    score: Annotated[float, "how sure it is, from 0 to 1; 1 where a check digit is right"]


@worker(f"{_WORKER}.find", model=MODEL, digest=_DIGEST)
def find_pii(text: str, kinds: _Kinds = None, language: _Language = "en") -> list[Finding]:  # type: ignore[empty-body] - its worker answers
    """The personal data in `text`: names, addresses, numbers of phones, cards, accounts and papers, and the like.

    Nothing leaves the machine. Names are found by a model, which misses some: see the page on quality.
    """


@worker(f"{_WORKER}.mask", model=MODEL, digest=_DIGEST)
def mask(text: str, kinds: _Kinds = None, language: _Language = "en") -> str:  # type: ignore[empty-body] - its worker answers
    """`text` with its personal data masked: "Dear <PERSON_1>, call <PHONE_1>". What is the same has the same number."""


@hookimpl
def register_functions(register: Callable[[Any], None]) -> None:
    """The functions of this plugin."""
    register(find_pii)
    register(mask)
