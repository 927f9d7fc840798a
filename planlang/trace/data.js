"use strict";
// What the page knows of the run, and what follows from it. Columns are arrays of equal length, one entry a row.

const ANSWERED = 0, FAILED = 1, CACHED = 2, SHARED = 3, TAKEN = 4;
const KIND_WORDS = ["answered", "failed", "from the cache", "shared", "from another run"];

/** The data of the page: base64 of gzip of JSON. */
async function unpack(text) {
  const bytes = Uint8Array.from(atob(text.trim()), letter => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return prepared(JSON.parse(await new Response(stream).text()));
}

/** Adds to the data what the views look up again and again. */
function prepared(data) {
  const { calls, batches, sessions } = data;
  calls.count = calls.number.length;
  batches.count = batches.number.length;
  data.effects.count = data.effects.number.length;
  data.rowOfBatch = new Map(batches.number.map((number, row) => [number, row]));
  data.rowOfCall = new Map(calls.number.map((number, row) => [number, row]));
  batches.calls = batches.number.map(() => []);
  calls.number.forEach((_, row) => {
    const batch = data.rowOfBatch.get(calls.batch[row]);
    if (batch !== undefined) batches.calls[batch].push(row);
  });
  calls.number.forEach((_, row) => {
    if (calls.answered[row] !== null) return;
    const other = data.rowOfCall.get(calls.same[row]);
    const sameSession = other !== undefined && calls.session[other] === calls.session[row];
    calls.answered[row] = Math.max(calls.asked[row], (sameSession && calls.answered[other]) || 0);
  });
  batches.failed = batches.calls.map(rows => rows.some(row => calls.kind[row] === FAILED));
  data.axis = axisOf(sessions, calls, batches, data.effects);
  return data;
}

/** Sessions one after the other on one axis, with a gap between them that stands for the time nobody worked on the run. */
function axisOf(sessions, calls, batches, effects) {
  const length = new Map(sessions.map(session => [session.number, session.seconds]));
  const reach = (number, time) => { if (length.has(number)) length.set(number, Math.max(length.get(number), time)); };
  batches.number.forEach((_, row) => reach(batches.session[row], batches.began[row] + batches.seconds[row]));
  calls.number.forEach((_, row) => reach(calls.session[row], calls.answered[row]));
  effects.number.forEach((_, row) => reach(effects.session[row], effects.at[row]));
  const worked = [...length.values()].reduce((sum, seconds) => sum + seconds, 0) || 1e-3;
  const gap = sessions.length > 1 ? worked * Math.min(0.04, 0.3 / sessions.length) : 0;
  const axis = { spans: [], start: new Map(), worked, end: 0 };
  let at = 0, before = 0, last = null;
  for (const session of sessions) {
    const seconds = length.get(session.number);
    const pause = last ? session.began - (last.began + last.seconds) : 0;
    if (last) at += gap;
    axis.spans.push({ session, from: at, to: at + seconds, before, pause, gap: last ? gap : 0 });
    axis.start.set(session.number, at);
    at += seconds;
    before += seconds;
    last = session;
  }
  axis.end = at || 1e-3;
  axis.at = (session, seconds) => (axis.start.get(session) ?? 0) + seconds;
  return axis;
}

// ── words ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** `text` with what cannot be seen, or would make it look like other text than it is, written out. */
function visible(text) {
  return text.replace(HIDDEN, letter => `\\u{${letter.charCodeAt(0).toString(16)}}`);
}

function oneLine(text, most) {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return visible(cut.replace(/\s+/g, " "));
}

function count(number) {
  return Math.round(number).toLocaleString("en-US");
}

function many(number, one, more) {
  return `${count(number)} ${number === 1 ? one : more ?? `${one}s`}`;
}

/** A length of time: `420 µs`, `18 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 0.0000005) return "0 s";
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 0.9995) return `${trimmed(seconds * 1000, seconds < 0.01 ? 1 : 0)} ms`;
  if (seconds < 59.95) return `${trimmed(seconds, seconds < 10 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  for (const [size, unit, small, below] of [[86400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]]) {
    if (whole < size) continue;
    const rest = Math.floor((whole % size) / small);
    return `${Math.floor(whole / size)} ${unit}${rest ? ` ${rest} ${below}` : ""}`;
  }
  return `${whole} s`;
}

function trimmed(number, digits) {
  return String(Number(number.toFixed(digits)));
}

/** A moment, on the clock of whoever reads. */
function moment(unix) {
  if (!unix) return "";
  const two = number => String(number).padStart(2, "0");
  const at = new Date(unix * 1000);
  if (Number.isNaN(at.getTime())) return "";
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ` +
    `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** The last part of a function's full name. */
function shortName(name) {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** `file.plan:LINE:COLUMN`. */
function placeText(data, number) {
  const place = data.places[number];
  return place ? `${visible(data.sources[place[0]].name)}:${place[1]}:${place[2] + 1}` : "";
}
