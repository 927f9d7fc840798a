"""The benchmark programs: what each is called, how large it runs, and where its sources are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "programs"


@dataclass(frozen=True, slots=True)
class Program:
    """One program, written in several languages.

    `size` makes it take roughly 0.1 to 0.2 s in CPython on a current machine; `small` is for warming up and for tests.
    """

    name: str
    size: int
    small: int
    further: bool = False
    """Not one of the twelve that the aim is stated for: shown, and in the worst figures, but not in their mean."""

    def source(self, suffix: str) -> Path:
        """The program's file in the language of that suffix (plan, py or star); it may not exist."""
        return FOLDER / f"{self.name}.{suffix}"


PROGRAMS = (
    Program("fib", 31, 12),
    Program("loops", 1600, 20),
    Program("sieve", 2_000_000, 300),
    Program("word_count", 8000, 3),
    Program("nbody", 20_000, 10),
    Program("mandelbrot", 250, 12),
    Program("queens", 10, 5),
    Program("strings", 20_000, 10),
    Program("sort_key", 60_000, 50),
    Program("dicts", 40_000, 60),
    Program("json_parse", 7000, 4),
    Program("permutations", 8, 4),
    Program("matmul", 150, 6, further=True),
    Program("life", 120, 2, further=True),
)
"""In the order of the table."""
