"use strict";
// The timeline: lanes on a canvas that is as large as what is seen of them, to zoom, to pan, and to go through by keys.

const LABEL_WIDTH = 150, LEAST_VIEW = 1e-6;

class Timeline {
  /** onselect(lane, item) is told of each choice, onhint(text) of what the pointer is over. */
  constructor(data, onselect, onhint) {
    Object.assign(this, { data, onselect, onhint, lanes: lanesOf(data), chosen: null, call: null, lit: null });
    this.from = 0;
    this.to = data.axis.end;
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.room = make("div", { class: "room" }, this.canvas);
    this.room.style.height = `${this.lanes.height}px`;
    this.view = make("div", {
      class: "lanes", tabindex: "0", role: "application", "aria-roledescription": "timeline", "aria-label": this.summary(),
      onscroll: () => this.draw(), onkeydown: event => this.key(event),
    }, this.room);
    this.tools = make("div", { class: "tools" },
      button("+", { title: "Zoom in (+)", "aria-label": "Zoom in" }, () => this.zoom(0.5)),
      button("−", { title: "Zoom out (−)", "aria-label": "Zoom out" }, () => this.zoom(2)),
      button("All", { title: "The whole run (0)" }, () => this.fit()));
    this.element = make("section", { class: "pane timeline", "aria-label": "Timeline" }, this.view, this.tools);
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.view);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  summary() {
    const { data } = this;
    return `Timeline: ${many(data.calls.count, "call")} in ${many(data.batches.count, "batch", "batches")}, ` +
      `${duration(data.axis.worked)}. Arrow keys go from one to the next, plus and minus zoom, 0 shows all, Enter lists its calls.`;
  }

  // ── where things are ─────────────────────────────────────────────────────────────────────────────────────────────

  get width() { return Math.max(50, this.view.clientWidth - LABEL_WIDTH - 10); }
  x(at) { return LABEL_WIDTH + (at - this.from) / (this.to - this.from) * this.width; }
  time(x) { return this.from + (x - LABEL_WIDTH) / this.width * (this.to - this.from); }

  show(from, to) {
    const most = this.data.axis.end, length = Math.max(LEAST_VIEW, Math.min(most, to - from));
    this.from = Math.max(0, Math.min(from, most - length));
    this.to = this.from + length;
    this.draw();
  }

  fit() { this.show(0, this.data.axis.end); }

  zoom(factor, around = (this.from + this.to) / 2) {
    this.show(around - (around - this.from) * factor, around + (this.to - around) * factor);
  }

  /** The lane and item at a place of the view, if there is one. */
  hit(x, y) {
    const lane = this.lanes.find(one => y >= one.top && y < one.top + one.height);
    if (!lane || x < LABEL_WIDTH || y - this.view.scrollTop < AXIS_HEIGHT) return { lane, item: null };
    let found = null, nearest = lane.kind === "effect" ? 7 : 3;
    for (const item of lane.items) {
      const away = Math.max(this.x(item.from) - x, x - this.x(item.to), 0);
      if (away < nearest || (away === 0 && nearest === 0)) [found, nearest] = [item, away];
    }
    return { lane, item: found };
  }

  // ── pointer and keys ─────────────────────────────────────────────────────────────────────────────────────────────

