"""The picture of `docs/how-a-plan-runs.md`: its plan run on pretend models in virtual time, drawn as it went.

`python -P tests/docs/timeline.py` draws it anew; a test fails when it is stale.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Hashable, Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))

from dispatch.simulated import SimulatedPool, SimulatedWorkers  # noqa: E402 - the tests' own modules

from planlang.plugins.loader import load  # noqa: E402
from planlang.runtime.engine import Engine  # noqa: E402
from planlang.runtime.run import RunOptions  # noqa: E402
from planlang.runtime.values import from_python  # noqa: E402
from planlang.runtime.workers.jobs import Batch  # noqa: E402
from planlang.runtime.workers.protocol import Capacity, Item, OpenContext, WorkerKind  # noqa: E402

PAGE = ROOT / "docs" / "how-a-plan-runs.md"
PICTURE = ROOT / "docs" / "how-a-plan-runs.svg"
NEGATIVE = (2, 3, 6, 8)
REVIEWS = 8


class Bar(NamedTuple):
    """A batch on its worker: which reviews it was about."""

    function: str
    start: float
    end: float
    reviews: tuple[int, ...]


class Record(NamedTuple):
    """What a run did when."""

    bars: list[Bar]
    printed: float


def took(items: Sequence[Item]) -> float:
    """Reading is quick, writing is slow; a second call in a batch costs less than the first."""
    return 0.5 + 0.15 * len(items) if name(items[0]) == "sentiment" else 1.2 + 0.4 * len(items)


def name(item: Item) -> str:
    """The function without its plugin."""
    return item.function.rpartition(".")[2]


def review(item: Item) -> int:
    """The number in the text of a call."""
    return int(re.findall(r"\d+", " ".join(map(str, item.arguments.values())))[0])


def answer(item: Item) -> Any:
    """The same for the same review."""
    if name(item) == "generate":
        return "We are sorry."
    return {"label": "negative" if review(item) in NEGATIVE else "positive", "score": 0.9}


class Pool(SimulatedPool):
    """One worker that holds one model."""

    def __init__(self, workers: Workers) -> None:
        super().__init__(workers, Capacity(1, 0, 4, float("inf"), lambda items: [(1.0, None)] * len(items)))
        self.workers = workers

    def start(self, batch: Batch) -> None:
        self._waiting.append(batch)
        self._begin()

    def _end(self, batch: Batch) -> None:
        items = batch.items
        now = self.workers.now()
        self.workers.bars.append(Bar(name(items[0]), now - took(items), now, tuple(map(review, items))))
        super()._end(batch)


class Workers(SimulatedWorkers):
    """One worker for each function, in virtual time."""

    def __init__(self) -> None:
        super().__init__(answer, took)
        self.bars: list[Bar] = []

    def pool(
        self, kind: WorkerKind, model: str, settings: Hashable, open_context: OpenContext, most: int | None = None
    ) -> Pool:
        if model not in self.pools:
            self.pools[model] = Pool(self)
        return self.pools[model]


class Clocked(io.StringIO):
    """Notes when something is printed."""

    def __init__(self, workers: Workers) -> None:
        super().__init__()
        self.workers = workers
        self.at = 0.0

    def write(self, text: str) -> int:
        self.at = self.workers.now()
        return super().write(text)


def plan_text() -> str:
    """The plan on the page."""
    found = re.search(r"^```plan file=triage\.plan\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def record(*, sequential: bool) -> Record:
    """Run the plan of the page."""
    plugins = load()
    workers = Workers()
    plugins.workers = workers
    out = Clocked(workers)
    reviews = [f"Review {number}" for number in range(1, REVIEWS + 1)]
    plan = Engine(plugins).load(text=plan_text(), name="triage.plan")
    plan.run("main", {"reviews": from_python(reviews)}, RunOptions(out=out, sequential=sequential))
    return Record(sorted(workers.bars, key=lambda bar: (bar.start, bar.function)), out.at)


# --- The drawing -----------------------------------------------------------------------------------------

STYLE = """
svg { font: 13px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.paper { fill: #ffffff; } .code, .chip { fill: #1c2330; } .number { fill: #8a94a6; }
.head { font: 600 14px system-ui, "DejaVu Sans", sans-serif; fill: #1c2330; }
.words { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: #4a5568; }
.rule { stroke: #e6e9ef; } .tick { stroke: #c3cad6; }
.chip { font-size: 12px; text-anchor: middle; }
.sentiment { fill: #dbe8ff; stroke: #2f6fde; } .generate { fill: #ece2fb; stroke: #7a4bc4; }
.print { fill: #ffeccf; stroke: #b7791f; }
.no { fill: #ffffff; stroke: #8a94a6; } .yes { fill: #ffd9c7; stroke: #c2410c; }
.sentiment, .generate, .print, .no, .yes { stroke-width: 1.3; }
.link { fill: none; stroke: #c2410c; stroke-width: 1.3; }
"""
DARK = """
.paper { fill: #12161d; } .code, .chip, .head { fill: #e6eaf2; } .number { fill: #6c7890; } .words { fill: #a9b4c6; }
.rule { stroke: #232a36; } .tick { stroke: #3a4558; }
.sentiment { fill: #1d3156; stroke: #6ea0ff; } .generate { fill: #33244f; stroke: #b893f2; }
.print { fill: #43310f; stroke: #e3b04b; }
.no { fill: #12161d; stroke: #6c7890; } .yes { fill: #4a2412; stroke: #ff9a62; }
.link { stroke: #ff9a62; }
"""
LEFT, SECOND, ROW, BAR = 316.0, 60.0, 34.0, 22.0
STATEMENTS = {"sentiment": 4, "if": 5, "generate": 6, "print": 9}


def drawing() -> str:
    """Both runs below each other, on one scale."""
    lines = plan_text().split("\n")
    together, apart = record(sequential=False), record(sequential=True)
    wide = LEFT + SECOND * (apart.printed + 0.9)
    parts = [_run("plan run", together, lines, 0.0, wide), _run("plan run --sequential", apart, lines, 216.0, wide)]
    high = 432.0
    size = f'width="{wide:.0f}" height="{high:.0f}"'
    view = f'viewBox="0 0 {wide:.0f} {high:.0f}" role="img" aria-label="Two runs of a plan, on one scale of time"'
    style = f"<style>{STYLE}@media (prefers-color-scheme: dark) {{{DARK}}}</style>"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view}>\n{style}\n<rect class="paper" {size}/>'
    return "\n".join([head, *parts, "</svg>\n"])


def _run(title: str, of: Record, lines: list[str], top: float, wide: float) -> str:
    rows = {name: top + 58 + ROW * at for at, name in enumerate(STATEMENTS)}
    parts = [
        _text("head", 16, top + 28, title),
        _text("words", LEFT, top + 28, f"{of.printed:.1f} s, {len(of.bars)} batches"),
    ]
    for name, number in STATEMENTS.items():
        y = rows[name]
        parts.append(f'<path class="rule" d="M16 {y + ROW / 2:.1f}H{wide - 16:.0f}"/>')
        parts.append(_text("number", 16, y + 4.5, str(number)) + _text("code", 34, y + 4.5, _short(lines[number - 1])))
    for second in range(int(of.printed) + 1):
        x, low = _x(second), rows["print"] + ROW / 2
        parts.append(f'<path class="tick" d="M{x:.1f} {low:.1f}v6"/>')
        parts.append(_text("words", x - 3, low + 19, f"{second} s" if second == 0 else str(second)))
    parts += [_link(bar, of, rows) for bar in of.bars if bar.function == "generate"]
    parts += [_bar(bar, rows) for bar in of.bars]
    parts += [_known(bar, rows["if"]) for bar in of.bars if bar.function == "sentiment"]
    x, y = _x(of.printed), rows["print"]
    parts.append(f'<path class="print" d="M{x:.1f} {y - BAR / 2:.1f}h12v{BAR:g}h-12z"/>')
    return "\n".join(parts)


def _short(line: str) -> str:
    text = line.strip().removesuffix("{").rstrip()
    return text if len(text) <= 34 else f"{text[:33]}…"


def _x(seconds: float) -> float:
    return LEFT + SECOND * seconds


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _bar(bar: Bar, rows: dict[str, float]) -> str:
    x, y, wide = _x(bar.start), rows[bar.function], SECOND * (bar.end - bar.start)
    step = wide / len(bar.reviews)
    chips = [_text("chip", x + step * (at + 0.5), y + 4.2, str(n)) for at, n in enumerate(bar.reviews)]
    size = f'x="{x + 1:.1f}" y="{y - BAR / 2:.1f}" width="{wide - 2:.1f}" height="{BAR:g}"'
    return f'<rect class="{bar.function}" {size} rx="5"/>{"".join(chips)}'


def _known(bar: Bar, y: float) -> str:
    """The conditions that are known once a batch is answered."""
    parts: list[str] = []
    for at, number in enumerate(bar.reviews):
        x = _x(bar.end) + 9 + 16 * at
        kind = "yes" if number in NEGATIVE else "no"
        parts.append(f'<path class="{kind}" d="M{x - 8:.1f} {y:.1f}l8 -11l8 11l-8 11z"/>')
        parts.append(_text("chip", x, y + 4.2, str(number)))
    return "".join(parts)


def _link(bar: Bar, of: Record, rows: dict[str, float]) -> str:
    """From where it was known that these calls are wanted to where they began."""
    known = next(b for b in of.bars if b.function == "sentiment" and bar.reviews[0] in b.reviews)
    x1 = _x(known.end) + 9 + 16 * known.reviews.index(bar.reviews[-1])
    x2, y1, y2 = _x(bar.start) + 8, rows["if"] + 11, rows["generate"] - BAR / 2
    return f'<path class="link" d="M{x1:.1f} {y1:.1f}C{x1:.1f} {y2:.1f} {x2:.1f} {y1:.1f} {x2:.1f} {y2:.1f}"/>'


if __name__ == "__main__":
    PICTURE.write_text(drawing(), encoding="utf-8")
