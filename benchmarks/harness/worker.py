"""Runs one program in one language in a process of its own: `python -m harness.worker ENGINE PROGRAM`.

Reads sizes from standard input, a line each, and answers each with a line of JSON: {"cpu": seconds, "result": value}.
The first line it writes is {"ready": true}, or {"missing": why} where the language cannot run the program.
"""

from __future__ import annotations

import gc
import json
import sys

from .engines import ENGINES, PEERS, UnsupportedError
from .suite import PROGRAMS


def main() -> None:
    engine, name = sys.argv[1:]
    program = next(p for p in PROGRAMS if p.name == name)
    try:
        prepared = ENGINES[engine](program)
    except (ImportError, UnsupportedError) as missing:
        if engine not in PEERS:
            raise
        _answer({"missing": str(missing)})
        return
    _answer({"ready": True})
    for line in sys.stdin:
        gc.collect()
        before = prepared.clock()
        result = prepared.run(int(line))
        _answer({"cpu": prepared.clock() - before, "result": result})


def _answer(message: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
