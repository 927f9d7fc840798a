"""Runs the shapes of one peer against a server that really takes its time: `python -m peers.run PEER PACE [SHAPE …]`.

Its last line is a JSON object: by shape the seconds it took, in the server's own time, or null where the peer failed or
gave another result. Runs without planlang, so that a peer can live in an environment of its own.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any

from harness.virtual_bound import Calls
from harness.virtual_shapes import SHAPES, Shape, files_of, inputs

from .server import Server


def main() -> None:
    peer, pace, *names = sys.argv[1:]
    module = importlib.import_module(f"peers.{peer}_shapes")
    chosen = [shape for shape in SHAPES if shape.name in names]
    print(json.dumps({shape.name: tried(module, shape, float(pace)) for shape in chosen}))


def tried(module: Any, shape: Shape, pace: float) -> float | None:
    """Its seconds; None, and the reason on standard error, where it fails."""
    try:
        return seconds(module, shape, pace)
    except Exception as error:  # noqa: BLE001 - frameworks raise whatever they like; the other shapes are still measured
        print(f"{module.__name__} failed at {shape.name}: {error!r:.300}", file=sys.stderr)
        return None


def seconds(module: Any, shape: Shape, pace: float) -> float:
    """Seconds of the server's time in which the peer does `shape`; raises ValueError where it did something else."""
    server = Server(pace)
    with inputs(shape, shape.sizes[2]) as given:
        expected = files_of(given, shape.reference(Calls(), **given))
        start = time.perf_counter()
        result = getattr(module, shape.name)(module.Models(server), **given)
        spent = (time.perf_counter() - start) / pace
        if expected != files_of(given, result):
            raise ValueError(f"{shape.name} gave another result")
    server.close()
    return spent


if __name__ == "__main__":
    main()
