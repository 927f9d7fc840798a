"use strict";
// The page: its parts, what is chosen in one shown in the others, and the lists narrowed to what is asked for.

class App {
  constructor(data) {
    this.data = data;
    this.filters = {};
    const select = { place: place => this.place(place), batch: batch => this.filter({ batch }), call: row => this.call(row), filter: one => this.filter(one) };
    this.act = select;
    this.source = new SourcePane(data, (file, line) => this.filterLine(file, line));
    this.timeline = new Timeline(data, (lane, item, open) => this.item(lane, item, open), (text, x, y) => this.hint(text, x, y));
    this.calls = new Rows("Calls", callColumns(data), row => this.call(row));
    this.effects = new Rows("Effects", effectColumns(data), row => this.effect(row));
    this.search = make("input", { type: "search", placeholder: "Find in inputs and answers", "aria-label": "Find in inputs and answers", oninput: () => this.searchSoon() });
    this.chips = make("div", { class: "chips" });
    this.detail = make("section", { class: "pane detail", tabindex: "0", "aria-label": "What is chosen" });
    this.said = make("p", { id: "said", role: "status" });
    this.tip = make("div", { class: "tip", hidden: true });
    this.build();
    this.effects.show(data.effects.number.map((_, row) => row));
    this.apply();
    this.first();
  }

  build() {
    const { data } = this;
    const lists = { [`Calls ${count(data.run.calls)}`]: this.listPanel(), [`Effects ${count(data.effects.count + data.left.effects)}`]: this.effects.element,
      Cost: costPanel(data, this.act), Run: runPanel(data, this.act.place) };
    this.tabs = new Tabs(lists);
    const error = errorOf(data, this.act.place);
    const page = document.getElementById("page");
    page.replaceChildren(...[headOf(data), error, make("div", { class: "upper" }, this.source.element, this.timeline.element),
      make("div", { class: "lower" }, this.tabs.element, this.detail), this.said, this.tip].filter(Boolean));
    document.addEventListener("keydown", event => this.key(event));
    addEventListener("beforeprint", () => this.print(true));
    addEventListener("afterprint", () => this.print(false));
  }

  listPanel() {
    const { left } = this.data;
    const note = left.calls ? make("p", { class: "quiet" }, `The page lists the first ${count(this.data.calls.count)} calls; the journal has ${count(left.calls)} more.`) : null;
    return make("div", { class: "list" }, make("div", { class: "bar" }, this.search, this.chips), note, this.calls.element);
  }

  /** What is shown when the page opens: the failed call or place, else the first call, else the first effect. */
  first() {
    const { calls, effects, sessions } = this.data;
    const failed = calls.kind.indexOf(FAILED), last = sessions[sessions.length - 1];
    if (calls.count) this.call(Math.max(0, failed));
    else if (effects.count) this.effect(0);
    else this.detail.append(make("p", { class: "quiet" }, "This run made no calls of models, and its journal has no effects."));
    if (last && last.place >= 0) this.place(last.place);
    if (!calls.count && effects.count) this.tabs.show(1);
    this.timeline.view.scrollTop = 0;
    this.say("Tab goes from part to part, arrow keys within one. / finds, Esc shows all calls again.");
  }

  // ── choosing ─────────────────────────────────────────────────────────────────────────────────────────────────────

  call(row) {
    this.detail.replaceChildren(...callDetail(this.data, row, this.act));
    this.detail.scrollTop = 0;
    this.source.mark(this.data.calls.place[row]);
    this.calls.choose(row);
    this.timeline.markCall(row);
  }

  effect(row) {
    this.detail.replaceChildren(...effectDetail(this.data, row, this.act));
    this.detail.scrollTop = 0;
    this.source.mark(this.data.effects.place[row]);
    this.effects.choose(row);
    this.timeline.call = null;
    const lane = this.timeline.lanes.find(one => one.kind === "effect" && one.items.some(item => item.row === row));
    if (lane) this.timeline.mark(lane, lane.items.find(item => item.row === row));
  }

  place(place) { this.source.mark(place); }

  /** Something on the timeline was chosen; with `open`, or where it is a batch, the list shows its calls. */
  item(lane, item, open) {
    this.say(item.said);
    if (lane.kind === "effect") {
      this.tabs.show(1);
      return this.effect(item.row);
    }
    if (lane.kind === "worker") {
      const row = this.data.batches.calls[item.row][0];
      if (row !== undefined) this.call(row);
      if (open) this.filter({ batch: item.row });
      this.timeline.mark(lane, item);
    }
    if (lane.kind === "step" && open) this.filter({ step: item.row });
  }

