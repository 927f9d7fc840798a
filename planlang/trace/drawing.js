"use strict";
// How the timeline is drawn, in the colours of the page's style.

class Drawing {
  constructor(timeline) {
    this.of = timeline;
    const style = getComputedStyle(document.documentElement);
    const colors = new Map();
    this.color = name => {
      if (!colors.has(name)) colors.set(name, style.getPropertyValue(`--${name}`).trim());
      return colors.get(name);
    };
    this.high = Math.max(timeline.view.clientHeight, 40);
    const wide = timeline.view.clientWidth, scale = devicePixelRatio || 1, canvas = timeline.canvas;
    [canvas.width, canvas.height] = [Math.round(wide * scale), Math.round(this.high * scale)];
    canvas.style.width = `${wide}px`;
    canvas.style.height = `${this.high}px`;
    this.pen = canvas.getContext("2d");
    this.pen.setTransform(scale, 0, 0, scale, 0, 0);
    this.font = style.getPropertyValue("--font").trim();
    this.wide = wide;
  }

  all() {
    const { of, pen } = this;
    pen.clearRect(0, 0, this.wide, this.high);
    pen.textBaseline = "middle";
    pen.save();
    pen.beginPath();
    pen.rect(LABEL_WIDTH - 1, 0, this.wide - LABEL_WIDTH + 1, this.high);
    pen.clip();
    this.ticks();
    this.gaps();
    this.clipped(() => {
      this.callSpan();
      for (const lane of of.lanes) if (this.seen(lane)) this.lane(lane, lane.top - of.view.scrollTop);
    });
    this.brush();
    pen.restore();
    this.clipped(() => this.labels());
    pen.strokeStyle = this.color("rule");
    this.rule(0, AXIS_HEIGHT - 0.5, this.wide, AXIS_HEIGHT - 0.5);
    this.rule(LABEL_WIDTH - 0.5, AXIS_HEIGHT, LABEL_WIDTH - 0.5, this.high);
  }

  /** Draw below the axis only. */
  clipped(draw) {
    this.pen.save();
    this.pen.beginPath();
    this.pen.rect(0, AXIS_HEIGHT, this.wide, this.high);
    this.pen.clip();
    draw();
    this.pen.restore();
  }

  seen(lane) {
    const top = lane.top - this.of.view.scrollTop;
    return top < this.high && top + lane.height > AXIS_HEIGHT;
  }

  rule(x1, y1, x2, y2) {
    this.pen.beginPath();
    this.pen.moveTo(x1, y1);
    this.pen.lineTo(x2, y2);
    this.pen.stroke();
  }

