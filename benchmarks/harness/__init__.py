"""What the benchmarks share: the programs, the languages they are compared with, and how they are timed."""
