"""Runs the shapes of one peer against a server that really takes its time: `python -m peers.run PEER PACE [SHAPE …]`.

Its last line is a JSON object: by shape the seconds it took, in the server's own time. Runs without planlang, so that a
peer can live in an environment of its own.
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
    print(json.dumps({shape.name: seconds(module, shape, float(pace)) for shape in SHAPES if shape.name in names}))


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
