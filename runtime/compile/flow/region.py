"""Regions: code that hangs on values which may not be known, as Python functions of their own."""

from __future__ import annotations

import ast
from collections.abc import Callable, Container

from planlang.lang import tree
from planlang.runtime.compile import nodes as py
from planlang.runtime.flow.regions import CONTEXT

from .operands import Operands
from .writer import Body, Writer


def region(  # noqa: PLR0913, PLR0917 - a region: where, hanging on what, giving what
    w: Writer,
    place: tree.Node,
    tests: list[tree.Expression],
    outs: list[str],
    reads: list[str],
    write: Callable[[], None],
    *,
    coded: bool = False,
    result: str = "",
    growing: Container[str] = (),
    within: tree.Node | None = None,
) -> None:
    """Code that hangs on `tests`, as a function of its own: run at once where they are known, else parked.

    outs: the variables that it gives; reads: those that it needs besides. write: writes its body.
    result: where the code of how it was left goes, if it is `coded`. growing: the lists that it only makes longer.
    within: what its code is taken from, where that is more than `place`.
    """
    operands = Operands(w)
    arguments = list(dict.fromkeys([*outs, *reads]))
    operands.roots = arguments
    for test in tests:
        operands.add(test)
    unknown = operands.test
    with w.function(operands.roots, Body("region", outs, coded), place, [within or place]) as name:
        write()
    given = operands.arguments()
    now = ast.Call(py.load(name), [py.load(CONTEXT), *(py.load(n) for n in operands.roots)], [])
    made: ast.expr = now
    if unknown is not None:
        late = py.call(
            "park", py.load(CONTEXT), w.site(place), py.load(name), given, operands.constant,
            py.constant(len(outs)), py.constant(len(outs) + coded), py.constant(None),
            py.constant(tuple((i + coded, i) for i, out in enumerate(outs) if out in growing)),
        )  # fmt: skip
        made = py.choose(unknown, late, now)
    w.store([*([result] if coded else []), *outs], made, place)
