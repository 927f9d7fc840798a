"""`plan models`: what identifies models, and fetching them now, so that later runs work offline."""

from __future__ import annotations

from collections.abc import Sequence

from planlang.options import Parser, add_debug
from planlang.terminal import visible
from planlang.usage import DONE, FAILED

ABOUT = """Shows models with the digests of their files, or fetches them.

  plan models [show] [NAME …]   where models are, and the digests that `model="NAME@sha256:…"` pins
  plan models get [NAME …]      fetch models from the Hugging Face hub; without names, the default language model

A plan that needs the default language model fetches it by itself at its first use; `get` does it ahead."""


def main(arguments: list[str]) -> int:
    """Run the command; see `ABOUT`."""
    parser = Parser("models", ABOUT, usage="plan models [show] [NAME …] | plan models get [NAME …]")
    parser.add_argument("words", nargs="*", metavar="show | get | NAME", help="what to do; show if nothing is said")
    add_debug(parser)
    own = parser.parse_args(arguments)
    from planlang.arguments import collect_garbage

    action = own.words[0] if own.words[:1] in (["show"], ["get"]) else ""
    names = own.words[1:] if action else own.words
    if action == "get":
        from planlang.plugins.nlp import fetch

        collect_garbage()
        return fetch.main(names)
    collect_garbage()
    return _show(names)


def _show(names: Sequence[str]) -> int:
    import sys

    from planlang.plugins.nlp import ENCODER, GENERATOR
    from planlang.runtime.workers.protocol import Failure

    code = DONE
    for name in names or (ENCODER, GENERATOR):
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
