"use strict";
// The lanes of the timeline: what is drawn below each other, on the axis of `axisOf`.

const AXIS_HEIGHT = 26, LANE_HEIGHT = 22, AREA_HEIGHT = 46, TITLE_HEIGHT = 22;

/** Lanes from top to bottom: { kind, label, height, top, items: [{ from, to, row, hue, label, said }] }. */
function lanesOf(data) {
  const lanes = [];
  const section = (title, made) => { if (made.length) lanes.push({ kind: "title", label: title, height: TITLE_HEIGHT, items: [] }, ...made); };
  section("Steps", stepLanes(data));
  section("Calls under way", data.calls.count ? [waitingLane(data)] : []);
  section("Batches", workerLanes(data));
  section("Effects", effectLanes(data));
  let top = AXIS_HEIGHT;
  for (const lane of lanes) {
    lane.top = top;
    top += lane.height;
  }
  lanes.height = top + 6;
  return lanes;
}

function stepLanes(data) {
  const { calls, effects, axis, steps } = data;
  const spans = new Map();
  const reach = (step, session, from, to, made) => {
    const key = `${step} ${session}`;
    const span = spans.get(key) ?? { step, from: Infinity, to: -Infinity, made: 0 };
    span.from = Math.min(span.from, axis.at(session, from));
    span.to = Math.max(span.to, axis.at(session, to));
    span.made += made;
    spans.set(key, span);
  };
  for (let row = 0; row < calls.count; row++) reach(calls.step[row], calls.session[row], calls.asked[row], calls.answered[row], 1);
  for (let row = 0; row < effects.count; row++) reach(effects.step[row], effects.session[row], effects.at[row], effects.at[row], 0);
  const byStep = new Map();
  for (const span of spans.values()) {
    if (!byStep.has(span.step)) byStep.set(span.step, []);
    byStep.get(span.step).push(span);
  }
  if ([...byStep.keys()].every(step => steps[step] === "")) return [];
  return [...byStep].sort((a, b) => a[1][0].from - b[1][0].from).map(([step, found]) => {
    const label = steps[step] === "" ? "(no step)" : visible(steps[step]);
    const items = found.map(span => ({
      from: span.from, to: span.to, row: step, hue: "step", label: many(span.made, "call"),
      said: `Step ${label}: ${many(span.made, "call")}, ${duration(span.to - span.from)} from the first to the last`,
    }));
    return { kind: "step", label, height: LANE_HEIGHT, items };
  });
}

/** How many calls were asked and not answered yet, as a staircase: times, and the level from each on. */
function waitingLane(data) {
  const { calls, axis } = data;
  const events = [];
  for (let row = 0; row < calls.count; row++) {
    events.push([axis.at(calls.session[row], calls.asked[row]), 1], [axis.at(calls.session[row], calls.answered[row]), -1]);
  }
  events.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  let level = 0;
  const stairs = events.map(([at, step]) => [at, level += step]);
  const peak = stairs.reduce((most, [, now]) => Math.max(most, now), 1);
  return { kind: "waiting", label: `at most ${count(peak)}`, height: AREA_HEIGHT, items: [], stairs, peak };
}

function workerLanes(data) {
  const { batches, axis } = data;
  const byWorker = new Map();
  for (let row = 0; row < batches.count; row++) {
    if (!byWorker.has(batches.worker[row])) byWorker.set(batches.worker[row], []);
    const from = axis.at(batches.session[row], batches.began[row]);
    const name = visible(shortName(data.functions[batches.function[row]]));
    byWorker.get(batches.worker[row]).push({
      from, to: from + batches.seconds[row], row, hue: batches.function[row] % 8, label: `${name} ×${batches.size[row]}`, brief: `×${batches.size[row]}`,
      failed: batches.failed[row],
      said: `Batch ${batches.number[row]}: ${many(batches.size[row], "call")} of ${name}, ${duration(batches.seconds[row])}`,
    });
  }
  const order = [...byWorker].map(([worker, items]) => [visible(data.workers[worker]).replace(/^worker /, "") || "worker", items])
    .sort((a, b) => a[0].localeCompare(b[0], "en", { numeric: true }));
  return order.flatMap(([name, items]) => {
    const apart = beside(items.sort((a, b) => a.from - b.from));
    return apart.map((some, at) => ({ kind: "worker", label: apart.length > 1 ? `${name} · ${at + 1}` : name, height: LANE_HEIGHT, items: some }));
  });
}

/** Items in as few rows as they need: those of one worker that runs several batches at once overlap. */
function beside(items) {
  const rows = [];
  for (const item of items) {
    const slack = 0.0005 + 0.1 * (item.to - item.from); // clocks of two threads
    const row = rows.find(one => one[one.length - 1].to <= item.from + slack);
    if (row) row.push(item);
    else rows.push([item]);
  }
  return rows;
}

function effectLanes(data) {
  const { effects, axis } = data;
  return [["changes", 1], ["observations", 0]].map(([label, change]) => {
    const items = [];
    for (let row = 0; row < effects.count; row++) {
      if (effects.change[row] !== change) continue;
      const at = axis.at(effects.session[row], effects.at[row]);
      items.push({
        from: at, to: at, row, hue: change ? "change" : "observation", failed: effects.state[row] === "failed",
        label: "", said: `${change ? "Change" : "Observation"} ${effects.number[row]}: ${visible(effects.name[row])}`,
      });
    }
    return { kind: "effect", label, height: LANE_HEIGHT, items: items.sort((a, b) => a.from - b.from) };
  }).filter(lane => lane.items.length);
}

/** Where the axis is marked: about every 90 pixels, at round times. Each: [place on the axis, its label]. */
function ticksOf(axis, from, to, pixels) {
  const wanted = (to - from) / Math.max(1, pixels / 90);
  const steps = [0.00001, 0.0001, 0.001, 0.01, 0.1, 1, 10].flatMap(size => [size, 2 * size, 5 * size])
    .filter(step => step < 30).concat([30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400]);
  const step = steps.find(one => one >= wanted) ?? Math.ceil(wanted / 86400) * 86400;
  const ticks = [];
  for (const span of axis.spans) {
    const shift = span.from - span.before;
    for (let at = Math.ceil((Math.max(from, span.from) - shift) / step - 1e-9); at * step + shift <= Math.min(to, span.to); at++) {
      ticks.push([at * step + shift, duration(at * step) || "0 s"]);
    }
  }
  return ticks;
}
