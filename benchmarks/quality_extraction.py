"""How good extraction is: `extract` beside asking for JSON, reading it with `json.loads`, and asking again.

    python benchmarks/quality_extraction.py [--records N] [--samples N]

- *Validity*: answers sampled at temperature 1.0, of five types, with limits from the least that a type needs, about.
  An answer is valid if it is JSON of the type. Asked for in words, the same with these limits and with more room.
- *Accuracy*: messages to a shop, each written from a known record by one of twelve templates with names, products and
  towns drawn by chance, so what is right is known; it is cleaner than real mail. By hand, JSON is asked for, in the
  words of `extract` and with a worked example; braces are looked for, the JSON is read and checked, and up to three
  answers are asked for: the likeliest, then two that are sampled. A record that was never valid has no field right.

Prints tables and, as its last line, a JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from harness.intervals import interval, shown

import planlang

_PLAN = """
type Order = {
  customer: str "full name of who writes",
  product: str "what it is about",
  quantity: int "how many",
  town: str "where the customer lives",
  matter: "order" | "return" | "question"
}
type Tree = {name: str, parts: list[Tree]}
type Contact = {name: str, email: str?, age: int?}
type Rated = {reasons: list[str], stars: 1 | 2 | 3 | 4 | 5}
type Loose = {title: str, tags: dict[bool], more: any}

task extracted(texts: list[str]) -> list[Order] { return [extract(text, Order, max_tokens=120) for text in texts] }

task asked(prompts: list[str], temperature: float, turn: int) -> list[str] {
  return [generate(p, max_tokens=120, temperature=temperature, seed=turn * 100_000 + i) for i, p in enumerate(prompts)]
}

task sampled(prompts: list[str], limits: list[int]) -> list[any] {
  let found = []
  for i, pair in enumerate(zip(prompts, limits)) {
    let prompt, most = pair
    let kind = i % 5
    if kind == 0 { found.push(generate(prompt, schema=Order, temperature=1.0, max_tokens=most, seed=i)) }
    if kind == 1 { found.push(generate(prompt, schema=Tree, temperature=1.0, max_tokens=most, seed=i)) }
    if kind == 2 { found.push(generate(prompt, schema=Contact, temperature=1.0, max_tokens=most, seed=i)) }
    if kind == 3 { found.push(generate(prompt, schema=Rated, temperature=1.0, max_tokens=most, seed=i)) }
    if kind == 4 { found.push(generate(prompt, schema=Loose, temperature=1.0, max_tokens=most, seed=i)) }
  }
  return found
}

task sampled_freely(prompts: list[str], limits: list[int]) -> list[str] {
  return [generate(pair[0], temperature=1.0, max_tokens=pair[1], seed=i) for i, pair in enumerate(zip(prompts, limits))]
}

task valid(answers: list[any]) -> list[bool] {
  let found = []
  for i, answer in enumerate(answers) {
    let kind = i % 5
    if kind == 0 { found.push(conforms(answer, Order)) }
    if kind == 1 { found.push(conforms(answer, Tree)) }
    if kind == 2 { found.push(conforms(answer, Contact)) }
    if kind == 3 { found.push(conforms(answer, Rated)) }
    if kind == 4 { found.push(conforms(answer, Loose)) }
  }
  return found
}
"""
_FORMS = (
    (
        '{"customer": <text>, "product": <text>, "quantity": <whole number>, "town": <text>, '
        '"matter": "order" or "return" or "question"}'
    ),
    '{"name": <text>, "parts": [<Tree>, …]}',
    '{"name": <text>, "email": <text> or null, "age": <whole number> or null}',
    '{"reasons": [<text>, …], "stars": 1 or 2 or 3 or 4 or 5}',
    '{"title": <text>, "tags": {<name>: <true or false>, …}, "more": <anything>}',
)
_LEAST = (54, 20, 32, 24, 32)
"""Tokens that a value of each type needs, about."""
_ROOMY = 200
"""Tokens that are enough for an answer that is not held to end."""
_SUBJECTS = ("a bakery", "a broken lamp", "a late delivery", "a garden chair", "a bicycle", "a trip to the sea")
_EXAMPLE = """Extract the customer, product, quantity, town and matter from the message. Reply with a JSON object only.

