"""How often `answer` quotes the sentence that answers, and says none where none does; beside shared words alone.

    python benchmarks/quality_answers.py

A small set of our own: 29 questions about three texts, 9 of which the texts do not answer. It chose the default model and
its threshold, so it says little about other texts. The last line is one JSON object.
"""

# ruff: noqa: E501 - texts as they are

from __future__ import annotations

import json
import re
from collections.abc import Callable

from harness.intervals import shown

from planlang.plugins import Answer, Context, Item
from planlang.plugins.nlp import ENCODER, GENERATOR
from planlang.plugins.nlp.answerer import Answerer
from planlang.plugins.nlp.sentences import sentences
from planlang.runtime.folders import cache_folder

TEXTS: list[tuple[str, list[tuple[str, str | None]]]] = [
    (
        "The bridge over the Arle was built in 1931 by the engineer Clara Voss. It is 212 metres long and made of steel. In 1987 it was painted green, and since 2004 trams have crossed it. About 12,000 cars use it every day. The city spends 90,000 euros a year on its upkeep.",
        [
            ("Who built the bridge?", "Clara Voss"),
            ("When was the bridge built?", "1931"),
            ("How long is the bridge?", "212 metres"),
            ("What is the bridge made of?", "steel"),
            ("What colour was it painted?", "green"),
            ("How many cars use it every day?", "12,000"),
            ("How much does the upkeep cost a year?", "90,000 euros"),
            ("Since when have trams crossed it?", "2004"),
            ("Who is the mayor of the city?", None),
            ("How many people died while building it?", None),
            ("What is the name of the tram driver?", None),
        ],
    ),
    (
        "Our shop in Lindau opens at nine on weekdays and at ten on Saturdays; on Sundays it is closed. Parcels can be returned within 30 days if the seal is not broken. Refunds are paid to the card that was used and take five working days. For repairs, write to repairs@lindau-shop.example. Gift cards never expire.",
        [
            ("When does the shop open on Saturdays?", "ten"),
            ("Where is the shop?", "Lindau"),
            ("How long do refunds take?", "five working days"),
            ("Within how many days can parcels be returned?", "30 days"),
            ("Where do I write for repairs?", "repairs@lindau-shop.example"),
            ("When is the shop closed?", "Sundays"),
            ("What is the phone number of the shop?", None),
            ("Who owns the shop?", None),
            ("How much does shipping cost?", None),
        ],
    ),
    (
        "Photosynthesis takes place in the chloroplasts of plant cells. The pigment chlorophyll absorbs light, mostly red and blue, and reflects green. In the light reactions water is split and oxygen is released. The Calvin cycle, described by Melvin Calvin in 1950, then builds sugar from carbon dioxide. Shade plants have larger leaves than plants that grow in the sun.",
        [
            ("Where does photosynthesis take place?", "chloroplasts"),
            ("Which pigment absorbs light?", "chlorophyll"),
            ("What is released in the light reactions?", "oxygen"),
            ("Who described the Calvin cycle?", "Melvin Calvin"),
            ("What does the Calvin cycle build?", "sugar"),
            ("Which plants have larger leaves?", "Shade plants"),
            ("How fast do plants grow?", None),
            ("Who discovered chlorophyll?", None),
            ("What is the largest tree?", None),
        ],
    ),
]

Ask = Callable[[list[tuple[str, str]]], list[str | None]]


def by(model: str) -> Ask:
    """The quotes of `answer` with this model."""
    worker = Answerer()
    worker.load(Context(model, cache_folder()))

    def ask(pairs: list[tuple[str, str]]) -> list[str | None]:
        found = worker.run([Item("answer", {"question": question, "context": text}) for question, text in pairs])
        return [(each.value if isinstance(each, Answer) else each)["quote"] for each in found]

    return ask


def by_words(pairs: list[tuple[str, str]]) -> list[str | None]:
    """The sentence that shares most words with the question; the first of equals."""
    return [max(sentences(text), key=lambda each: len(_words(each) & _words(question))) for question, text in pairs]


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def main() -> None:
    """Print the table."""
    asked = [(question, text, words) for text, some in TEXTS for question, words in some]
    ways: dict[str, Ask] = {
        "the encoder (default)": by(ENCODER),
        "SmolLM2-135M": by(GENERATOR),
        "shared words": by_words,
    }
    print("| way | quotes the right sentence | says none where there is none |\n|---|---|---|")
    means: dict[str, list[float]] = {}
    for name, ask in ways.items():
        quotes = ask([(question, text) for question, text, _ in asked])
        right = [float(words in (quote or "")) for quote, (_, _, words) in zip(quotes, asked, strict=True) if words]
        none = [float(quote is None) for quote, (_, _, words) in zip(quotes, asked, strict=True) if not words]
        means[name] = [round(sum(values) / len(values), 4) for values in (right, none)]
        print(f"| {name} | {shown(right)} | {shown(none)} |")
    print(json.dumps(means))


if __name__ == "__main__":
    main()