  filterLine(file, line) {
    const same = this.filters.line && this.filters.line[0] === file && this.filters.line[1] === line;
    this.filter({ line: same ? null : [file, line] });
  }

  // ── narrowing ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Narrow the list of calls further: { function, step, kind, batch, line } by number; null takes one away. */
  filter(change) {
    for (const [name, value] of Object.entries(change)) {
      if (value === null) delete this.filters[name];
      else this.filters[name] = value;
    }
    this.tabs.show(0);
    this.apply();
  }

  searchSoon() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.apply(), 120);
  }

  apply() {
    const { data, filters } = this, { calls } = data;
    const text = this.search.value.trim();
    const finds = text ? finder(text) : null;
    const rows = [];
    for (let row = 0; row < calls.count; row++) {
      if (matches(data, row, filters) && (!finds || finds(calls.given[row]) || finds([calls.gave[row]]))) rows.push(row);
    }
    this.calls.show(rows);
    const narrowed = rows.length < calls.count;
    this.timeline.light(narrowed ? new Set(rows.map(row => data.rowOfBatch.get(calls.batch[row]))) : null);
    this.source.filter(filters.line ?? null);
    this.showChips(rows.length, narrowed);
    if (narrowed) this.say(`${many(rows.length, "call")} of ${count(calls.count)}`);
  }

  showChips(shown, narrowed) {
    const words = chipWords(this.data, this.filters);
    const chips = words.map(([name, text]) => button(`${text} ×`, { class: "chip", title: "Take this away" }, () => this.filter({ [name]: null })));
    const figure = narrowed ? make("span", { class: "quiet" }, `${count(shown)} of ${count(this.data.calls.count)}`) : null;
    this.chips.replaceChildren(...[...chips, ...this.kindChips(), figure].filter(Boolean));
  }

  /** One button for each way that calls of this run came to their outcome, where there is more than one. */
  kindChips() {
    const there = KIND_WORDS.map((_, kind) => kind).filter(kind => this.data.calls.kind.includes(kind));
    if (there.length < 2) return [];
    return there.map(kind => button(KIND_WORDS[kind], { class: "chip kind", "aria-pressed": String(this.filters.kind === kind) },
      () => this.filter({ kind: this.filters.kind === kind ? null : kind })));
  }

  // ── keys, words, paper ───────────────────────────────────────────────────────────────────────────────────────────

  key(event) {
    if (event.key === "/" && document.activeElement !== this.search && !event.ctrlKey && !event.metaKey) {
      this.tabs.show(0);
      this.search.focus();
      event.preventDefault();
    }
    if (event.key === "Escape") {
      this.search.value = "";
      this.filters = {};
      this.apply();
    }
  }

  say(text) { this.said.textContent = text; }

  hint(text, x, y) {
    this.tip.hidden = !text;
    this.tip.textContent = text;
    this.tip.style.left = `${Math.min(x + 14, innerWidth - this.tip.offsetWidth - 8)}px`;
    this.tip.style.top = `${Math.min(y + 16, innerHeight - this.tip.offsetHeight - 8)}px`;
  }

  /** On paper all stands below each other, in light colours. */
  print(on) {
    document.documentElement.classList.toggle("printing", on);
    this.source.print(on);
    this.timeline.print(on);
    this.calls.print(on);
    this.effects.print(on);
  }
}

/** Panels of which one is seen. */
class Tabs {
  constructor(panels) {
    this.names = Object.keys(panels);
    this.buttons = this.names.map((name, number) => button(name, { role: "tab", id: `tab-${number}`, "aria-controls": `panel-${number}` }, () => this.show(number)));
    this.panels = this.names.map((name, number) => make("div", { role: "tabpanel", id: `panel-${number}`, "aria-labelledby": `tab-${number}` }, panels[name]));
    const list = make("div", { role: "tablist", "aria-label": "Lists", onkeydown: event => this.key(event) }, ...this.buttons);
    this.element = make("section", { class: "pane lists", "aria-label": "Lists" }, list, ...this.panels);
    this.show(0);
  }

  show(number) {
    this.at = number;
    this.buttons.forEach((one, other) => {
      one.setAttribute("aria-selected", String(other === number));
      one.tabIndex = other === number ? 0 : -1;
      this.panels[other].classList.toggle("shut", other !== number);
    });
  }

