"""Did you mean: the nearest known name."""

from __future__ import annotations

from collections.abc import Iterable


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name nearest to `name` by edit distance, if it is near enough to be what was meant."""
    limit = max(1, len(name) // 3)
    best: tuple[int, str] | None = None
    for candidate in known:
        if candidate == name or abs(len(candidate) - len(name)) > limit or len(candidate) > 64:
            continue
        if candidate.lower() == name.lower():
            return candidate
        distance = _distance(name, candidate)
        if distance <= limit and (best is None or distance < best[0]):
            best = distance, candidate
    return best[1] if best else None


def _distance(a: str, b: str) -> int:
    """Damerau-Levenshtein distance with adjacent transpositions (optimal string alignment)."""
    before: list[int] = []
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        current = [i]
        for j, y in enumerate(b, 1):
            cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        before, previous = previous, current
    return previous[-1]