  // ── axis ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  ticks() {
    const { of, pen } = this;
    pen.font = `11px ${this.font}`;
    let free = -Infinity;
    for (const [at, label] of ticksOf(of.data.axis, of.from, of.to, of.width)) {
      const x = Math.round(of.x(at)) + 0.5;
      pen.strokeStyle = this.color("faint");
      this.rule(x, AXIS_HEIGHT, x, this.high);
      if (x < free) continue;
      pen.fillStyle = this.color("quiet");
      pen.fillText(label, x + 3, AXIS_HEIGHT / 2);
      free = x + pen.measureText(label).width + 14;
    }
  }

  /** Hatched: nobody worked on the run. */
  gaps() {
    const { of, pen } = this;
    for (const span of of.data.axis.spans) {
      if (!span.gap) continue;
      const left = of.x(span.from - span.gap), right = of.x(span.from);
      if (right < LABEL_WIDTH || left > this.wide) continue;
      pen.fillStyle = this.color("paper");
      pen.fillRect(left, 0, right - left, this.high);
      pen.save();
      pen.beginPath();
      pen.rect(left, 0, right - left, this.high);
      pen.clip();
      pen.strokeStyle = this.color("hatch");
      for (let x = left - this.high; x < right; x += 7) this.rule(x, this.high, x + this.high, 0);
      pen.restore();
      this.gapLabel(`${duration(Math.max(0, span.pause))} later · session ${span.session.number}`, (left + right) / 2);
    }
  }

  gapLabel(text, x) {
    const { pen } = this;
    pen.save();
    pen.font = `11px ${this.font}`;
    pen.translate(x, AXIS_HEIGHT + 8);
    pen.rotate(Math.PI / 2);
    const long = pen.measureText(text).width;
    pen.fillStyle = this.color("paper");
    pen.fillRect(-4, -8, long + 8, 16);
    pen.fillStyle = this.color("ink");
    pen.fillText(text, 0, 0);
    pen.restore();
  }

  // ── lanes ────────────────────────────────────────────────────────────────────────────────────────────────────────

  labels() {
    const { of, pen } = this;
    for (const lane of of.lanes) {
      if (!this.seen(lane)) continue;
      const title = lane.kind === "title", y = lane.top - of.view.scrollTop + lane.height / 2 + (title ? 3 : 0);
      pen.font = title ? `600 11px ${this.font}` : `12px ${this.font}`;
      pen.fillStyle = this.color(title ? "quiet" : "ink");
      pen.fillText(this.fitting(lane.label, LABEL_WIDTH - 18), title ? 8 : 12, y);
    }
  }

  fitting(text, room) {
    if (this.pen.measureText(text).width <= room) return text;
    let most = Math.min(text.length, Math.ceil(room / 3));
    while (most > 1 && this.pen.measureText(`${text.slice(0, most)}…`).width > room) most--;
    return `${text.slice(0, most)}…`;
  }

  lane(lane, top) {
    if (lane.kind === "waiting") return this.area(lane, top);
    const { of } = this;
    let drawn = -1;
    for (const item of lane.items) {
      const left = of.x(item.from), right = of.x(item.to);
      if (right < LABEL_WIDTH - 8 || left > this.wide) continue;
      const chosen = of.chosen !== null && of.chosen.item === item;
      if (!chosen && !item.failed && right < drawn + 0.5) continue; // as good as the same pixel
      drawn = right;
      if (lane.kind === "effect") this.sign(item, left, top + lane.height / 2, chosen);
      else this.bar(lane, item, left, Math.max(1.5, right - left), top, chosen);
    }
  }

  bar(lane, item, left, wide, top, chosen) {
    const { of, pen } = this;
    const dim = lane.kind === "worker" && of.lit !== null && !of.lit.has(item.row);
    const inner = wide > 4 ? wide - 1 : wide, narrow = wide < 3;
    pen.globalAlpha = dim ? 0.22 : 1;
    pen.fillStyle = this.color(item.hue === "step" ? "step" : narrow ? `edge${item.hue}` : `hue${item.hue}`);
    pen.fillRect(left, top + 3, inner, lane.height - 6);
    pen.fillStyle = this.color(item.hue === "step" ? "step-edge" : `edge${item.hue}`);
    pen.fillRect(left, top + lane.height - 5, inner, 2);
    if (item.failed) {
      pen.fillStyle = this.color("bad");
      pen.fillRect(left, top + 3, Math.max(inner, 3), 3);
    }
    this.barLabel(item, left, wide, top + lane.height / 2);
    pen.globalAlpha = 1;
    if (!chosen) return;
    pen.strokeStyle = this.color("ink");
    pen.lineWidth = 2;
    pen.strokeRect(left, top + 2, Math.max(inner, 3), lane.height - 4);
    pen.lineWidth = 1;
  }

  /** The label where there is room for it, else the brief one. */
  barLabel({ label, brief }, left, wide, y) {
    const { pen } = this, from = Math.max(left, LABEL_WIDTH), room = Math.min(left + wide, this.wide) - from - 8;
    pen.font = `11px ${this.font}`;
    pen.fillStyle = this.color("ink");
    const text = [label, brief].find(one => one && pen.measureText(one).width <= room);
    if (text) pen.fillText(text, from + 4, y);
  }

  sign(item, x, y, chosen) {
    const { pen } = this;
    pen.fillStyle = this.color(item.failed ? "bad" : item.hue);
    pen.beginPath();
    if (item.hue === "change") pen.rect(x - 4, y - 5, 8, 10);
    else pen.arc(x, y, 4.5, 0, 2 * Math.PI);
    pen.fill();
    pen.strokeStyle = this.color(chosen ? "ink" : "paper");
    pen.lineWidth = chosen ? 2 : 1;
    pen.stroke();
    pen.lineWidth = 1;
  }

  /** How many calls were under way; of each pixel the most. */
  area(lane, top) {
    const { of, pen } = this;
    const base = top + lane.height - 3, unit = (lane.height - 8) / lane.peak;
    pen.fillStyle = this.color("area");
    this.levels(lane.stairs, Math.ceil(of.width)).forEach((level, pixel) => {
      if (level) pen.fillRect(LABEL_WIDTH + pixel, base - level * unit, 1, level * unit);
    });
  }

  levels(stairs, pixels) {
    const { of } = this, most = new Float64Array(pixels);
    let level = 0, pixel = 0;
    for (const [at, now] of stairs) {
      if (at > of.to) break;
      if (at >= of.from) {
        const x = Math.min(pixels - 1, Math.floor(of.x(at) - LABEL_WIDTH));
        for (; pixel < x; pixel++) most[pixel] = Math.max(most[pixel], level);
        most[x] = Math.max(most[x], level, now);
      }
      level = now;
    }
    for (; pixel < pixels; pixel++) most[pixel] = Math.max(most[pixel], level);
    return most;
  }

  // ── what is chosen ───────────────────────────────────────────────────────────────────────────────────────────────

  /** From when the chosen call was asked to its answer. */
  callSpan() {
    const { of, pen } = this;
    if (of.call === null) return;
    const left = of.x(of.call.from), right = of.x(of.call.to);
    pen.fillStyle = this.color("span");
    pen.fillRect(left, 0, Math.max(1, right - left), this.high);
  }

  /** What a drag has gone over. */
  brush() {
    const { of, pen } = this;
    if (!of.drag || Math.abs(of.drag.now - of.drag.start) <= 5) return;
    pen.fillStyle = this.color("span");
    pen.fillRect(Math.min(of.drag.start, of.drag.now), 0, Math.abs(of.drag.now - of.drag.start), this.high);
  }
}
