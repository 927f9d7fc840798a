"""The questions that remote models are asked behind `extract`, `choose` and `classify`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .asking import Message

if TYPE_CHECKING:
    from planlang.plugins.nlp.tasks import Task


def chat(prompt: str, system: str | None = None) -> list[Message]:
    """A question, and who the model is to be."""
    opening: list[Message] = [{"role": "system", "content": system}] if system else []
    return [*opening, {"role": "user", "content": prompt}]


def extraction(text: str, instructions: str | None) -> list[Message]:
    """The facts in a text are wanted."""
    task = "Take the facts that are asked for from the text. Add nothing that it does not say."
    more = f"\n{instructions}" if instructions else ""
    return chat(f"{task}{more}\n\nText:\n{text}")


def decision(prompt: str, options: Sequence[str]) -> list[Message]:
    """One of the options is wanted."""
    return chat(f"{prompt}\n\nThe options are:\n{_listed(options)}")


def labelling(text: str, task: Task, *, several: bool = False) -> list[Message]:
    """The label, or the labels, that fit a text."""
    which = "all labels that fit the text" if several else "the label that fits the text best"
    about = zip(task.names, task.descriptions, strict=True)
    each = [f"{name}: {description}" if description else name for name, description in about]
    shown = "".join(f"\n\nText:\n{known}\nLabel: {task.names[place]}" for known, place in task.examples)
    return chat(f"Say {which}. The labels are:\n{_listed(each)}{shown}\n\nText:\n{text}")


def reading(question: str, context: str) -> list[Message]:
    """The answer to a question that a text holds, with the words that say it."""
    task = (
        "Answer the question from the text alone, and quote the words of the text that say it exactly as they stand "
        "there. Where the text does not say it, both are null."
    )
    return chat(f"{task}\n\nText:\n{context}\n\nQuestion: {question}")


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
