"""`plan cache`: what the cache of answers holds, and making it smaller."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from planlang.options import Parser, add_debug, reader
from planlang.quantities import duration, in_words
from planlang.terminal import paint, uses_color, visible
from planlang.usage import DONE, UsageError

if TYPE_CHECKING:
    from planlang.runtime.answer_database import AnswerDatabase, Maker

ABOUT = """Shows what the cache of answers holds, or makes it smaller.

  plan cache [--json]                                 what it holds, by function and model
  plan cache prune --all                              forget all answers
  plan cache prune --older 30d                        forget what was not used for so long
  plan cache prune --function NAME --model NAME       forget those of a function, of a model, or of both

Runs find answers there that other runs were given to the same question: `plan run --no-cache` asks anew."""


class Arguments:
    """What `plan cache` was told."""

    action: str
    json: bool
    all: bool
    older: float | None
    function: str | None
    model: str | None


def main(arguments: list[str]) -> int:
    """Run the command; see `ABOUT`."""
    own = _parser().parse_args(arguments, Arguments())
    chosen = own.all or own.older is not None or own.function is not None or own.model is not None
    if own.action == "show":
        if chosen:
            raise UsageError("cache: --all, --older, --function and --model belong to `plan cache prune`")
        return _show(as_json=own.json)
    if not chosen or (own.all and (own.older, own.function, own.model) != (None, None, None)):
        raise UsageError("cache prune: say what to forget", "either --all, or --older, --function and --model")
    return _prune(own)


def _parser() -> Parser:
    parser = Parser("cache", ABOUT, usage="plan cache [--json] | plan cache prune [--all | --older TIME | …]")
    parser.add_argument("action", nargs="?", choices=["show", "prune"], default="show", help="what to do")
    parser.add_argument("--json", action="store_true", help="show it as JSON")
    forget = parser.add_argument_group("what prune forgets")
    parser.option(forget, "--all", action="store_true", help="everything")
    parser.option(forget, "--older", type=reader(duration), metavar="TIME", help="what was not used for 30d, 12h …")
    parser.option(forget, "--function", metavar="NAME", help="answers of this function")
    parser.option(forget, "--model", metavar="NAME", help="answers of this model")
    add_debug(parser)
    return parser


def _show(*, as_json: bool) -> int:
    from planlang.runtime.answer_cache import answers_folder

    with _opened() as database:
        makers = database.makers() if database else []
    size = sum(maker.bytes for maker in makers)
    entries = sum(maker.entries for maker in makers)
    if as_json:
        from planlang.results import write_json

        limit = _limit()
        write_json({"folder": str(answers_folder()), "answers": entries, "bytes": size, "limit": limit,
                    "makers": [maker._asdict() for maker in makers]})  # fmt: skip
        return DONE
    print(f"{_answers(entries)}, {in_words(size)} of at most {in_words(_limit())}, in {answers_folder()}")
    if makers:
        print("\n" + "\n".join(_table(makers)))
    return DONE


def _table(makers: Sequence[Maker]) -> list[str]:
    head = ("function", "model", "answers", "size", "found again")
    rows = [(m.function, m.model, f"{m.entries:,}", in_words(m.bytes), f"{m.hits:,}") for m in makers]
    rows = [(visible(function), visible(model), *rest) for function, model, *rest in rows]
    wide = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [
        "  ".join(f"{text:<{w}}" if column < 2 else f"{text:>{w}}" for column, (text, w) in enumerate(pairs))
        for pairs in (list(zip(row, wide, strict=True)) for row in (head, *rows))
    ]
    return [paint(lines[0], "dim", color=uses_color(sys.stdout)), *lines[1:]]


def _prune(own: Arguments) -> int:
    from planlang.runtime.answer_database import remove

    with _opened(anew=own.all) as database:
        if database is None:
            entries, size = 0, 0
        else:
            before = None if own.older is None else int(time.time() - own.older)
            entries, size = database.prune(before, _chosen(database.makers(), own))
            if own.all:
                remove(database.path.parent, below=database.number)
    print(f"forgot {_answers(entries)} ({in_words(size)})")
    return DONE


def _chosen(makers: Sequence[Maker], own: Arguments) -> list[tuple[str, str]] | None:
    """The functions and models that were named; None where none was."""
    if own.function is None and own.model is None:
        return None
    for name, given, there in (
        ("function", own.function, {n for m in makers for n in (m.function, m.function.rpartition(".")[2])}),
        ("model", own.model, {m.model for m in makers}),
    ):
        if given is not None and given not in there:
            from planlang.lang.suggestions import closest

            near = closest(given, sorted(there))
            hint = f"did you mean `{near}`?" if near else "`plan cache` shows what it holds"
            raise UsageError(f"the cache holds no answers of a {name} `{given}`", hint)
    return [
        (m.function, m.model)
        for m in makers
        if own.function in (None, m.function, m.function.rpartition(".")[2]) and own.model in (None, m.model)
    ]


@contextlib.contextmanager
def _opened(*, anew: bool = False) -> Generator[AnswerDatabase | None]:
    """The file in use; None where there is none. What goes wrong with it becomes a UsageError.

    anew: whether to begin another one where it is broken.
    """
    from planlang.runtime import answer_database as files
    from planlang.runtime.answer_cache import answers_folder

    folder, number = answers_folder(), 0
    try:
        number = files.latest(folder) if folder.is_dir() else 0
        if number == 0:
            yield None
            return
        with contextlib.closing(files.opened(folder, number, patience=10, anew=anew)) as database:
            yield database
    except files.ForeignFileError as error:
        broken = files.file_of(folder, number)
        raise UsageError(f"{broken} is broken or of another version", "the next run begins a new one") from error
    except (sqlite3.Error, OSError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(f"the cache of answers in {folder} cannot be used: {why}") from error


def _limit() -> int:
    from planlang.arguments import cache_limit
    from planlang.settings import settings_near

    return cache_limit(settings_near(Path()).raw)


def _answers(count: int) -> str:
    return f"{count:,} answer{'' if count == 1 else 's'}"
