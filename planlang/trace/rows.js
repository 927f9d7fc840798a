"use strict";
// A list of very many rows: only those that are seen are in the page.

const ROW_HEIGHT = 26;
const PRINTED_ROWS = 300;

class Rows {
  /** columns: [{ title, class, cell(row) → text or nodes, sort(row) → number, optional }]; onselect(row) is told of each choice. */
  constructor(label, columns, onselect) {
    this.columns = columns;
    this.onselect = onselect;
    this.order = [];
    this.at = -1;
    this.sorted = null;
    this.id = `rows-${label.replace(/\W+/g, "-")}`;
    this.head = make("div", { class: "row head", role: "row" }, ...columns.map((column, number) => this.header(column, number)));
    this.body = make("div", { class: "body", role: "presentation" });
    this.view = make("div", {
      class: "view", role: "grid", tabindex: "0", "aria-label": label,
      onscroll: () => this.draw(), onkeydown: event => this.key(event), onclick: event => this.click(event),
    }, this.body);
    this.printed = make("div", { class: "printed" });
    this.element = make("div", { class: "rows" }, this.head, this.view, this.printed);
    new ResizeObserver(() => this.draw()).observe(this.view);
  }

  header(column, number) {
    if (!column.sort) return make("span", { class: `cell ${column.class}`, role: "columnheader" }, column.title);
    return make("span", { class: `cell ${column.class}`, role: "columnheader" },
      button(column.title, { title: `Sort by ${column.title.toLowerCase()}` }, () => this.sort(number)));
  }

  /** Show these rows, in their order; the chosen one stays chosen where it is among them. */
  show(rows) {
    const chosen = this.order[this.at];
    this.rows = rows;
    this.arrange();
    this.at = this.order.indexOf(chosen);
    this.view.setAttribute("aria-rowcount", this.order.length);
    this.body.style.height = `${this.order.length * ROW_HEIGHT}px`;
    if (this.at < 0) this.view.scrollTop = 0;
    else this.reveal(0.4);
    this.draw();
  }

  arrange() {
    this.order = this.rows.slice();
    if (!this.sorted) return;
    const value = this.columns[this.sorted.column].sort, sign = this.sorted.down ? -1 : 1;
    this.order.sort((a, b) => sign * ((value(a) ?? -1) - (value(b) ?? -1)) || a - b);
  }

  /** First click: most first; second: least first; third: as it was. */
  sort(column) {
    const same = this.sorted && this.sorted.column === column;
    this.sorted = !same ? { column, down: true } : this.sorted.down ? { column, down: false } : null;
    [...this.head.children].forEach((cell, number) => {
      const here = this.sorted && this.sorted.column === number;
      if (here) cell.setAttribute("aria-sort", this.sorted.down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    this.show(this.rows);
    this.view.scrollTop = 0;
    this.draw();
  }

  /** Choose a row from outside: bring it into view without telling. */
  choose(row) {
    this.at = this.order.indexOf(row);
    if (this.at >= 0) this.reveal(0.4);
    this.draw();
  }

  /** Scroll as little as shows the chosen row; with `margin`, so that it stands that far from the edge. */
  reveal(margin = 0) {
    const top = this.at * ROW_HEIGHT, room = this.view.clientHeight;
    if (top < this.view.scrollTop) this.view.scrollTop = top - margin * room;
    else if (top + ROW_HEIGHT > this.view.scrollTop + room) this.view.scrollTop = top + ROW_HEIGHT - (1 - margin) * room;
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.view.clientHeight / ROW_HEIGHT) - 1);
    const to = moved(event.key, this.at, this.order.length, page);
    if (to === null || !this.order.length || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.pick(to);
  }

  click(event) {
    const element = event.target.closest(".row");
    if (element) this.pick(Number(element.dataset.at));
  }

  pick(at) {
    this.at = at;
    this.reveal();
    this.draw();
    this.onselect(this.order[at]);
  }

  draw() {
    const first = Math.max(0, Math.floor(this.view.scrollTop / ROW_HEIGHT) - 4);
    const last = Math.min(this.order.length, first + Math.ceil(this.view.clientHeight / ROW_HEIGHT) + 8);
    const drawn = [];
    for (let at = first; at < last; at++) drawn.push(this.row(at));
    this.body.replaceChildren(...drawn);
    if (this.at >= first && this.at < last) this.view.setAttribute("aria-activedescendant", `${this.id}-${this.at}`);
    else this.view.removeAttribute("aria-activedescendant");
  }

  row(at) {
    const row = this.order[at], here = at === this.at;
    const element = make("div", {
      class: here ? "row here" : "row", role: "row", id: `${this.id}-${at}`, "data-at": at,
      "aria-rowindex": at + 1, "aria-selected": here ? "true" : "false",
    }, ...this.columns.map(column => make("span", { class: `cell ${column.class}`, role: "gridcell" }, ...[column.cell(row)].flat())));
    element.style.top = `${at * ROW_HEIGHT}px`;
    return element;
  }

  /** On paper the first rows stand below each other. */
  print(on) {
    if (!on) return this.printed.replaceChildren();
    const rows = [];
    for (let at = 0; at < Math.min(PRINTED_ROWS, this.order.length); at++) rows.push(this.row(at));
    const left = this.order.length - rows.length;
    if (left > 0) rows.push(make("p", { class: "quiet" }, `… ${many(left, "more row")} on the screen`));
    this.printed.replaceChildren(...rows);
  }
}
