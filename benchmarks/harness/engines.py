"""The languages that are compared: each makes a function of a program's size out of a source file.

A peer that is not installed raises ImportError; one that cannot run a program raises `UnsupportedError`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .suite import Program

Runner = Callable[[int], Any]


class UnsupportedError(Exception):
    """A language lacks what a program needs."""


@dataclass(slots=True)
class Prepared:
    """A program ready to run. `clock` gives the CPU seconds used so far by whatever runs it."""

    run: Runner
    clock: Callable[[], float] = time.process_time
    keep: list[Any] = field(default_factory=list)
    """What must stay alive meanwhile."""


def _source(program: Program, suffix: str) -> Path:
    path = program.source(suffix)
    if not path.exists():
        raise UnsupportedError(f"{program.name} cannot be written naturally in this language")
    return path


def cpython(program: Program) -> Prepared:
    """The program in plain CPython."""
    path = _source(program, "py")
    names: dict[str, Any] = {"__name__": program.name}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)  # noqa: S102 - our own source
    return Prepared(names["main"])


def plan(program: Program, max_steps: int | None = None) -> Prepared:
    """The program in the plan language; with `max_steps` each step is counted."""
    from planlang.runtime.engine import Engine
    from planlang.runtime.run import Limits, RunOptions
    from planlang.runtime.values import to_python

    loaded = Engine().load(_source(program, "plan"))

    def run(n: int) -> Any:
        options = RunOptions(limits=Limits(max_steps=max_steps))
        return to_python(loaded.run("main", {"n": n}, options))

    return Prepared(run)


def metered(program: Program) -> Prepared:
    """The program in the plan language with a step limit that it does not reach."""
    return plan(program, max_steps=10**12)


def monty(program: Program) -> Prepared:
    """The program's CPython source in pydantic-monty, which runs it in a worker process of its own."""
    import pydantic_monty

    pool = pydantic_monty.Monty()
    session = pool.__enter__().checkout().__enter__()
    session.feed_run(_source(program, "py").read_text(encoding="utf-8"))
    # The clock of another process, as clock_getcpuclockid(3) computes it on Linux.
    clocks = [(~child << 3) | 2 for child in _children()]
    return Prepared(
        lambda n: session.feed_run(f"main({n})"),
        lambda: time.process_time() + sum(map(time.clock_gettime, clocks)),
        [pool, session],
    )


def _children() -> list[int]:
    lists = Path("/proc/self/task").glob("*/children")
    return [int(child) for path in lists for child in path.read_text(encoding="ascii").split()]


def starlark_go(program: Program) -> Prepared:
    """The program in starlark-go, with recursion allowed."""
    import starlark_go as binding

    binding.configure_starlark(allow_recursion=True)
    interpreter = binding.Starlark()
    interpreter.exec(_source(program, "star").read_text(encoding="utf-8"))
    return Prepared(lambda n: interpreter.eval(f"main({n})"))


def starlark_rust(program: Program) -> Prepared:
    """The program in starlark-rust, through starlark-pyo3."""
    import starlark

    module = starlark.Module()
    text = _source(program, "star").read_text(encoding="utf-8")
    starlark.eval(module, starlark.parse(program.name, text), starlark.Globals.standard())
    frozen = module.freeze()
    return Prepared(lambda n: frozen.call("main", n))


ENGINES: dict[str, Callable[[Program], Prepared]] = {
    "cpython": cpython,
    "plan": plan,
    "metered": metered,
    "monty": monty,
    "starlark_go": starlark_go,
    "starlark_rust": starlark_rust,
}
"""By the name they have in the figures."""

PEERS = ("monty", "starlark_go", "starlark_rust")
