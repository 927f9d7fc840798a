"""One page of HTML for a run: its data, styles and scripts in one file that asks for nothing else.

What a journal holds may be hostile, so it reaches the page as one block of base64 (of gzip, of JSON), in which nothing
can end the block; the scripts put it in as text alone. Besides, the page's own policy lets nothing run but these very
scripts, known by their hashes, and lets nothing be asked for, not even by them.
"""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path

from planlang.runtime.journal.folder import RunFolder
from planlang.runtime.journal.reading import RunReader
from planlang.terminal import visible

from .record import Data, Record

SCRIPTS = (
    "data.js",
    "elements.js",
    "rows.js",
    "source.js",
    "lanes.js",
    "drawing.js",
    "timeline.js",
    "panels.js",
    "app.js",
)
"""In the order in which the page runs them."""
MOST_BYTES = 15_000_000
"""The size that a page keeps to."""
_TEXTS = 9_000_000
"""Bytes of texts to begin with: as base64 they take a third more, even where they do not compress."""


def write_page(folder: Path, target: Path) -> None:
    """Write the page of the run in `folder` to `target`.

    Raises `RunFolderError` where the journal is damaged, and OSError where the page cannot be written.
    """
    budget = _TEXTS
    text = _page(page_data(folder, budget))
    while len(text) > MOST_BYTES and budget > 10_000:
        budget //= 2
        text = _page(page_data(folder, budget))
    target.write_text(text, encoding="utf-8")


def page_data(folder: Path, budget: int = _TEXTS) -> Data:
    """What the page of the run in `folder` knows, with texts of at most `budget` bytes together."""
    with RunReader(RunFolder(folder)) as reader:
        return Record(reader, budget).data()


def _page(data: Data) -> str:
    styles = _asset("page.css")
    scripts = [_asset(name) for name in SCRIPTS]
    policy = "; ".join(
        [
            "default-src 'none'",
            f"style-src {_hash(styles)}",
            f"script-src {' '.join(map(_hash, scripts))}",
            "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        ]
    )
    name = escape(visible(f"{data['run']['name']}: run {data['run']['id']}".replace("\n", " ")))
    packed = b64encode(gzip.compress(json.dumps(data, separators=(",", ":")).encode("ascii"), 6, mtime=0))
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{name}</title>",
        f"<style>{styles}</style></head><body>",
        f'<main id="page"><h1>{name}</h1>',
        '<p id="opening">This page shows the run by scripts of its own; without them it stays empty.</p></main>',
        f'<script type="text/plain" id="data">{packed.decode("ascii")}</script>',
        *(f"<script>{script}</script>" for script in scripts),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _asset(name: str) -> str:
    return (files("planlang.trace") / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
