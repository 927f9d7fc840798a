"""`plan models get`: fetch models now, so that later runs work offline."""

from __future__ import annotations

from planlang.options import Parser, add_debug
from planlang.usage import UsageError

ABOUT = """Fetches the default language model, checks it by its digest and keeps it in the cache folder of this user.

A plan that needs the model fetches it by itself at its first use; this does it ahead. With names, fetches these models
from the Hugging Face hub instead."""


def main(arguments: list[str]) -> int:
    """Run the command; see `ABOUT`."""
    parser = Parser("models", ABOUT)
    parser.add_argument("action", choices=["get"], help="what to do")
    parser.add_argument("names", nargs="*", metavar="ORG/NAME", help="models to fetch; the default one if left out")
    add_debug(parser)
    if not arguments:
        raise UsageError("say what is to be done with models", "`plan models get` fetches the default one")
    own = parser.parse_args(arguments)
    from planlang.arguments import collect_garbage
    from planlang.plugins.nlp import fetch

    collect_garbage()
    return fetch.main(own.names)
