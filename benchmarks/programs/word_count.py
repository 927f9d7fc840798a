"""Counts the words of a long text and lists the most frequent."""

PASSAGE = """It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of
foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it
was the season of Darkness, it was the spring of hope, it was the winter of despair; we had everything
before us, we had nothing before us, we were all going direct to Heaven, we were all going direct the
other way.
"""


def main(n: int) -> list[tuple[str, int]]:
    seen = {}
    for part in (PASSAGE * n).lower().split():
        word = part.strip(".,;")
        seen[word] = seen.get(word, 0) + 1
    return sorted(seen.items(), key=lambda pair: (-pair[1], pair[0]))[:10]
