"""The dataflow of a plan as one picture: each section with its source on the left and its graph on the right."""

from __future__ import annotations

from html import escape

from planlang.lang.dataflow_graph import Dataflow, Kind, Operation, Reason

from .layout import DIAMOND, LETTER, MARGIN, NODE, ROW, Box, Edge, Layout, Line, Node, layout
from .text import title
from .words import KINDS

STYLE = """
.plan-graph { font: 13px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.plan-graph .paper { fill: #ffffff; }
.plan-graph .title { font: 600 15px system-ui, "DejaVu Sans", sans-serif; fill: #1c2330; }
.plan-graph .words { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: #4a5568; }
.plan-graph .code { fill: #1c2330; white-space: pre; }
.plan-graph .number { fill: #8a94a6; }
.plan-graph .rule { stroke: #e6e9ef; }
.plan-graph .box { fill: #2f6fde; fill-opacity: 0.06; stroke: #2f6fde; stroke-opacity: 0.45; }
.plan-graph .box.chained { fill: #c2410c; stroke: #c2410c; stroke-opacity: 0.6; stroke-dasharray: 5 3; }
.plan-graph .label { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: #2559b8; }
.plan-graph .label.chained { fill: #b23c0a; }
.plan-graph .shape { stroke-width: 1.4; }
.plan-graph .model .shape { fill: #dbe8ff; stroke: #2f6fde; }
.plan-graph .observation .shape { fill: #dcf5e6; stroke: #1f8a4c; }
.plan-graph .change .shape { fill: #ffeccf; stroke: #b7791f; }
.plan-graph .call .shape { fill: #ece2fb; stroke: #7a4bc4; }
.plan-graph .test .shape { fill: #ffffff; stroke: #5b6577; }
.plan-graph .name { fill: #141a24; text-anchor: middle; }
.plan-graph .edge { fill: none; stroke: #5b6577; stroke-width: 1.3; }
.plan-graph .edge.test { stroke-dasharray: 4 3; }
.plan-graph .edge.maybe { stroke-dasharray: 1.5 3; }
.plan-graph .edge.back { stroke: #c2410c; }
.plan-graph .arrow { fill: #5b6577; }
.plan-graph .arrow.back { fill: #c2410c; }
"""
DARK = """
.plan-graph .paper { fill: #12161d; }
.plan-graph .title, .plan-graph .code { fill: #e6eaf2; }
.plan-graph .words { fill: #a9b4c6; }
.plan-graph .number { fill: #6c7890; }
.plan-graph .rule { stroke: #232a36; }
.plan-graph .box { fill: #6ea0ff; stroke: #6ea0ff; }
.plan-graph .box.chained { fill: #ff9a62; stroke: #ff9a62; }
.plan-graph .label { fill: #8db4ff; }
.plan-graph .label.chained { fill: #ffab7a; }
.plan-graph .model .shape { fill: #1d3156; stroke: #6ea0ff; }
.plan-graph .observation .shape { fill: #163a28; stroke: #58c98a; }
.plan-graph .change .shape { fill: #43310f; stroke: #e3b04b; }
.plan-graph .call .shape { fill: #33244f; stroke: #b893f2; }
.plan-graph .test .shape { fill: #12161d; stroke: #a9b4c6; }
.plan-graph .name { fill: #f2f5fa; }
.plan-graph .edge { stroke: #a9b4c6; }
.plan-graph .edge.back { stroke: #ff9a62; }
.plan-graph .arrow { fill: #a9b4c6; }
.plan-graph .arrow.back { fill: #ff9a62; }
"""
HEADER = 34.0
FOOTER = 26.0


def picture(of: Dataflow) -> str:
    """All sections below each other, as an SVG file."""
    layouts = [layout(section, f"s{number}n") for number, section in enumerate(of.sections)]
    wide = max((_width(one) for one in layouts), default=200.0)
    high = sum(_height(one) for one in layouts) + HEADER
    parts = [
        opening(wide, high, f'xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(_summary(layouts))}"'),
        f"<style>{STYLE}@media (prefers-color-scheme: dark) {{{DARK}}}</style>",
        f'<rect class="paper" width="{wide:.0f}" height="{high:.0f}"/>',
    ]
    y = 0.0
    for one in layouts:
        parts.append(f'<g transform="translate(0 {y:.1f})">')
        parts.append(f'<text class="title" x="{MARGIN}" y="24">{escape(title(one.section))}</text>')
        parts.append(f'<g transform="translate(0 {HEADER})">{drawing(one, wide)}</g>')
        at = HEADER + one.height + 4
        parts.append(
            f'<text class="words" x="{MARGIN}" y="{at:.1f}">{escape(" ".join(one.words.summary()))}</text></g>'
        )
        y += _height(one)
    parts.append(f'<g transform="translate(0 {y:.1f})">{legend(layouts)}</g></svg>')
    return "\n".join(parts) + "\n"


def opening(wide: float, high: float, more: str) -> str:
    """The opening tag of a picture."""
    size = f'width="{wide:.0f}" height="{high:.0f}" viewBox="0 0 {wide:.0f} {high:.0f}"'
    return f'<svg class="plan-graph" {size} {more}>'


def _width(of: Layout) -> float:
    return max(of.width, MARGIN * 2 + len(" ".join(of.words.summary())) * 6.6, 420.0)


def _height(of: Layout) -> float:
    return HEADER + of.height + FOOTER


def _summary(layouts: list[Layout]) -> str:
    return " ".join(f"{title(one.section)}: {' '.join(one.words.summary())}" for one in layouts)


