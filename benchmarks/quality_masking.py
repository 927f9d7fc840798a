"""How much of the personal data in made-up letters `mask` finds, beside Presidio as it comes and plain expressions.

    python benchmarks/quality_masking.py [TEXTS]

Recall: the share of values of a kind that no part of is left. Precision: the share of findings of a kind that are (part
of) a value of that kind. Intervals are by bootstrap over texts' values. The last line is one JSON object.
"""

# ruff: noqa: E501 - patterns as they are

from __future__ import annotations

import json
import logging
import re
import sys
from collections import defaultdict
from collections.abc import Callable

from harness.intervals import shown
from harness.personal_data import TESTING, Labelled, labelled

from planlang.plugins import Context, Item
from planlang.plugins.privacy import MODEL, pipelines
from planlang.plugins.privacy.kinds import ENTITIES, KINDS
from planlang.plugins.privacy.pii_finder import PiiFinder
from planlang.runtime.folders import cache_folder

Find = Callable[[str], list[tuple[str, int, int]]]

EXPRESSIONS = {
    "email": r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    "url": r"https?://\S+|www\.\S+",
    "iban": r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b",
    "card": r"\b\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b|\b3[47]\d{2}[ -]?\d{6}[ -]?\d{5}\b",
    "ssn": r"\b\d{3}-\d{2}-\d{4}\b",
    "ip": r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b",
    "date": r"\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}(?:st|nd|rd|th)?(?: of)? (?:Jan|Feb|Mar|Apr|"
    r"May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{4}\b|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* "
    r"\d{1,2},? \d{4}\b",
    "phone": r"(?<![\w.])\+?\(?\d{2,5}\)?[ .-]\d{2,5}[ .-]\d{3,6}(?:[ .-]\d{2,4})*(?!\w)",
    "id": r"\b[A-Z]\d{8}\b",
    "address": r"\b\d{1,4} [A-Z]\w+ (?:Street|Avenue|Road|Lane|Drive|St|Ave|Rd|Blvd)\b",
    "person": r"\b[A-Z][a-z]+ [A-Z][\w']+\b",
}
"""What one writes in an afternoon, tried in this order."""


def by_expressions(text: str) -> list[tuple[str, int, int]]:
    """Plain regular expressions; what one took is not given to the next."""
    found: list[tuple[str, int, int]] = []
    for kind, pattern in EXPRESSIONS.items():
        for match in re.finditer(pattern, text):
            if not any(match.start() < end and start < match.end() for _, start, end in found):
                found.append((kind, match.start(), match.end()))
    return found


def by_presidio() -> Find:
    """Presidio's own recognisers for English, with the same spaCy pipeline; it is kept off the network."""
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())
    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": MODEL}])
    engine.nlp = {"en": pipelines.find(MODEL).load().load()}
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])

    def find(text: str) -> list[tuple[str, int, int]]:
        found = analyzer.analyze(text, "en", score_threshold=0.4)
        return [(ENTITIES.get(each.entity_type, each.entity_type), each.start, each.end) for each in found]

    return find


def by_mask(kinds: list[str] | None) -> Find:
    """`find_pii` of this project, for these kinds."""
    finder = PiiFinder()
    finder.load(Context(MODEL, cache_folder()))

    def find(text: str) -> list[tuple[str, int, int]]:
        (found,) = finder.find([Item("find_pii", {"text": text, "kinds": kinds, "language": "en"})])
        return [(each["kind"], each["start"], each["start"] + len(each["text"])) for each in found]

    return find


def measured(find: Find, texts: list[Labelled]) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """For each kind, which values were masked wholly (1 or 0), and which findings were right."""
    recall: dict[str, list[float]] = defaultdict(list)
    precision: dict[str, list[float]] = defaultdict(list)
    for text, spans in texts:
        found = find(text)
        covered = {place for _, start, end in found for place in range(start, end)}
        for kind, start, end in spans:
            left = [i for i in range(start, end) if text[i].isalnum() and i not in covered]
            recall[kind].append(float(not left))
        for kind, start, end in found:
            precision[kind].append(float(any(k == kind and start < e and s < end for k, s, e in spans)))
    return recall, precision


def main(count: int) -> None:
    """Print the table."""
    texts = list(labelled(TESTING, count, seed=1))
    ways: dict[str, Find] = {
        "mask": by_mask(None),
        "mask, organizations too": by_mask(list(KINDS)),
        "Presidio": by_presidio(),
        "expressions": by_expressions,
    }
    results = {name: measured(find, texts) for name, find in ways.items()}
    kinds = sorted(results["mask"][0])
    print(f"{count} texts, {sum(len(text.spans) for text in texts):,} values\n")
    print("| kind | values | " + " | ".join(f"{name}: recall | precision" for name in ways) + " |")
    print("|---|" + "---|" * (1 + 2 * len(ways)))
    for kind in [*kinds, "all"]:
        cells = [str(len(_of(results["mask"][0], kind)))]
        for recall, precision in results.values():
            cells += [shown(values) if (values := _of(each, kind)) else "-" for each in (recall, precision)]
        print(f"| {kind} | " + " | ".join(cells) + " |")
    means = {
        name: {kind: [_mean(_of(each, kind)) for each in both] for kind in [*kinds, "all"]}
        for name, both in results.items()
    }
    print(json.dumps(means))


def _of(values: dict[str, list[float]], kind: str) -> list[float]:
    return [value for each in values.values() for value in each] if kind == "all" else values.get(kind, [])


def _mean(values: list[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 800)
