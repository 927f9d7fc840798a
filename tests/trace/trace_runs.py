"""Runs with journals for the tests of traces: real ones with pretend models, and large ones written by SQL."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import fake_models

from planlang.plugins.loader import load
from planlang.runs.journal import begin, go_on
from planlang.runs.record import Start
from planlang.runtime.engine import Engine, Plan
from planlang.runtime.errors import PlanError
from planlang.runtime.flow.context import site_of
from planlang.runtime.journal.folder import RunFolder
from planlang.runtime.journal.packing import pack
from planlang.runtime.journal.store import ANSWERED, Store
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import RunOptions
from planlang.runtime.values import from_python
from planlang.trace.page import page_data

RIGHTS = Permissions(read=(), write=())

REVIEWS = """\
type Mood = {label: str, score: float}

## Sort reviews and answer the bad ones.
task main(reviews: list[str], out: str, extra: str = "") -> int {
  step "Score every review"
  let bad = []
  for review in reviews {
    let mood = fake_label(review)
    if mood.label == "negative" {
      bad.push(fake_text("Reply to: {review}"))
    }
  }
  let again = fake_label(reviews[0])
  step "Keep"
  for reply in bad { append(out, reply + "\\n") }
  if extra != "" {
    step "The extra one"
    print(fake_text(read(extra)))
  }
  try { fake_label("broken") } catch e { print(e.kind) }
  return len(bad)
}
"""
TEXTS = ["I love it", "awful, bad", "so so", "hate hate it 🙂", "great", "bad"]


def run(folder: Path, text: str, name: str = "reviews.plan", **arguments: Any) -> RunFolder:
    """Run a plan under a journal, to its end or its error, and give the folder of the run; `name` is what it shows."""
    (folder / "reviews.plan").write_text(text, encoding="utf-8")
    plan = _plan(folder / "reviews.plan", name)
    values = {key: from_python(value) for key, value in arguments.items()}
    options = RunOptions(permissions=RIGHTS)
    recording = begin(plan, Start(name, "main", values, {}, [name]), options)
    with suppress(PlanError):
        plan.run("main", values, options)
    recording.close()
    return recording.folder


def resume(of: RunFolder, file: Path, **arguments: Any) -> None:
    """Go on with a run, in a second session."""
    plan, options = _plan(file, file.name), RunOptions(permissions=RIGHTS)
    recording = go_on(of, of.lock(), options, show_output=False)
    with suppress(PlanError):
        plan.run("main", {key: from_python(value) for key, value in arguments.items()}, options)
    recording.close()


def _plan(file: Path, name: str) -> Plan:
    engine = Engine(load({"fake": fake_models}, installed=False))
    return engine.load(file, name=name, permissions=RIGHTS)


def data(of: RunFolder) -> dict[str, Any]:
    """What the page of a run knows."""
    return page_data(of.path)


def large(folder: Path, calls: int, size: int) -> Path:
    """The folder of a run of that many calls, in batches of eight on four workers, each with a text of `size`."""
    folder.mkdir(parents=True)
    text = 'task main(xs: list[str]) -> int {\n  step "All"\n  for x in xs { nlp_label(x) }\n  return 1\n}\n'
    site = site_of(0, text.index("nlp_label"), text.index("nlp_label(x)") + len("nlp_label(x)"))
    store = Store.create(folder / "journal.sqlite")
    store.put_meta({"run": folder.name, "name": "large.plan", "task": "main", "sources": [["k", "large.plan", text]]})
    began = 1.79e9
    session = (1, began, began + calls * 0.01 + 1, "done", None, None, None, None, 1, "local")
    store.change("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [session])
    draw = random.Random(1)  # noqa: S311 - the same each time
    letters = "".join(map(chr, range(33, 0x2000)))
    store.add(
        "calls",
        [
            (
                number.to_bytes(16, "big"), number.to_bytes(16, "big"), f"nlp.f{number // 8 % 3}", "m", site, "All",
                pack({"text": f"{''.join(draw.choices(letters, k=size))} {number}"}), pack([f"answer {number}", 3]),
                ANSWERED, number // 8 + 1, number * 0.01,
            )
            for number in range(calls)
        ],
    )  # fmt: skip
    store.add(
        "batches",
        [
            (number + 1, 1, f"worker {number % 4}", f"nlp.f{number % 3}", "m", number * 0.08 + 0.08, 0.07, 8)
            for number in range(-(-calls // 8))
        ],
    )
    store.commit()
    store.close()
    (folder / "lock").touch()
    return folder
