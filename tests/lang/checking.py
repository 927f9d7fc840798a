"""What the tests of the checker share: a library with two plugins, files to import, and short ways to ask."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from planlang.lang import checker
from planlang.lang.checked import Module
from planlang.lang.library import Library
from planlang.lang.signatures import Effect, Permission, Signature, SignatureParameter
from planlang.lang.source import Source
from planlang.lang.types import FLOAT, NONE, STR, LiteralType, OpaqueType, RecordField, RecordType, union
from planlang.runtime.permissions import Permissions

FILES = Path(__file__).parents[1] / "diagnostics" / "files"
MOOD = RecordType(
    (RecordField("label", union(LiteralType("positive"), LiteralType("negative"))), RecordField("score", FLOAT))
)


@cache
def library() -> Library:
    """The standard functions and two plugins that share the function `fake_text`."""
    text = SignatureParameter("text", STR)
    fake_text = Signature("fake_text", (SignatureParameter("prompt", STR),), STR, Effect.MODEL)
    fake = {
        "fake_text": fake_text,
        "fake_mood": Signature("fake_mood", (text,), MOOD, Effect.MODEL, plugin="fake"),
        "fake_vector": Signature("fake_vector", (text,), OpaqueType("vector"), Effect.MODEL, plugin="fake"),
        "fake_save": Signature(
            "fake_save",
            (SignatureParameter("path", STR),),
            NONE,
            Effect.CHANGE,
            permissions=(Permission("write", "path"),),
        ),
    }
    return Library(plugins={"fake": fake, "twin": {"fake_text": fake_text}}, opaque={"vector": "fake"})


def check(
    text: str, *, rights: dict[str, tuple[str, ...]] | None = None, files: dict[str, str] | None = None
) -> Module:
    """Check `text` as a file among `files` (or those of the golden cases)."""

    def read(path: str) -> str:
        if files is None:
            return (FILES / Path(path).name).read_text(encoding="utf-8")
        if Path(path).name not in files:
            raise FileNotFoundError(path)
        return files[Path(path).name]

    permissions = Permissions(**rights) if rights is not None else None
    return checker.check(
        Source(text, "plan.plan"), library(), path="/plan.plan", read_file=read, permissions=permissions
    )


def codes(text: str, **more: object) -> list[str]:
    """The codes of what is found, in order."""
    return [finding.code for finding in check(text, **more).diagnostics]  # type: ignore[arg-type]


def places(text: str) -> list[tuple[str, str]]:
    """Code and underlined text of each finding."""
    return [(d.code, text[d.span.start : d.span.end]) for d in check(text).diagnostics]