  listen() {
    const place = event => {
      const box = this.view.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top + this.view.scrollTop];
    };
    this.canvas.addEventListener("pointerdown", event => {
      if (event.button !== 0) return;
      this.drag = { start: place(event)[0], now: place(event)[0] };
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", event => {
      const [x, y] = place(event);
      if (this.drag) {
        this.drag.now = x;
        return this.draw();
      }
      const { item } = this.hit(x, y);
      this.canvas.style.cursor = item ? "pointer" : "crosshair";
      this.onhint(item ? item.said : "", event.clientX, event.clientY);
    });
    this.canvas.addEventListener("pointerleave", () => this.onhint("", 0, 0));
    this.canvas.addEventListener("pointercancel", () => { this.drag = null; this.draw(); });
    this.canvas.addEventListener("pointerup", event => this.release(...place(event)));
    this.canvas.addEventListener("dblclick", () => this.fit());
    this.view.addEventListener("wheel", event => {
      if (event.ctrlKey || event.metaKey) this.zoom(Math.exp(Math.sign(event.deltaY) * 0.25), this.time(place(event)[0]));
      else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.pan((event.deltaX || event.deltaY) / this.width);
      else return;
      event.preventDefault();
    }, { passive: false });
  }

  /** A drag zooms to what it spans; a click chooses. */
  release(x, y) {
    const drag = this.drag;
    this.drag = null;
    if (drag && Math.abs(x - drag.start) > 5) {
      const ends = [this.time(drag.start), this.time(x)].sort((a, b) => a - b);
      return this.show(...ends);
    }
    const { lane, item } = this.hit(x, y);
    if (item) this.choose(lane, item);
    else this.draw();
  }

  pan(share) {
    const by = share * (this.to - this.from);
    this.show(this.from + by, this.to + by);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = {
      "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2), "0": () => this.fit(),
      ArrowRight: () => event.shiftKey ? this.pan(0.2) : this.step(1), ArrowLeft: () => event.shiftKey ? this.pan(-0.2) : this.step(-1),
      ArrowDown: () => this.otherLane(1), ArrowUp: () => this.otherLane(-1),
      Enter: () => this.chosen && this.onselect(this.chosen.lane, this.chosen.item, true),
    };
    if (!acts[event.key]) return;
    acts[event.key]();
    event.preventDefault();
  }

  step(by) {
    if (!this.chosen) return this.otherLane(1);
    const { lane, item } = this.chosen;
    const next = lane.items[lane.items.indexOf(item) + by];
    if (next) this.choose(lane, next);
  }

  otherLane(by) {
    const lanes = this.lanes.filter(lane => lane.items.length);
    if (!lanes.length) return;
    if (!this.chosen) return this.choose(lanes[0], lanes[0].items[0]);
    const lane = lanes[lanes.indexOf(this.chosen.lane) + by], near = this.chosen.item.from;
    if (lane) this.choose(lane, lane.items.find(item => item.to >= near) ?? lane.items[lane.items.length - 1]);
  }

  choose(lane, item) {
    this.mark(lane, item);
    this.onselect(lane, item, false);
  }

  /** Show an item as the chosen one, without telling. */
  mark(lane, item) {
    this.chosen = item ? { lane, item } : null;
    if (item) this.reveal(lane, item.from, item.to);
    this.draw();
  }

  reveal(lane, from, to) {
    if (to < this.from || from > this.to) this.show(...(length => [(from + to - length) / 2, (from + to + length) / 2])(Math.max(this.to - this.from, to - from)));
    const top = lane.top - AXIS_HEIGHT, bottom = lane.top + lane.height;
    if (top < this.view.scrollTop) this.view.scrollTop = top;
    else if (bottom > this.view.scrollTop + this.view.clientHeight) this.view.scrollTop = bottom - this.view.clientHeight;
  }

  /** Mark the batch that answered a call, and how long the call waited for it. */
  markCall(row) {
    const { calls, axis, rowOfBatch } = this.data;
    const batch = rowOfBatch.get(calls.batch[row]);
    this.call = { from: axis.at(calls.session[row], calls.asked[row]), to: axis.at(calls.session[row], calls.answered[row]) };
    const lane = this.lanes.find(one => one.kind === "worker" && one.items.some(item => item.row === batch));
    this.mark(lane, lane ? lane.items.find(item => item.row === batch) : null);
  }

  /** Light up the batches in `rows`, a set; null lights all. */
  light(rows) {
    this.lit = rows;
    this.draw();
  }

  /** For paper: all lanes, drawn at once. */
  print(on) {
    this.view.style.height = on ? `${this.lanes.height}px` : "";
    this.view.style.flex = on ? "none" : "";
    new Drawing(this).all();
  }

  draw() {
    if (this.due) return;
    this.due = requestAnimationFrame(() => {
      this.due = 0;
      new Drawing(this).all();
    });
  }
}
