"""The questions that remote models are asked behind `extract`, `choose`, `classify`, `summarize` and the like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .asking import Message


def chat(prompt: str, system: str | None = None) -> list[Message]:
    """A question, and who the model is to be."""
    opening: list[Message] = [{"role": "system", "content": system}] if system else []
    return [*opening, {"role": "user", "content": prompt}]


def extraction(text: str, instructions: str | None) -> list[Message]:
    """The facts in a text are wanted."""
    task = "Take the facts that are asked for from the text. Add nothing that it does not say."
    more = f"\n{instructions}" if instructions else ""
    return chat(f"{task}{more}\n\nText:\n{text}")


def decision(prompt: str, options: Sequence[str], system: str | None) -> list[Message]:
    """One of the options is wanted."""
    return chat(f"{prompt}\n\nThe options are:\n{_listed(options)}", system)


def labelling(
    text: str, labels: Mapping[str, str], examples: Sequence[tuple[str, str]], *, several: bool = False
) -> list[Message]:
    """The label, or the labels, that fit a text; `labels` has the description of each, or ""."""
    which = "all labels that fit the text" if several else "the label that fits the text best"
    each = [f"{label}: {description}" if description else label for label, description in labels.items()]
    shown = "".join(f"\n\nText:\n{text}\nLabel: {label}" for text, label in examples)
    return chat(f"Say {which}. The labels are:\n{_listed(each)}{shown}\n\nText:\n{text}")


def summary(text: str, max_words: int | None) -> list[Message]:
    """A text in few words."""
    length = f" in at most {max_words} words" if max_words else ""
    return chat(f"Summarize the text{length}. Give the summary alone.\n\nText:\n{text}")


def translation(text: str, to: str, source: str | None) -> list[Message]:
    """A text in another language."""
    origin = f" from {source}" if source else ""
    return chat(f"Translate the text{origin} into {to}. Give the translation alone.\n\nText:\n{text}")


def reading(question: str, context: str) -> list[Message]:
    """The answer to a question that a text holds, with the words that say it."""
    task = (
        "Answer the question from the text alone. Give the answer, and as the quote the words of the text that say it, "
        "exactly as they stand there. Where the text does not say it, give an empty answer and an empty quote."
    )
    return chat(f"{task}\n\nText:\n{context}\n\nQuestion: {question}")


ANSWER: Mapping[str, Any] = {
    "type": "object",
    "properties": {"answer": {"type": "string"}, "quote": {"type": "string"}},
    "required": ["answer", "quote"],
    "additionalProperties": False,
}


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
