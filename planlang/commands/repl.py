"""`plan repl`: try things line by line."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TextIO, cast

from planlang.arguments import RunArguments, collect_garbage, run_options
from planlang.options import Parser, add_debug, add_run_options
from planlang.terminal import is_terminal
from planlang.usage import DONE, FAILED

ABOUT = """Reads plan code line by line and shows what it gives. `:help` lists its own commands.

From a pipe it reads the same inputs, without prompts; then the exit code is 1 if any of them failed."""


class Arguments(RunArguments):
    """What `plan repl` was told."""

    file: str | None = None


def main(arguments: list[str]) -> int:
    """Run the command; see `ABOUT`."""
    parser = Parser("repl", ABOUT)
    parser.add_argument("file", nargs="?", metavar="FILE", help="a plan to load first")
    add_run_options(parser)
    add_debug(parser)
    own = parser.parse_args(arguments, Arguments())
    from planlang.repl.core import Repl
    from planlang.runtime.engine import Engine
    from planlang.runtime.session import Session

    options = run_options(own, str(Path(own.file or "x")))
    status = None
    if is_terminal(sys.stderr):
        from planlang.progress import Above, StatusLine

        status = StatusLine(sys.stderr)
        options.out = cast("TextIO", Above(sys.stdout, status))
        options.err = cast("TextIO", Above(sys.stderr, status))
    collect_garbage()
    session = Session(Engine(), options)
    repl = Repl(session, sys.stdout, sys.stderr, status)
    options.on_progress = repl.on_progress
    if own.file:
        repl.feed(f":load {own.file}")
    if is_terminal(sys.stdin) and is_terminal(sys.stdout):
        from planlang import __version__
        from planlang.repl.terminal import interact

        print(f"planlang {__version__}. :help shows what there is, :quit or Ctrl-D ends.")
        interact(repl)
        return DONE
    from planlang.repl.piped import feed_all

    stdin: TextIO = sys.stdin
    if isinstance(stdin, io.TextIOWrapper):
        stdin.reconfigure(errors="replace")
    feed_all(repl, stdin)
    return FAILED if repl.failures else DONE