def drawing(of: Layout, wide: float, *, live: bool = False) -> str:
    """One section without its title; `live`: with nodes that can be reached with the keyboard."""
    parts = [_line(line, of, wide) for line in of.lines]
    parts += [_box(box) for box in of.boxes]
    parts += [_edge(edge) for edge in of.edges]
    parts += [_node(node, of, live=live) for node in of.nodes]
    return "\n".join(parts)


def _line(line: Line, of: Layout, wide: float) -> str:
    digits = len(str(of.lines[-1].number))
    y, low = line.y + 4.5, line.y + ROW / 2
    return (
        f'<line class="rule" x1="{MARGIN}" x2="{wide - MARGIN:.0f}" y1="{low:.1f}" y2="{low:.1f}"/>'
        + _text("number", MARGIN + digits * LETTER, y, str(line.number), 'text-anchor="end"')
        + _text("code", MARGIN + (digits + 2) * LETTER, y, line.text, 'xml:space="preserve"')
    )


def _text(kind: str, x: float, y: float, text: str, more: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" {more}>{escape(text)}</text>'


def _box(box: Box) -> str:
    kind = " chained" if box.chained else ""
    return (
        f'<rect class="box{kind}" x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="8"/>'
        + _text(f"label{kind}", box.x + box.width + 8, box.y + ROW / 2 + 3, box.label.replace("`", ""))
    )


def _node(node: Node, of: Layout, *, live: bool) -> str:
    operation = node.operation
    more = 'tabindex="0" role="button"' if live else ""
    spoken = f"{operation.name}, {KINDS[operation.kind]} in line {of.words.line(operation)}: {node.note}"
    return (
        f'<g class="node {operation.kind.value}" id="{node.id}" {more}>'
        f"<title>{escape(spoken)}</title>{_shape(node)}"
        f'<text class="name" x="{node.x:.1f}" y="{node.y + 4.5:.1f}">{escape(node.label)}</text></g>'
    )


def _shape(node: Node) -> str:
    kind = node.operation.kind
    if kind is Kind.TEST:
        r = DIAMOND / 2
        return _path(f"M{node.x - r:.1f} {node.y:.1f}l{r} {-r}l{r} {r}l{-r} {r}z")
    if kind is Kind.OBSERVATION:
        left, wide, half = node.x - node.width / 2, node.width - 16, NODE / 2
        return _path(f"M{left:.1f} {node.y:.1f}l8 {-half}h{wide:.1f}l8 {half}l-8 {half}h{-wide:.1f}z")
    if kind is Kind.CHANGE:
        return _rect(node, 2)
    return _rect(node, 6) + _rect(node, 3, inset=3) if kind is Kind.CALL else _rect(node, NODE / 2)


def _path(data: str) -> str:
    return f'<path class="shape" d="{data}"/>'


def _rect(node: Node, round_: float, inset: float = 0) -> str:
    wide, high = node.width - 2 * inset, NODE - 2 * inset
    x, y = node.x - wide / 2, node.y - high / 2
    return f'<rect class="shape" x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:g}" rx="{round_:g}"/>'


def _edge(edge: Edge) -> str:
    kind = " back" if edge.back else ""
    kind += {Reason.TEST: " test", Reason.MAYBE_FILE: " maybe"}.get(edge.reason, "")
    data = f'data-from="{edge.start.id}" data-to="{edge.to.id}"'
    return f'<g class="link" {data}>{_back(edge, kind) if edge.back else _forward(edge, kind)}</g>'


def _forward(edge: Edge, kind: str) -> str:
    x1, y1 = edge.start.x + edge.start.width / 2, edge.start.y
    x2, y2 = edge.to.x - edge.to.width / 2 - 6, edge.to.y
    reach = min(max((x2 - x1) / 2, 14.0), 30.0)
    if y1 == y2:
        path = f"M{x1:.1f} {y1:.1f}H{x2:.1f}"
    else:
        turn = f"{x1 + reach:.1f} {y1:.1f} {x1 + reach / 2:.1f} {y2:.1f} {x1 + reach * 1.4:.1f} {y2:.1f}"
        path = f"M{x1:.1f} {y1:.1f}C{turn}H{x2:.1f}"
    return f'<path class="edge{kind}" d="{path}"/>{_arrow(x2, y2, kind)}'


def _arrow(x: float, y: float, kind: str) -> str:
    return f'<path class="arrow{kind}" d="M{x + 6:.1f} {y:.1f}l-7 -3.5v7z"/>'


def _back(edge: Edge, kind: str) -> str:
    """From below the one to the left of the other, as the next turn goes."""
    x1, y1 = edge.start.x, edge.start.y + NODE / 2
    x2, y2 = edge.to.x - edge.to.width / 2 - 6, edge.to.y
    low = max(y1, y2 + NODE / 2) + 9
    left = x2 - 9
    path = (
        f"M{x1:.1f} {y1:.1f}C{x1:.1f} {low:.1f} {x1:.1f} {low:.1f} {x1 - 8:.1f} {low:.1f}"
        f"H{left + 6:.1f}C{left - 4:.1f} {low:.1f} {left - 4:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    )
    return f'<path class="edge{kind}" d="{path}"/>{_arrow(x2, y2, kind)}'


def legend(layouts: list[Layout]) -> str:
    """What the shapes that occur mean."""
    operations = [node.operation for one in layouts for node in one.nodes]
    used = {operation.kind for operation in operations}
    x = MARGIN + 8
    parts: list[str] = []
    for kind in KINDS:
        if kind not in used:
            continue
        example = Operation(kind, "", operations[0].span, operations[0].region)
        node = Node("", example, "", x + 10, 12, DIAMOND if kind is Kind.TEST else 26, "")
        parts.append(f'<g class="node {kind.value}">{_shape(node)}</g>{_text("words", x + 30, 16, KINDS[kind])}')
        x += 54 + 7.0 * len(KINDS[kind])
    return "".join(parts)
