"""The dataflow of a plan as plain data, for `plan graph --json`."""

from __future__ import annotations

from typing import Any

from planlang.lang.dataflow_graph import Dataflow, Free, Operation, Origin, Past, Region, Section, Shape, Wait
from planlang.reports import place

from .words import Words


def data(of: Dataflow) -> dict[str, Any]:
    """The sections. Operations have ids; what waits for one of them names its id."""
    ids = {operation: number for number, operation in enumerate(o for s in of.sections for o in s.operations)}
    return {"file": of.source.name, "sections": [_section(section, ids) for section in of.sections]}


def _section(of: Section, ids: dict[Operation, int]) -> dict[str, Any]:
    words = Words(of)
    return {
        "kind": of.kind,
        "name": of.name,
        "recursive": of.recursive,
        "longest_chain": [ids[link.operation] for link in of.chain if link.operation in ids],
        "summary": words.summary(),
        "items": [_item(item, of, words, ids) for item in of.root.items],
    }


def _item(of: Operation | Region, section: Section, words: Words, ids: dict[Operation, int]) -> dict[str, Any]:
    if isinstance(of, Operation):
        return _operation(of, section, words, ids)
    turns = of.turns if of.shape is Shape.LOOP else None
    return {
        "region": of.shape.value,
        "note": words.about(of),
        "test": ids.get(of.test) if of.test is not None else None,
        "chain": [ids[operation] for operation in turns.chain] if turns else [],
        "carries": list(turns.carries) if turns else [],
        **place(section.source, of.head),
        "items": [_item(item, section, words, ids) for item in of.items],
    }


def _operation(of: Operation, section: Section, words: Words, ids: dict[Operation, int]) -> dict[str, Any]:
    return {
        "id": ids[of],
        "kind": of.kind.value,
        "name": of.name,
        "note": words.waits(of),
        "in_order": of.in_order,
        "waits": [_wait(origin, why, ids) for origin, why in of.waits.items()],
        **place(section.source, of.span),
    }


def _wait(origin: Origin, why: Wait, ids: dict[Operation, int]) -> dict[str, Any]:
    about: dict[str, Any] = {"reason": why.reason.value.replace(" ", "_"), "through": list(why.via)}
    if isinstance(origin, Free):
        return {"parameter": origin.variable.name, **about}
    operation = origin.operation if isinstance(origin, Past) else origin
    return {"operation": ids.get(operation), "turn_before": isinstance(origin, Past), **about}
