"""Where everything of a section's picture goes: source lines down the left, operations in columns beside their lines.

A layered drawing (Sugiyama 1981) whose rows are given: an operation stands beside the line it is written in, in the
column that says how many others lie before it. So edges run to the right, and no crossing needs to be minimised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from planlang.lang.dataflow_graph import Free, Kind, Operation, Origin, Past, Reason, Region, Section, Shape
from planlang.terminal import cut, width

from .words import Words

LETTER = 7.83
"""Width of a letter of the source, in pixels."""
ROW = 26.0
NODE = 22.0
"""Height of an operation."""
GAP = 38.0
"""Between two columns."""
SOURCE = 84
"""Letters of a source line that are shown."""
DIAMOND = 14.0
MARGIN = 16.0


@dataclass(frozen=True, slots=True)
class Line:
    """A source line: its number, its text as shown, and the middle of its row."""

    number: int
    text: str
    y: float


@dataclass(frozen=True, slots=True)
class Node:
    """An operation; x and y are its middle."""

    id: str
    operation: Operation
    label: str
    x: float
    y: float
    width: float
    note: str


@dataclass(frozen=True, slots=True)
class Edge:
    """`to` waits for `start`; back: of the turn before."""

    start: Node
    to: Node
    reason: Reason
    back: bool
    label: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A loop: the rows and columns that it takes, and how its turns lie to each other."""

    x: float
    y: float
    width: float
    height: float
    label: str
    chained: bool


@dataclass(slots=True)
class Layout:
    """The picture of one section."""

    section: Section
    words: Words
    lines: list[Line] = field(default_factory=list["Line"])
    nodes: list[Node] = field(default_factory=list["Node"])
    edges: list[Edge] = field(default_factory=list["Edge"])
    boxes: list[Box] = field(default_factory=list["Box"])
    width: float = 0.0
    height: float = 0.0
    graph_x: float = 0.0


def layout(section: Section, prefix: str) -> Layout:
    """Place everything; `prefix` begins the ids of its nodes."""
    made = Layout(section, Words(section))
    operations = [o for o in section.operations if _is_shown(o, section)]
    stacked = _stacked(operations, made.words)
    rows = _rows(made, stacked)
    columns = _columns(made, operations)
    by_operation: dict[Operation, Node] = {}
    for number, operation in enumerate(operations):
        line = made.words.line(operation)
        x, _ = columns[operation.column]
        label = "" if operation.kind is Kind.TEST else operation.name
        y = rows[line] + stacked[operation] * ROW
        node = Node(f"{prefix}{number}", operation, label, x, y, _node_width(operation), made.words.waits(operation))
        by_operation[operation] = node
        made.nodes.append(node)
    made.boxes.extend(_boxes(made, by_operation))
    made.edges.extend(_edges(made, by_operation))
    right = max((x + wide / 2 for x, wide in columns.values()), default=made.graph_x)
    labels = max((box.x + box.width + 10 + LETTER * 0.92 * width(box.label) for box in made.boxes), default=0.0)
    made.width = max(right, labels) + MARGIN
    return made


def _is_shown(operation: Operation, section: Section) -> bool:
    """A condition is shown where something waits for it."""
    if operation.kind is not Kind.TEST:
        return True
    return any(operation in (o, getattr(o, "operation", None)) for other in section.operations for o in other.waits)


def _node_width(operation: Operation) -> float:
    return DIAMOND if operation.kind is Kind.TEST else width(operation.name) * LETTER + 22


def _stacked(operations: list[Operation], words: Words) -> dict[Operation, int]:
    """How far down in its row each operation stands: those in the same line and column go below each other."""
    taken: dict[tuple[int, int], int] = {}
    found: dict[Operation, int] = {}
    for operation in operations:
        key = (words.line(operation), operation.column)
        found[operation] = taken.get(key, 0)
        taken[key] = found[operation] + 1
    return found


def _rows(made: Layout, stacked: dict[Operation, int]) -> dict[int, float]:
    """The middle of each line's row."""
    source, words = made.section.source, made.words
    deep: dict[int, int] = {}
    for operation, depth in stacked.items():
        deep[words.line(operation)] = max(deep.get(words.line(operation), 0), depth)
    first, last = _lines_of(made.section, deep)
    shown = [cut(source.line(number).replace("\t", "    "), SOURCE) for number in range(first, last + 1)]
    digits = len(str(last))
    made.graph_x = MARGIN + (digits + 2 + max(map(width, shown), default=0)) * LETTER + GAP
    y = MARGIN + ROW / 2
    rows: dict[int, float] = {}
    for number, text in enumerate(shown, first):
        rows[number] = y
        made.lines.append(Line(number, text, y))
        y += ROW * (1 + deep.get(number, 0))
    made.height = y - ROW / 2 + MARGIN
    return rows


def _lines_of(section: Section, used: Iterable[int]) -> tuple[int, int]:
    """The first and last line to show: the whole function, or of the top level what does something."""
    if section.kind == "top level":
        lines = sorted(used)
        return (lines[0], lines[-1]) if lines else (1, 1)
    span = section.node.span
    return section.source.position(span.start)[0], section.source.position(max(span.end - 1, span.start))[0]


def _columns(made: Layout, operations: list[Operation]) -> dict[int, tuple[float, float]]:
    """The middle and width of each column."""
    wide: dict[int, float] = {}
    for operation in operations:
        wide[operation.column] = max(wide.get(operation.column, 0.0), _node_width(operation))
    found: dict[int, tuple[float, float]] = {}
    x = made.graph_x
    for column in sorted(wide):
        found[column] = (x + wide[column] / 2, wide[column])
        x += wide[column] + GAP
    return found


def _boxes(made: Layout, nodes: dict[Operation, Node]) -> Iterable[Box]:
    for region in made.section.root.regions():
        inside = [nodes[o] for o in region.operations() if o in nodes]
        label = made.words.turns(region) if region.shape is Shape.LOOP else ""
        if not label or not inside:
            continue
        depth = sum(1 for around in region.around() if around.shape is Shape.LOOP)
        pad = max(16.0 - 4 * depth, 4.0)
        left = min(node.x - node.width / 2 for node in inside) - pad
        right = max(node.x + node.width / 2 for node in inside) + pad
        top = min([node.y for node in inside] + [_row_of(made, region)]) - ROW / 2 + 1.5
        bottom = max(node.y for node in inside) + ROW / 2 - 1.5
        chained = region.turns is not None and bool(region.turns.chain or region.turns.unsure)
        yield Box(left, top, right - left, bottom - top, label, chained)


def _row_of(made: Layout, region: Region) -> float:
    number = made.words.line(region)
    return next((line.y for line in made.lines if line.number == number), made.lines[0].y)


def _edges(made: Layout, nodes: dict[Operation, Node]) -> Iterable[Edge]:
    for operation, node in nodes.items():
        for origin in made.words.direct(operation):
            start = _start(origin, nodes)
            if start is None:
                continue
            why = operation.waits[origin]
            back = isinstance(origin, Past)
            yield Edge(start, node, why.reason, back, ", ".join(why.via) if back else "")


def _start(origin: Origin, nodes: dict[Operation, Node]) -> Node | None:
    if isinstance(origin, Free):
        return None
    return nodes.get(origin.operation if isinstance(origin, Past) else origin)
