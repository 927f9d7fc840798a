"""Texts whose labels people gave: review sentences with ratings, and definitions of WordNet by what they define."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).parents[2] / "examples" / "data"
_FILES = ("amazon_review_sentences.csv", "movie_review_sentences.csv")
_NEUTRAL = 0.5
"""Ratings run from -4 to 4; those at most this far from 0 count as neutral."""
_CLEAR = 1.0
_KINDS = {"animal": 5, "body part": 8, "event": 11, "feeling": 12, "food": 13, "place": 15, "person": 18, "plant": 20}
"""Lexicographer files of WordNet."""
_FIELDS = {
    "law": ("law",),
    "military": ("military",),
    "computer science": ("computer science",),
    "physics": ("physics",),
    "mathematics": ("mathematics",),
    "music": ("music",),
    "biology": ("biology", "genetics", "botany"),
    "sport": ("sport", "baseball", "golf", "football", "American football"),
}
"""Fields that WordNet says a word belongs to."""
_EACH = 150

Labelled = tuple[str, str]
"""A text and its label."""


class Set(NamedTuple):
    """Labels with descriptions; texts to learn from, and texts to test with."""

    name: str
    labels: dict[str, str]
    train: list[Labelled]
    test: list[Labelled]


class Sentence(NamedTuple):
    """A review sentence. `testing` says which half its review is in."""

    text: str
    rating: float
    testing: bool

    @property
    def label(self) -> str:
        """How it sounds."""
        return "negative" if self.rating < -_NEUTRAL else "positive" if self.rating > _NEUTRAL else "neutral"


def sentences() -> Iterator[Sentence]:
    """The rated sentences; those of one review stand in one half, as in examples/train_sentiment.plan.

    The plan looks at `digest(review)`: SHA-256 of the text as JSON.
    """
    for name in _FILES:
        with (DATA / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                review = json.dumps(f"{name} {row['id'].partition('_')[0]}")
                yield Sentence(row["text"], float(row["rating"]), hashlib.sha256(review.encode()).digest()[0] % 2 == 1)


def reviews(most: int) -> Set:
    """Sentences that are clearly good or bad, by what their writers think."""
    labels = {
        "negative": "the writer is unhappy, disappointed or complains",
        "positive": "the writer is pleased, praises or recommends it",
    }
    clear = [s for s in sentences() if abs(s.rating) > _CLEAR]
    random.Random(0).shuffle(clear)  # noqa: S311 - not a secret
    halves = [[(s.text, s.label) for s in clear if s.testing is testing] for testing in (False, True)]
    return Set("reviews, good or bad", labels, halves[0], halves[1][:most])


def definitions(folder: Path, most: int) -> Iterator[Set]:
    """Two sets of WordNet's noun definitions (`folder` holds data.noun): by kind of thing, and by field."""
    synsets = list(_synsets(folder / "data.noun"))
    words = {synset.number: synset.word for synset in synsets}
    kinds = {number: kind for kind, number in _KINDS.items()}
    fields = {word: field for field, names in _FIELDS.items() for word in names}
    by_kind = [(s.definition, kinds[s.file]) for s in synsets if s.file in kinds]
    by_field = [(s.definition, fields[words[t]]) for s in synsets for t in s.fields if words.get(t) in fields]
    yield _set("kinds of things", _KIND_TEXTS, by_kind, most)
    yield _set("fields", _FIELD_TEXTS, by_field, most)


def _set(name: str, labels: dict[str, str], texts: list[Labelled], most: int) -> Set:
    """As many of each label as there are of the rarest, up to a bound; half to learn from."""
    chance = random.Random(0)  # noqa: S311 - not a secret
    each = {label: sorted({text for text, its in texts if its == label}) for label in labels}
    count = min(_EACH, *(len(some) for some in each.values()))
    train: list[Labelled] = []
    test: list[Labelled] = []
    for label, some in each.items():
        drawn = [(text, label) for text in chance.sample(some, count)]
        train += drawn[: count // 2]
        test += drawn[count // 2 :]
    chance.shuffle(train)
    chance.shuffle(test)
    return Set(name, labels, train, test[:most])


class _Synset(NamedTuple):
    number: str
    file: int
    word: str
    fields: list[str]
    definition: str


def _synsets(path: Path) -> Iterator[_Synset]:
    """The lines of `data.noun` (wndb(5)): place, file, type, words, pointers (`;c` names a field), and the gloss."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue
        head, _, gloss = line.partition(" | ")
        parts = head.split()
        after = 4 + 2 * int(parts[3], 16)
        pointers = zip(parts[after + 1 :: 4], parts[after + 2 :: 4], strict=False)
        definition = re.split(r'; |"', gloss)[0].strip()
        yield _Synset(
            parts[0], int(parts[1]), parts[4].replace("_", " "), [t for p, t in pointers if p == ";c"], definition
        )


_KIND_TEXTS = {
    "animal": "a living creature that moves and feeds, such as a mammal, bird, fish or insect",
    "body part": "an organ or part of the body of a person or animal",
    "event": "something that happens at a certain time",
    "feeling": "an emotion or state of mind",
    "food": "something to eat or drink, a dish or an ingredient",
    "place": "a location, region, country or city",
    "person": "a human being, by role, trade, trait or name",
    "plant": "a tree, flower, herb, grass or other plant",
}
_FIELD_TEXTS = {
    "law": "courts, contracts, crimes, legal rights",
    "military": "armed forces, weapons, war, strategy",
    "computer science": "computers, programs, data, networks",
    "physics": "matter, energy, forces, particles",
    "mathematics": "numbers, equations, geometry, proofs",
    "music": "melodies, instruments, singing, compositions",
    "biology": "living organisms, cells, genes, plants",
    "sport": "games, players, teams, athletic contests",
}
