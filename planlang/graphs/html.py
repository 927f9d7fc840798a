"""The dataflow of a plan as one page to look around in: no network, light and dark, mouse or keyboard."""

from __future__ import annotations

from html import escape

from planlang.lang.dataflow_graph import Dataflow

from .layout import Layout, layout
from .svg import DARK, STYLE, drawing, legend, opening
from .text import text, title

_PAGE = """
:root { color-scheme: light dark; }
body { margin: 0; padding: 24px 28px 96px; font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif;
       background: #ffffff; color: #1c2330; }
h1 { font-size: 20px; margin: 0 0 4px; } h2 { font-size: 16px; margin: 28px 0 6px; }
p { margin: 4px 0; max-width: 80ch; } .quiet { color: #4a5568; }
.scroll { overflow-x: auto; } pre { overflow-x: auto; font-size: 13px; line-height: 1.45; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid #2f6fde; }
#said { position: fixed; left: 0; right: 0; bottom: 0; padding: 10px 28px; min-height: 24px;
        background: #f3f5f9; border-top: 1px solid #d5dae3; }
.plan-graph .node[tabindex] { cursor: pointer; outline: none; }
.plan-graph .node:focus .shape, .plan-graph .node.here .shape { stroke-width: 3; }
.plan-graph.looking .node:not(.lit), .plan-graph.looking .link:not(.lit) { opacity: 0.22; }
.plan-graph.looking .link.lit .edge { stroke-width: 2.2; }
"""
_PAGE_DARK = """
body { background: #12161d; color: #e6eaf2; } .quiet { color: #a9b4c6; }
#said { background: #1a202b; border-color: #313b4b; }
"""
_ABOUT = (
    "What is not joined by an arrow overlaps. Broken arrows: whether it is done at all. "
    "Red: from one turn of a loop to the next. Changes are made in the order of the plan."
)
_KEYS = "Tab goes from call to call, the arrow keys to what a call waits for (←) and to what waits for it (→)."
_SCRIPT = """
const said = document.getElementById("said"), hint = said.textContent;
for (const svg of document.querySelectorAll("svg.live")) {
  const nodes = [...svg.querySelectorAll(".node[id]")], links = [...svg.querySelectorAll(".link")];
  const at = id => svg.getElementById(id);
  const beside = (node, from, to) => links.filter(l => l.dataset[from] === node.id).map(l => at(l.dataset[to]));
  const reach = (node, from, to) => {
    const seen = new Set([node]), work = [node];
    while (work.length) for (const next of beside(work.pop(), from, to))
      if (!seen.has(next)) { seen.add(next); work.push(next); }
    return seen;
  };
  const show = node => {
    const before = reach(node, "to", "from"), after = reach(node, "from", "to");
    svg.classList.add("looking");
    for (const n of nodes) {
      n.classList.toggle("lit", before.has(n) || after.has(n));
      n.classList.toggle("here", n === node);
    }
    for (const l of links) {
      const a = at(l.dataset.from), b = at(l.dataset.to);
      l.classList.toggle("lit", (before.has(a) && before.has(b)) || (after.has(a) && after.has(b)));
    }
    said.textContent = node.querySelector("title").textContent;
  };
  const rest = () => {
    svg.classList.remove("looking");
    for (const n of nodes) n.classList.remove("here");
    said.textContent = hint;
  };
  const held = () => nodes.includes(document.activeElement) ? show(document.activeElement) : rest();
  nodes.forEach((node, i) => {
    node.addEventListener("focus", () => show(node));
    node.addEventListener("blur", rest);
    node.addEventListener("mouseenter", () => show(node));
    node.addEventListener("mouseleave", held);
    node.addEventListener("click", () => node.focus());
    node.addEventListener("keydown", event => {
      const to = {
        ArrowUp: nodes[i - 1], ArrowDown: nodes[i + 1],
        ArrowLeft: beside(node, "to", "from")[0], ArrowRight: beside(node, "from", "to")[0],
      }[event.key];
      if (to) { to.focus(); event.preventDefault(); }
      if (event.key === "Escape") node.blur();
    });
  });
}
"""


def page(of: Dataflow) -> str:
    """The page: the picture of each section with what it comes to, and all of it as text."""
    layouts = [layout(section, f"s{number}n") for number, section in enumerate(of.sections)]
    name = escape(of.source.name)
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{name}: what waits for what</title>",
        f"<style>{_PAGE}{STYLE}@media (prefers-color-scheme: dark) {{{_PAGE_DARK}{DARK}}}</style></head><body>",
        f"<h1>{name}: what waits for what</h1>",
        f'<p class="quiet">{_ABOUT}</p>',
        *map(_section, layouts),
        f'<svg class="plan-graph" width="760" height="30" aria-hidden="true">{legend(layouts)}</svg>',
        f"<details><summary>As text</summary><pre>{escape(text(of, columns=120))}</pre></details>",
        f'<div id="said" role="status" aria-live="polite">{_KEYS}</div>',
        f"<script>{_SCRIPT}</script></body></html>",
    ]
    return "\n".join(parts) + "\n"


def _section(of: Layout) -> str:
    heading = escape(title(of.section))
    summary = escape(" ".join(of.words.summary()))
    tag = opening(of.width, of.height, f'role="group" aria-label="{heading}"').replace("plan-graph", "plan-graph live")
    picture = f'<rect class="paper" width="{of.width:.0f}" height="{of.height:.0f}"/>{drawing(of, of.width, live=True)}'
    return f'<section><h2>{heading}</h2><div class="scroll">{tag}{picture}</svg></div><p>{summary}</p></section>'
