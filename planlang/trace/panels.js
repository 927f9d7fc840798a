"use strict";
// What stands around source, timeline and lists: the head, errors, what is chosen, cost, and the facts of the run.

const STATE_WORDS = {
  done: "done", failed: "failed", interrupted: "interrupted", limit: "stopped at a limit", running: "running",
  "stopped short": "stopped short", damaged: "damaged",
};

function headOf(data) {
  const { run, calls, cost } = data;
  const sum = name => cost.functions.reduce((total, one) => total + one[name], 0);
  const figures = [
    [count(run.calls), run.calls === 1 ? "call" : "calls"],
    sum("batches") ? [count(sum("batches")), sum("batches") === 1 ? "batch" : "batches"] : null,
    sum("cached") ? [count(sum("cached")), "from the cache"] : null,
    sum("shared") ? [count(sum("shared")), "shared"] : null,
    sum("taken") ? [count(sum("taken")), "from another run"] : null,
    sum("failed") ? [count(sum("failed")), "failed"] : null,
    run.tokens ? [count(run.tokens), "tokens"] : null,
    [duration(run.seconds), data.sessions.length > 1 ? `in ${data.sessions.length} sessions` : "of time"],
  ].filter(Boolean);
  const title = visible(run.name) + (run.task ? ` · ${visible(run.task)}` : "");
  return make("header", null,
    make("div", null,
      make("h1", null, title, " ", make("span", { class: `badge ${run.state.replace(/\W/g, "-")}` }, STATE_WORDS[run.state] ?? visible(run.state))),
      make("p", { class: "quiet" }, `Run ${visible(run.id)}, began ${moment(run.began)}`)),
    make("dl", { class: "figures" }, ...figures.map(([number, what]) => make("div", null, make("dd", null, number), make("dt", null, what)))));
}

/** The error that ended the run, and above it those of earlier sessions as one line each. */
function errorOf(data, onplace) {
  const last = data.sessions[data.sessions.length - 1];
  if (!last || !last.message) return null;
  const frames = last.stack.map(frame => make("li", null,
    frame.skipped ? make("span", { class: "quiet" }, `${many(frame.skipped, "more call")} `) : null,
    placeButton(data, frame.place, onplace), " ", visible(frameWords(frame))));
  return make("section", { class: "error", "aria-label": "Error" },
    make("p", null, make("strong", null, last.kind ? `error[${visible(last.kind)}]: ` : "error: "), visible(last.message), " ", placeButton(data, last.place, onplace)),
    last.hint ? make("p", null, make("em", null, "Hint: "), visible(last.hint)) : null,
    frames.length > 1 ? make("details", { open: frames.length < 5 },
      make("summary", null, "Where the plan was, outermost first"), make("ol", null, ...frames)) : null);
}

function frameWords({ function: name, turns, step }) {
  const parts = [name ? `in ${name}` : "at the top level"];
  if (turns.length) parts.push(`turn ${turns.join(", ")}`);
  if (step) parts.push(`step “${step}”`);
  return parts.join(" · ");
}

function placeButton(data, place, onplace) {
  const text = placeText(data, place);
  return text ? button(text, { class: "place", title: "Show this place in the plan" }, () => onplace(place)) : "";
}

// ── what is chosen ─────────────────────────────────────────────────────────────────────────────────────────────────

function callDetail(data, row, act) {
  const { calls, batches, functions, models, steps, workers } = data;
  const kind = calls.kind[row], batch = data.rowOfBatch.get(calls.batch[row]);
  const facts = [["Place", placeButton(data, calls.place[row], act.place)], ["Model", visible(models[calls.model[row]]) || null]];
  if (steps[calls.step[row]]) facts.push(["Step", visible(steps[calls.step[row]])]);
  facts.push(["Asked", `${duration(calls.asked[row]) || "0 s"} after ${data.sessions.length > 1 ? `session ${calls.session[row]}` : "the run"} began`]);
  if (batch !== undefined) {
    facts.push(["Waited", duration(Math.max(0, batches.began[batch] - calls.asked[row]))], ["Ran", duration(batches.seconds[batch])]);
    const words = `batch ${calls.batch[row]}, ${many(batches.size[batch], "call")}`;
    facts.push(["In", make("span", null, button(words, { class: "place", title: "List the calls of this batch" }, () => act.batch(batch)), ` on ${visible(workers[batches.worker[batch]])}`)]);
  }
  if (calls.same[row]) facts.push(["Same as", button(`call ${calls.same[row]}`, { class: "place" }, () => act.call(data.rowOfCall.get(calls.same[row])))]);
  if (calls.tokens[row]) facts.push(["Tokens", count(calls.tokens[row])]);
  const title = make("h2", null, dot(calls.function[row]), ` Call ${calls.number[row]}: ${visible(functions[calls.function[row]])} `, kindBadge(kind));
  return [title, factList(facts), ...given(calls.given[row], ...(kind === FAILED ? failure(calls.gave[row]) : gave("Answer", calls.gave[row])))];
}

