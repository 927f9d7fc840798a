"""The rows that a model is trained or measured on: texts and labels, looked through before any model is loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from planlang.plugins import Ask, Failure

_MOST_LABELS = 1000
_EPOCHS = 3
_RATES = {"full": 5e-5, "lora": 1e-3}
"""What full and lora do where nothing is said."""


class Rows(NamedTuple):
    """Texts with their labels, in the order of the rows."""

    texts: list[str]
    labels: list[str]

    def digest(self) -> str:
        """SHA-256 over all of them."""
        return hashlib.sha256(json.dumps([self.texts, self.labels]).encode()).hexdigest()

    @property
    def distinct(self) -> list[str]:
        """Every label once, sorted."""
        return sorted(set(self.labels))


def finetune(arguments: Mapping[str, Any], _model: object) -> Ask:
    """What the worker of `finetune` is asked: `train` and `dev` hold nothing but texts and labels.

    Raises `Failure` for rows or options that cannot be trained with.
    """
    given = dict(arguments)
    text, label = given.pop("text"), given.pop("label")
    rows = read(given["train"], "train", text, label)
    if len(rows.distinct) < 2:
        raise _wrong("the rows of `train` have one label only", "there must be two at least to choose from")
    if len(rows.distinct) > _MOST_LABELS:
        hint = f"is `{label}` the right field? label= names it"
        raise _wrong(f"the rows of `train` have {len(rows.distinct):,} different labels", hint)
    dev = read(given["dev"], "dev", text, label) if given["dev"] is not None else None
    for unknown in sorted(set(dev.labels) - set(rows.labels)) if dev else ():
        raise _wrong(f'the label "{unknown}" of `dev` does not occur in `train`', "split the rows at random")
    _check_options(given)
    if given["method"] != "head":
        given["epochs"] = given["epochs"] or _EPOCHS
        given["lr"] = given["lr"] or _RATES[given["method"]]
    return Ask(given | {"train": list(rows), "dev": list(dev) if dev else None}, finish=lambda model: model)


def evaluate(arguments: Mapping[str, Any], _model: object) -> Ask:
    """What the worker of `evaluate` is asked: the texts alone; what it answers is held against the labels here."""
    from .measuring import measure

    rows = read(arguments["rows"], "rows", arguments["text"], arguments["label"])
    asked = {"texts": rows.texts, "labels": arguments["labels"], "else_labels": rows.distinct}
    return Ask(asked, finish=lambda predicted: measure(rows.labels, predicted))


def read(rows: Sequence[Mapping[str, Any]], name: str, text: str, label: str) -> Rows:
    """Texts and labels of `rows`, which the plan calls `name`; raises `Failure` where there are none."""
    if not rows:
        raise _wrong(f"`{name}` has no rows")
    return Rows(
        [_field(row, i, name, text, "text") for i, row in enumerate(rows)],
        [_field(row, i, name, label, "label") for i, row in enumerate(rows)],
    )


def _field(row: Mapping[str, Any], place: int, name: str, field: str, what: str) -> str:
    if field not in row:
        there = ", ".join(f"`{key}`" for key in list(row)[:10])
        raise _wrong(
            f"row {place} of `{name}` has no field `{field}`", f"it has {there or 'none'}; {what}= says which it is"
        )
    value = row[field]
    if isinstance(value, str):
        return value
    found = json.dumps(value, ensure_ascii=False, default=str)[:40]
    hint = 'labels are texts; make texts of numbers, such as `if rating > 0 then "good" else "bad"`'
    raise _wrong(f"the {what} in row {place} of `{name}` is no text but {found}", hint if what == "label" else "")


def _check_options(given: Mapping[str, Any]) -> None:
    """Raise `Failure` for options out of range, or that the method has no use for."""
    for name, least in (("epochs", 1), ("batch", 1), ("early_stop", 1), ("seed", 0)):
        if given[name] is not None and given[name] < least:
            raise _wrong(f"{name} must be at least {least}, not {given[name]}")
    if given["seed"] >= 1 << 32:
        raise _wrong(f"seed must be below 2 ** 32, not {given['seed']}")
    if given["lr"] is not None and not 0 < given["lr"] < 1:
        raise _wrong(f"lr must be between 0 and 1, not {given['lr']:g}", '0.00005 is usual for method="full"')
    if not 0 <= given["warmup"] <= 1:
        raise _wrong(f"warmup is the share of all steps, from 0 to 1, not {given['warmup']:g}")
    if given["early_stop"] is not None and given["dev"] is None:
        raise _wrong("early_stop looks at the loss on dev rows, and there are none", "give dev=")
    if given["method"] == "head" and given["lr"] is not None:
        raise _wrong('method="head" has no learning rate: it finds the best weights by itself', "leave lr= out")
    if given["method"] != "head" and given["layers"] is not None:
        raise _wrong(f'method="{given["method"]}" trains all layers', "leave layers= out")


def _wrong(message: str, hint: str = "") -> Failure:
    return Failure(message, kind="value", hint=hint)