  key(event) {
    const to = { ArrowRight: this.at + 1, ArrowLeft: this.at - 1, Home: 0, End: this.names.length - 1 }[event.key];
    if (to === undefined || !this.buttons[to]) return;
    this.show(to);
    this.buttons[to].focus();
    event.preventDefault();
  }
}

// ── columns and filters ────────────────────────────────────────────────────────────────────────────────────────────

function callColumns(data) {
  const { calls, functions } = data;
  const text = parts => parts.length ? oneLine(String(parts[0][2]), 160) : "";
  const answer = row => calls.kind[row] === FAILED ? oneLine(calls.gave[row][1], 160) : oneLine(String(calls.gave[row][1]), 160);
  const took = row => calls.kind[row] === FAILED && !calls.batch[row] ? null : calls.answered[row] - calls.asked[row];
  return [
    { title: "#", class: "figure tiny", cell: row => String(calls.number[row]), sort: row => calls.number[row] },
    { title: "Function", class: "name", cell: row => [dot(calls.function[row]), ` ${visible(shortName(functions[calls.function[row]]))}`] },
    lineColumn(data, calls),
    { title: "Input", class: "wide", cell: row => text(calls.given[row]) },
    { title: "Answer", class: "wide", cell: row => [kindBadge(calls.kind[row]), answer(row)] },
    { title: "Took", class: "figure", cell: row => duration(took(row)), sort: took },
    ...(data.run.tokens ? [{ title: "Tokens", class: "figure spare", cell: row => calls.tokens[row] ? count(calls.tokens[row]) : "", sort: row => calls.tokens[row] }] : []),
  ];
}

/** The line of the plan; of an imported file with its name. */
function lineColumn(data, table) {
  const { places, sources } = data, own = sources.length - 1;
  const place = row => places[table.place[row]];
  const words = found => found[0] === own ? String(found[1]) : `${visible(sources[found[0]].name.replace(/^.*\/|\.plan$/g, ""))}:${found[1]}`;
  return {
    title: "Line", class: own > 0 ? "figure spare" : "figure tiny spare", cell: row => place(row) ? words(place(row)) : "",
    sort: row => place(row) ? (own - place(row)[0]) * 1e6 + place(row)[1] : -1,
  };
}

function effectColumns(data) {
  const { effects } = data;
  return [
    { title: "#", class: "figure tiny", cell: row => String(effects.number[row]), sort: row => effects.number[row] },
    { title: "What", class: "name", cell: row => [make("span", { class: effects.change[row] ? "dot change" : "dot observation" }), ` ${visible(effects.name[row])}`] },
    lineColumn(data, effects),
    { title: "Given", class: "wide", cell: row => oneLine(effects.given[row].map(part => String(part[2])).join(" · "), 160) },
    { title: "Result", class: "wide", cell: row => [effectBadge(effects.state[row]), effects.state[row] === "begun" ? "" : oneLine(String(effects.gave[row][1]), 160)] },
    { title: "At", class: "figure", cell: row => duration(effects.at[row]) || "0 s", sort: row => data.axis.at(effects.session[row], effects.at[row]) },
  ];
}

function matches(data, row, filters) {
  const { calls } = data, place = data.places[calls.place[row]];
  return (filters.function === undefined || calls.function[row] === filters.function)
    && (filters.step === undefined || calls.step[row] === filters.step)
    && (filters.kind === undefined || calls.kind[row] === filters.kind)
    && (filters.batch === undefined || data.rowOfBatch.get(calls.batch[row]) === filters.batch)
    && (filters.line === undefined || (place !== undefined && place[0] === filters.line[0] && place[1] === filters.line[1]));
}

function chipWords(data, filters) {
  const words = {
    function: number => visible(data.functions[number] ?? ""), step: number => `step ${visible(data.steps[number]) || "(none)"}`,
    batch: row => `batch ${data.batches.number[row]}`, line: ([, line]) => `line ${line}`,
  };
  return Object.entries(filters).filter(([name]) => words[name]).map(([name, value]) => [name, words[name](value)]);
}

/** Whether any text among parts holds what is looked for, in any case. */
function finder(text) {
  const pattern = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "i");
  return parts => parts.some(part => part.some(one => typeof one === "string" && pattern.test(one)));
}

(async () => {
  const opening = document.getElementById("opening");
  if (typeof DecompressionStream === "undefined") {
    opening.textContent = "This page needs a browser of 2023 or newer.";
    return;
  }
  const data = await unpack(document.getElementById("data").textContent);
  window.trace = new App(data);
})();