function effectDetail(data, row, act) {
  const { effects, steps } = data;
  const facts = [["Place", placeButton(data, effects.place[row], act.place)]];
  if (steps[effects.step[row]]) facts.push(["Step", visible(steps[effects.step[row]])]);
  facts.push(["When", `${duration(effects.at[row]) || "0 s"} after ${data.sessions.length > 1 ? `session ${effects.session[row]}` : "the run"} began`]);
  const word = effects.change[row] ? "Change" : "Observation";
  const title = make("h2", null, `${word} ${effects.number[row]}: ${visible(effects.name[row])} `, effectBadge(effects.state[row]));
  const outcome = { failed: () => failure(effects.gave[row]), done: () => gave("Result", effects.gave[row]), begun: () => [make("p", null, "It was begun; whether it was done is not known.")] };
  return [title, factList(facts), ...given(effects.given[row], ...outcome[effects.state[row]]())];
}

function factList(facts) {
  return make("dl", { class: "facts" }, ...facts.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", null, name), make("dd", null, value)]));
}

/** What something was given: texts and long values in blocks of their own, then `between`, then short values in a list. */
function given(parts, ...between) {
  const named = parts.map(([name, ...text], number) => [name ? visible(name) : `Argument ${number + 1}`, text]);
  const isBrief = ([, [kind, text, left]]) => kind && !left && text.length <= 60 && !text.includes("\n");
  const blocks = named.filter(one => !isBrief(one)).flatMap(([name, text]) => [make("h3", null, name), textBlock(text)]);
  const brief = named.filter(isBrief).map(([name, [, text]]) => [name, make("code", null, visible(text))]);
  if (!brief.length) return [...blocks, ...between];
  const list = [make("h3", null, blocks.length ? "Other arguments" : "Arguments"), factList(brief)];
  return blocks.length ? [...blocks, ...between, ...list] : [...list, ...between];
}

function gave(title, text) {
  return [make("h3", { class: "gave" }, title), textBlock(text)];
}

function failure([kind, message, hint]) {
  return [make("h3", { class: "gave" }, "Failed, and a catch saw it"), make("div", { class: "error" },
    make("p", null, make("strong", null, `error[${visible(kind)}]: `), visible(message)), hint ? make("p", null, visible(hint)) : null)];
}

function kindBadge(kind) {
  return kind === ANSWERED ? "" : make("span", { class: `tag kind${kind}` }, KIND_WORDS[kind] ?? "");
}

function effectBadge(state) {
  return state === "done" ? "" : make("span", { class: "tag kind1" }, state === "failed" ? "failed" : "begun, not known whether done");
}

// ── cost and facts ─────────────────────────────────────────────────────────────────────────────────────────────────

function costPanel(data, act) {
  const { cost, functions } = data;
  const columns = [["calls", "Calls"], ["cached", "From cache"], ["shared", "Shared"], ["taken", "From another run"], ["failed", "Failed"], ["batches", "Batches"], ["tokens", "Tokens"]];
  const used = columns.filter(([name]) => name === "calls" || cost.functions.some(one => one[name]));
  const row = (one, first, model) => ({
    cells: [first, ...(model === null ? [] : [model]), ...used.filter(([name]) => model !== null || name !== "batches").map(([name]) => one[name]),
      ...(model === null ? [] : [one.batches ? trimmed(one.items / one.batches, 1) : ""]), duration(one.seconds)],
  });
  const total = names => Object.fromEntries(names.map(name => [name, cost.functions.reduce((sum, one) => sum + one[name], 0)]));
  const byFunction = cost.functions.map(one => {
    const number = functions.indexOf(one.name);
    const name = make("span", null, dot(Math.max(0, number)), " ", button(visible(one.name), { class: "place", title: "List its calls" }, () => act.filter({ function: number })));
    return row(one, name, visible(one.model));
  });
  if (cost.functions.length > 1) byFunction.push({ class: "total", ...row(total(["calls", "cached", "shared", "taken", "failed", "batches", "items", "tokens", "seconds"]), "all", "") });
  const bySteps = cost.steps.map(one => {
    const number = data.steps.indexOf(one.name);
    return row(one, button(visible(one.name) || "(no step)", { class: "place", title: "List its calls" }, () => act.filter({ step: number })), null);
  });
  const heads = used.map(([, title]) => title);
  const made = [table("By function and model", ["Function", "Model", ...heads, "Calls a batch", "Worker time"], 2, byFunction)];
  if (cost.steps.some(one => one.name)) made.push(table("By step", ["Step", ...heads.filter(head => head !== "Batches"), "Worker time"], 1, bySteps));
  return make("div", { class: "panel", tabindex: "0" }, ...(cost.functions.length ? made : [make("p", { class: "quiet" }, "This run made no calls of models.")]));
}

function runPanel(data, onplace) {
  const { run, sessions } = data;
  const made = [table("The times that the run was worked on", ["Session", "Began", "Worked", "Ended", "Workers", "Error"], 6,
    sessions.map(one => ({ cells: [String(one.number), moment(one.began), duration(one.seconds), STATE_WORDS[one.state] ?? visible(one.state), visible(one.workers),
      one.message ? make("span", null, visible(one.message), " ", placeButton(data, one.place, onplace)) : ""] })))];
  made.push(make("h2", null, "How it was started"), factList(run.facts.map(([name, text]) => [visible(name), visible(text)])));
  if (run.arguments.length) made.push(make("h2", null, "Arguments"), ...given(run.arguments));
  if (run.result) made.push(make("h2", null, "Result"), textBlock(run.result));
  return make("div", { class: "panel", tabindex: "0" }, ...made);
}
