"use strict";
// Making elements. Texts get in as text nodes only: nothing of a run is ever read as HTML.

/** An element. Properties: class, on… handlers, and attributes; null and false leave one out. */
function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

function button(text, properties, onclick) {
  return make("button", { type: "button", ...properties, onclick }, text);
}

/** A text of the run with what the page left out of it: [kind, text, characters left out]. */
function textBlock([kind, text, left]) {
  const block = make("pre", { class: kind ? "value" : "text", tabindex: "0" }, visible(text) || "(empty)");
  if (!left) return block;
  const note = `… ${many(left, "more character")}: the page shows the first ${count(text.length)}, the journal has all.`;
  return make("div", null, block, make("p", { class: "quiet" }, note));
}

/** A table with a head; rows are { cells, class }, cells are texts, numbers or nodes. From column `figures` on they stand to the right. */
function table(caption, heads, figures, rows) {
  const cell = (tag, content, column) => make(tag, { class: column >= figures ? "number" : null }, typeof content === "number" ? count(content) : content);
  return make("table", null,
    make("caption", null, caption),
    make("thead", null, make("tr", null, ...heads.map((head, column) => cell("th", head, column)))),
    make("tbody", null, ...rows.map(row => make("tr", { class: row.class }, ...row.cells.map((one, column) => cell("td", one, column))))));
}

/** The dot that stands for a function. */
function dot(functionNumber) {
  return make("span", { class: `dot hue${functionNumber % 8}`, "aria-hidden": "true" });
}

/** Which key moves how far in a list of `length`, `page` of which are seen; null for other keys. */
function moved(key, at, length, page) {
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: length - 1 }[key];
  return to === undefined ? null : Math.max(0, Math.min(length - 1, to));
}