Message: Hello, I am Maria Lopez from Sevilla. Please send me 7 blue vases.
JSON: {{"customer": "Maria Lopez", "product": "blue vases", "quantity": 7, "town": "Sevilla", "matter": "order"}}

Message: {text}
JSON:"""
_FIELDS = ("customer", "product", "quantity", "town", "matter")
_TEMPLATES: tuple[tuple[str, str], ...] = (
    ("order", "Hello, I would like to order {quantity} {product}. Please send them to {town}. Best wishes, {customer}"),
    ("order", "Hi, {customer} here from {town}. Could you put {quantity} {product} aside for me? I will take them."),
    ("order", "Dear shop, please deliver {quantity} {product} to my address in {town}. Yours, {customer}"),
    ("order", "{quantity} {product}, please, as soon as you can. My name is {customer} and I live in {town}."),
    ("return", "My name is {customer}. The {quantity} {product} that came to {town} are broken and I send them back."),
    ("return", "I want my money back for the {quantity} {product} you sent to {town}. {customer}"),
    (
        "return",
        "Hello from {town}! Sadly the {quantity} {product} do not fit, so I return them. Kind regards, {customer}",
    ),
    ("return", "{customer} ({town}): all {quantity} {product} arrived damaged. Where do I send them back to?"),
    ("question", "Good morning, do you have {quantity} {product} in stock? I live in {town}. Thanks, {customer}"),
    ("question", "What would {quantity} {product} cost, with delivery to {town}? Greetings, {customer}"),
    ("question", "I am {customer} from {town}. How long does it take to make {quantity} {product}?"),
    ("question", "Hello, can {quantity} {product} be picked up in {town}? Yours sincerely, {customer}"),
)
_FIRST = ("Anna", "Bruno", "Carla", "David", "Elena", "Farid", "Grace", "Henry", "Irina", "Jonas", "Keiko", "Liam")
_LAST = ("Schmidt", "Rossi", "Moreau", "Novak", "Okafor", "Tanaka", "Larsen", "Silva", "Kowalski", "Murphy", "Haddad")
_PRODUCTS = ("red chairs", "oak tables", "desk lamps", "garden benches", "wool blankets", "coffee cups", "mirrors",
             "bookshelves", "kitchen knives", "door handles", "linen curtains", "clay pots")  # fmt: skip
_TOWNS = ("Leeds", "Bergen", "Porto", "Krakow", "Lyon", "Graz", "Bologna", "Cork", "Malmö", "Ghent", "Split", "Basel")


class Message(NamedTuple):
    """A text and the record that it was written from."""

    text: str
    record: dict[str, Any]


def messages(count: int, seed: int) -> list[Message]:
    """`count` messages; equal seeds give equal ones."""
    chance = random.Random(seed)  # noqa: S311 - test data
    found: list[Message] = []
    for i in range(count):
        matter, template = _TEMPLATES[i % len(_TEMPLATES)]
        name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
        record = {"customer": name, "product": chance.choice(_PRODUCTS), "quantity": chance.randint(2, 60),
                  "town": chance.choice(_TOWNS), "matter": matter}  # fmt: skip
        found.append(Message(template.format(**record), record))
    return found


def right(answer: dict[str, Any] | None, record: dict[str, Any]) -> list[bool]:
    """Which fields are right: texts as they stand, but for case and space around them."""
    if answer is None:
        return [False] * len(_FIELDS)
    return [str(answer[name]).strip().lower() == str(record[name]).lower() for name in _FIELDS]


def by_hand(plan: Any, texts: list[str], prompt: Callable[[str], str]) -> list[dict[str, Any] | None]:
    """What one writes without constraints: ask, look for braces, read, check, ask again."""
    found: list[dict[str, Any] | None] = [None] * len(texts)
    for turn in range(3):
        open_ = [i for i, answer in enumerate(found) if answer is None]
        prompts = [prompt(texts[i]) for i in open_]
        for i, said in zip(open_, plan.asked(prompts, 0.0 if turn == 0 else 0.7, turn), strict=True):
            found[i] = _read(plan, said)
    return found


def same_words(text: str) -> str:
    """The prompt of `extract`."""
    from planlang.lang.types import INT, STR, LiteralType, RecordField, RecordType, union
    from planlang.plugins.nlp.forms import extraction

    about = ("full name of who writes", "what it is about", "how many", "where the customer lives", "")
    matters = union(*(LiteralType(value) for value in ("order", "return", "question")))
    kinds = (STR, STR, INT, STR, matters)
    fields = (RecordField(n, kind, description=said) for n, kind, said in zip(_FIELDS, kinds, about, strict=True))
    return extraction(text, RecordType(tuple(fields), "Order"), None)


def with_example(text: str) -> str:
    """A prompt with a message that is done."""
    return _EXAMPLE.format(text=text)


def _read(plan: Any, said: str) -> dict[str, Any] | None:
    value = _json(said)
    return value if isinstance(value, dict) and plan.valid([value])[0] else None


def _json(said: str) -> Any:
    braces = re.search(r"[\[{].*[\]}]", said, re.DOTALL)
    try:
        return json.loads(braces.group() if braces else said)
    except ValueError:
        return None


def accuracy(plan: Any, count: int) -> list[dict[str, Any]]:
    """Fields and records that are right, both ways."""
    asked = messages(count, seed=1)
    texts = [m.text for m in asked]
    ways = {
        "extract": plan.extracted(texts),
        "by hand, in the same words": by_hand(plan, texts, same_words),
        "by hand, with a worked example": by_hand(plan, texts, with_example),
    }
    rows: list[dict[str, Any]] = []
    for way, answers in ways.items():
        marks = np.array([right(answer, m.record) for answer, m in zip(answers, asked, strict=True)], dtype=float)
        valid = [float(answer is not None) for answer in answers]
        print(f"| {way} | {shown(valid)} | {shown(marks.mean(axis=1))} | {shown(marks.min(axis=1))} |")
        fields = dict(zip(_FIELDS, marks.mean(axis=0).round(3).tolist(), strict=True))
        rows.append({"way": way, "valid": np.mean(valid), "fields": marks.mean(), "records": marks.min(axis=1).mean(),
                     "fields_interval": interval(marks.mean(axis=1)), "each": fields})  # fmt: skip
    return rows


def validity(plan: Any, count: int) -> dict[str, Any]:
    """Sampled answers that are of their types, held to them and free."""
    about = [f"Write something about {_SUBJECTS[i % len(_SUBJECTS)]}." for i in range(count)]
    limits = [_LEAST[i % 5] + (i // 5) % 40 for i in range(count)]
    held = plan.valid(plan.sampled(about, limits))
    free = [f"{text}\n\nAnswer with JSON only, like this: {_FORMS[i % 5]}" for i, text in enumerate(about)]
    loose = plan.valid([_json(said) for said in plan.sampled_freely(free, limits)])
    roomy = plan.valid([_json(said) for said in plan.sampled_freely(free, [_ROOMY] * count)])
    print(f"| held to the type | {sum(held)} of {count} |\n| asked for JSON | {sum(loose)} of {count} |")
    print(f"| asked for JSON, {_ROOMY} tokens each | {sum(roomy)} of {count} |")
    return {"held": sum(held), "asked": sum(loose), "asked_with_room": sum(roomy), "of": count}


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=240)
    parser.add_argument("--samples", type=int, default=500)
    options = parser.parse_args()
    plan = planlang.load(_PLAN)
    print("| way | sampled answers that are valid |\n|---|---|")
    counts = validity(plan, options.samples)
    print("\n| way | valid | fields right | records right |\n|---|---|---|---|")
    rows = accuracy(plan, options.records)
    print(json.dumps({"validity": counts, "accuracy": rows}))


if __name__ == "__main__":
    main()
