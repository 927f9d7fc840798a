"use strict";
// The text of the plan: how many calls each line made, and the place of what is chosen.

class SourcePane {
  /** onselect(file, line) is told of a chosen line. */
  constructor(data, onselect) {
    this.data = data;
    this.onselect = onselect;
    this.file = Math.max(0, data.sources.length - 1);
    this.place = null;
    this.filtered = null;
    this.counts = data.sources.map(() => new Map());
    const note = number => {
      const place = data.places[number];
      if (place) this.counts[place[0]].set(place[1], (this.counts[place[0]].get(place[1]) ?? 0) + 1);
    };
    data.calls.place.forEach(note);
    data.effects.place.forEach(note);
    this.most = Math.max(1, ...this.counts.flatMap(lines => [...lines.values()]));
    this.tabs = make("div", { class: "files" });
    this.lines = make("div", {
      class: "source", role: "listbox", tabindex: "0", "aria-label": "The plan, line by line",
      onkeydown: event => this.key(event), onclick: event => this.click(event),
    });
    this.printed = make("div", { class: "printed" });
    this.element = make("section", { class: "pane plan", "aria-label": "Plan" }, this.tabs, this.lines, this.printed);
    this.showFile(this.file);
  }

  showFile(file) {
    this.file = file;
    this.at = 0;
    const sources = this.data.sources;
    this.tabs.replaceChildren(...sources.map((source, number) => button(visible(source.name),
      { class: "file", "aria-pressed": String(number === file) }, () => this.showFile(number))).reverse());
    const source = sources[file];
    const lines = source ? source.lines.map((_, index) => this.line(index)) : [];
    if (source && source.left_out) lines.push(make("p", { class: "quiet" }, `… ${many(source.left_out, "more line")}`));
    this.lines.replaceChildren(...lines);
  }

  line(index) {
    const number = index + 1, made = this.counts[this.file].get(number);
    const marks = this.marksOf(number);
    const heat = make("span", { class: "made", title: made ? `${many(made, "call or effect", "calls and effects")}` : null }, made ? short(made) : "");
    if (made) heat.style.setProperty("--heat", (0.12 + 0.5 * Math.log1p(made) / Math.log1p(this.most)).toFixed(3));
    const chosen = this.filtered && this.filtered[0] === this.file && this.filtered[1] === number;
    return make("div", {
      class: `line${made ? " active" : ""}${chosen ? " chosen" : ""}`, role: "option", id: `line-${number}`,
      "data-line": number, "aria-selected": chosen ? "true" : "false",
    }, make("span", { class: "at" }, String(number)), heat, make("code", null, ...this.pieces(index, marks)));
  }

  /** On paper the other files stand below the one that is shown. */
  print(on) {
    const others = this.data.sources.filter((_, number) => on && number !== this.file);
    this.printed.replaceChildren(...others.flatMap(source => [make("h3", null, visible(source.name)),
      make("pre", { class: "value" }, visible(source.lines.map(line => line.map(([, text]) => text).join("")).join("\n")))]));
  }

  /** From which column to which one a line is marked; null where it is not. */
  marksOf(number) {
    const place = this.data.places[this.place];
    if (!place || place[0] !== this.file || number < place[1] || number > place[3]) return null;
    return [number === place[1] ? place[2] : 0, number === place[3] ? place[4] : Infinity];
  }

  pieces(index, marks) {
    const made = [];
    let at = 0;
    for (const [kind, text] of this.data.sources[this.file].lines[index]) {
      const cuts = marks ? [0, marks[0] - at, marks[1] - at, text.length].map(cut => Math.max(0, Math.min(text.length, cut))) : [0, 0, 0, text.length];
      for (let part = 0; part < 3; part++) {
        const shown = visible(text.slice(cuts[part], cuts[part + 1]));
        if (shown) made.push(make(part === 1 ? "mark" : "span", { class: kind || null }, shown));
      }
      at += text.length;
    }
    return made;
  }

  /** Mark a place, and bring it into view; -1 marks none. */
  mark(number) {
    const before = this.data.places[this.place], place = this.data.places[number];
    this.place = number;
    if (place && place[0] !== this.file) this.showFile(place[0]);
    this.redraw(before);
    this.redraw(place);
    if (place) this.reveal(place[1]);
    const marked = place ? this.lines.querySelector("mark") : null;
    if (marked) this.across(marked.offsetLeft - this.lines.offsetLeft, marked.offsetWidth);
  }

  /** Scroll so far to the side that what is marked is seen, from its beginning. */
  across(left, wide) {
    const room = this.lines.clientWidth, gutter = 100;
    if (left + Math.min(wide, room - gutter) > this.lines.scrollLeft + room) this.lines.scrollLeft = left - gutter;
    else if (left - gutter < this.lines.scrollLeft) this.lines.scrollLeft = Math.max(0, left + wide < room ? 0 : left - gutter);
  }

  /** Show which line the lists are narrowed to: [file, line] or null. */
  filter(line) {
    const before = this.filtered;
    this.filtered = line;
    for (const one of [before, line]) if (one) this.redraw([one[0], one[1], 0, one[1], 0]);
  }

  redraw(place) {
    if (!place || place[0] !== this.file) return;
    for (let number = place[1]; number <= place[3]; number++) {
      const old = this.lines.children[number - 1];
      if (old && old.dataset.line) old.replaceWith(this.line(number - 1));
    }
  }

  reveal(number) {
    const line = this.lines.children[number - 1];
    if (!line) return;
    const top = line.offsetTop - this.lines.offsetTop, room = this.lines.clientHeight;
    if (top < this.lines.scrollTop || top + line.offsetHeight > this.lines.scrollTop + room)
      this.lines.scrollTop = Math.max(0, top - room / 3);
  }

  key(event) {
    const lines = this.lines.querySelectorAll(".line");
    const to = moved(event.key, this.at, lines.length, 10);
    if (to !== null) this.focus(lines, to);
    else if (event.key === "Enter" && lines[this.at]) this.onselect(this.file, this.at + 1);
    else return;
    event.preventDefault();
  }

  focus(lines, to) {
    lines[this.at]?.classList.remove("cursor");
    this.at = to;
    lines[to]?.classList.add("cursor");
    this.lines.setAttribute("aria-activedescendant", `line-${to + 1}`);
    this.reveal(to + 1);
  }

  click(event) {
    const line = event.target.closest(".line");
    if (!line || String(getSelection()) !== "") return;
    this.focus(this.lines.querySelectorAll(".line"), Number(line.dataset.line) - 1);
    this.onselect(this.file, Number(line.dataset.line));
  }
}

/** A count in at most four characters. */
function short(number) {
  if (number < 1000) return String(number);
  if (number < 999_500) return `${trimmed(number / 1000, number < 9950 ? 1 : 0)}k`;
  return `${trimmed(number / 1e6, 1)}M`;
}
