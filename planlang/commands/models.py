"""`plan models`: which models there are, what identifies them, and fetching them, so that later runs work offline."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from planlang.options import Parser, add_debug
from planlang.terminal import uses_color, visible
from planlang.usage import DONE, FAILED, UsageError

if TYPE_CHECKING:
    from planlang.inventory import Listed

ABOUT = """Shows which models there are, or fetches them.

  plan models [--json]          all: those that functions use by default, cached, fine-tuned and remote ones
  plan models show NAME …       where models are, and the digests that `model="NAME@sha256:…"` pins
  plan models get [NAME …]      fetch models from the Hugging Face hub; without names, the default language model

A plan that needs the default language model fetches it by itself at its first use; `get` does it ahead. What
plan.toml says of models is read from the current folder."""


_SHOWN = 4
"""Functions that a line names."""


def main(arguments: list[str]) -> int:
    """Run the command; see `ABOUT`."""
    parser = Parser("models", ABOUT, usage="plan models [--json] | plan models show NAME … | plan models get [NAME …]")
    parser.add_argument("words", nargs="*", metavar="show | get | NAME", help="what to do; show if nothing is said")
    parser.add_argument("--json", action="store_true", help="show all models as JSON")
    add_debug(parser)
    own = parser.parse_args(arguments)
    from planlang.arguments import collect_garbage

    action = own.words[0] if own.words[:1] in (["show"], ["get"]) else ""
    names = own.words[1:] if action else own.words
    if own.json and (action == "get" or names):
        raise UsageError("models: --json shows all models")
    collect_garbage()
    if action == "get":
        from planlang.plugins.nlp import fetch

        return fetch.main(names)
    return _show(names) if names else _show_all(as_json=own.json)


def _show_all(*, as_json: bool) -> int:
    from planlang.inventory import models
    from planlang.plugins.loader import load
    from planlang.settings import settings_near

    found = models(load(), settings_near(Path.cwd()))
    if as_json:
        from planlang.results import write_json

        write_json([each._asdict() for each in found])
        return DONE
    from planlang.tables import table

    head = ("model", "size", "licence", "digest", "what it is", "used by")
    print("\n".join(table(head, list(map(_row, found)), "size", color=uses_color(sys.stdout))))
    for each in found:
        if each.missing:
            print(visible(f"\n{each.name} is missing: {each.missing}"))
    return DONE


def _row(model: Listed) -> tuple[str, ...]:
    from planlang.quantities import in_words

    name = model.name if len(model.name) < 40 else f"{model.name[:24]}…{model.name[-12:]}"
    what = "missing" if model.missing else f"{model.kind} {model.place}" if model.kind == "remote" else model.kind
    size = in_words(model.size) if model.size else ""
    return name, size, model.licence.lower(), model.digest[:12], what, _few(model.used_by)


def _few(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return " ".join(names[:_SHOWN]) + more


def _show(names: Sequence[str]) -> int:
    from planlang.runtime.workers.protocol import Failure

    code = DONE
    for name in names:
        try:
            place, digest = _found(name)
        except Failure as failure:
            print(visible(f"{failure.message}\n  {failure.hint}".rstrip()), file=sys.stderr)
            code = FAILED
        else:
            print(visible(f"{name}\n  sha256:{digest}\n  {place}"))
    return code


def _found(name: str) -> tuple[str, str]:
    """Where a model is, and its digest."""
    from planlang.plugins.nlp import digests, fetch, models
    from planlang.runtime.folders import cache_folder

    source = models.find(name)
    if source is not None:
        place = str(source)
    elif fetch.fetched(cache_folder()) is not None:
        place = str(fetch.fetched(cache_folder()))
    else:
        place = "not fetched yet: `plan models get`"
    return place, digests.files_digest(name)
