"""What the model calls of a run came to, for `plan run --stats`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TextIO

from .terminal import paint, uses_color, visible

if TYPE_CHECKING:
    from planlang.runtime.stats import Stats


def show_stats(of: Stats, stream: TextIO, *, as_json: bool) -> None:
    """Write a small table to `stream`; as JSON, one object on a line of its own."""
    if as_json:
        stream.write(json.dumps({"stats": data(of)}, ensure_ascii=False) + "\n")
        return
    color = uses_color(stream)
    wide = max(len(name) for name, _ in _lines(of))
    stream.writelines(f"{paint(f'{name:<{wide}}', 'dim', color=color)}  {text}\n" for name, text in _lines(of))
    if of.functions:
        stream.write("\n" + "\n".join(_functions(of, color=color)) + "\n")


def data(of: Stats) -> dict[str, Any]:
    """All figures; times in seconds."""
    return {
        "calls": of.calls,
        "answered": of.answered,
        "failed": of.failed,
        "shared": of.shared,
        "cache_hits": of.cache_hits,
        "replayed": of.replayed,
        "batches": of.batches,
        "mean_size": of.mean_size,
        "fill": of.fill,
        "critical_path": of.critical_path,
        "lower_bound": of.lower_bound,
        "makespan": of.makespan,
        "loading": of.loading,
        "busy": of.busy,
        "workers": of.workers,
        "interpreter_seconds": of.interpreter_seconds,
        "interpreter_seconds_per_call": of.interpreter_seconds_per_call,
        "functions": {
            name: {"calls": f.calls, "batches": f.batches, "mean_size": f.mean_size, "exact": f.exact}
            for name, f in of.functions.items()
        },
    }


def _lines(of: Stats) -> list[tuple[str, str]]:
    loading = f"models were loaded for {seconds(of.loading)}, and " if of.loading else ""
    whole = (
        "whole run",
        f"{seconds(of.makespan)}, of which {loading}the interpreter computed {seconds(of.interpreter_seconds)}",
    )
    if not of.calls:
        return [("model calls", "none"), whole]
    asides = (
        (of.shared, "shared the answer of an identical one"),
        (of.cache_hits, "answered from the cache"),
        (of.replayed, "known from the journal"),
        (of.failed, "failed"),
    )
    told = "".join(f", {number:,} {what}" for number, what in asides if number)
    lines = [("model calls", f"{of.calls:,}{told}")]
    if of.batches:
        lines.append(("batches", f"{of.batches:,} of {of.mean_size:.1f} calls on average, {of.fill:.0%} full"))
        lines.append(("workers", _workers(of)))
    if loose := [visible(name) for name, function in of.functions.items() if not function.exact]:
        lines.append(("not exact", f"{', '.join(loose)}: answers may depend on what they were batched with"))
    return [
        *lines,
        ("critical path", f"{seconds(of.critical_path)}, the longest chain of calls that wait for each other"),
        ("lower bound", f"{seconds(of.lower_bound)}: no order of these batches is faster"),
        whole,
        ("interpreter", f"{seconds(of.interpreter_seconds_per_call)} a call"),
    ]


def _workers(of: Stats) -> str:
    if not of.workers or not of.makespan:
        return f"{of.workers:,}"
    return f"{of.workers:,}, busy {of.busy / of.workers / of.makespan:.0%} of the time"


def _functions(of: Stats, *, color: bool) -> list[str]:
    rows = [("function", "calls", "batches", "mean size")]
    rows += [
        (visible(name), f"{f.calls:,}", f"{f.batches:,}", f"{f.mean_size:.1f}") for name, f in of.functions.items()
    ]
    wide = [max(len(row[at]) for row in rows) for at in range(4)]
    lines = [f"{row[0]:<{wide[0]}}" + "".join(f"  {row[i]:>{wide[i]}}" for i in (1, 2, 3)) for row in rows]
    return [paint(lines[0], "dim", color=color), *lines[1:]]


def seconds(of: float) -> str:
    """A time as people read it: `12 µs`, `3.4 ms`, `1.25 s`, `2 min 5 s`, `1 h 2 min`."""
    if of < 0.000_999_5:
        return f"{of * 1e6:.3g} µs"
    if of < 0.999_5:
        return f"{of * 1e3:.3g} ms"
    if of < 59.95:
        return f"{of:.3g} s"
    whole = round(of)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
