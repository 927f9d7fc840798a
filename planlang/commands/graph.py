"""`plan graph`: show before running what of a plan can run at the same time, and what waits for what."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from planlang.options import Parser, add_debug
from planlang.terminal import is_terminal, visible
from planlang.usage import DONE, UsageError

if TYPE_CHECKING:
    from planlang.lang.checked import Module
    from planlang.lang.dataflow_graph import Dataflow

ABOUT = """Shows what a plan does, and what of it waits for what, without running it.

Calls that do not wait for each other overlap and share batches. The tree shows calls of models, observations (`read`)
and changes (`print`, `write`) in their loops and conditions; pure computing is left out. TASK is a task or function
of the file; without it the top level and all tasks are shown. Functions that they call follow."""


class Arguments:
    """What `plan graph` was told."""

    file: str
    task: str | None = None
    svg: str | None = None
    html: str | None = None
    json: bool = False
    debug: bool = False


def main(arguments: list[str]) -> int:
    """Run the command; see `ABOUT`."""
    own = parser().parse_args(arguments, Arguments())
    found = _analysed(own.file, own.task)
    if own.json:
        from planlang.graphs.json import data
        from planlang.results import write_json

        write_json(data(found))
    if own.svg is not None:
        from planlang.graphs.svg import picture

        _write(own.svg, picture(found))
    if own.html is not None:
        from planlang.graphs.html import page

        _write(own.html, page(found))
    if not own.json and own.svg is None and own.html is None:
        _print(found)
    return DONE


def parser() -> Parser:
    """What `plan graph` takes."""
    made = Parser("graph", ABOUT)
    made.add_argument("file", metavar="FILE", help="a .plan file, or - for standard input")
    made.add_argument("task", metavar="TASK", nargs="?", help="a task or function of it")
    output = made.add_argument_group("output")
    made.option(
        output, "--svg", metavar="FILE", help="write a picture, with the source beside it; - is standard output"
    )
    made.option(output, "--html", metavar="FILE", help="write a page to look around in; needs no network")
    made.option(output, "--json", action="store_true", help="print the graph as JSON")
    add_debug(made)
    return made


def _analysed(file: str, task: str | None) -> Dataflow:
    from planlang.lang.dataflow import dataflow
    from planlang.lang.diagnostics import CheckError
    from planlang.runtime.execution import on_large_stack

    module = _checked(file)
    if not module.ok:
        raise CheckError(module.diagnostics)
    if task is not None:
        _must_have(module, task, file)
    found = on_large_stack(lambda: dataflow(module, task))
    if not found.sections:
        raise UsageError(f"{file} does nothing by itself: it has no task and no statements", _functions(module))
    return found


def _checked(file: str) -> Module:
    from planlang.arguments import must_exist, standard_input
    from planlang.runtime.engine import Engine

    if file == "-":
        return Engine().check(text=standard_input(), name="<stdin>")
    must_exist(file)
    return Engine().check(file, name=file)


def _must_have(module: Module, name: str, file: str) -> None:
    from planlang.lang.suggestions import closest

    names = _names(module)
    if name not in names:
        near = closest(name, names)
        hint = f"did you mean `{near}`?" if near else f"it has {', '.join(names)}" if names else "it has none"
        raise UsageError(f"{file} has no task or function `{name}`", hint)


def _names(module: Module) -> list[str]:
    from planlang.lang.tree import FunctionDef

    return [s.name for s in module.program.statements if isinstance(s, FunctionDef)]


def _functions(module: Module) -> str:
    names = _names(module)
    return f"name one of its functions: {', '.join(names)}" if names else ""


def _write(path: str, content: str) -> None:
    if path == "-":
        sys.stdout.write(visible(content) if is_terminal(sys.stdout) else content)
        return
    try:
        Path(path).write_text(content, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def _print(found: Dataflow) -> None:
    from planlang.graphs.text import text
    from planlang.terminal import columns, uses_color

    print(text(found, color=uses_color(sys.stdout), columns=columns(sys.stdout)))
