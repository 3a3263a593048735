/* What stands in backticks is code, where they come in pairs. */
function ticks(text) {
  const parts = text.split("`");
  return parts.length % 2 ? parts.map((part, n) => (n % 2 ? el("code", {}, part) : part)) : [text];
}
const section = (title, ...children) => [el("h3", {}, title), ...children.flat()];
function facts(pairs) {
  const list = el("dl", { class: "facts" });
  for (const [word, ...value] of pairs) if (value.flat().length && value[0]) list.append(el("dt", {}, word), el("dd", {}, value));
  return list;
}
function ruleLink(place) {
  const rule = data.rules[place];
  return el("button", { type: "button", class: "link", onclick: () => lookAtRule(place) }, glyph(slug(rule.s)), bdi(rule.t));
}
const WEIGHT = Object.fromEntries(Object.keys(data.states).map((status, n) => [status, n]));
const gravest = (a, b) =>
  (data.rules[b].n || 0) - (data.rules[a].n || 0) || WEIGHT[data.rules[a].s] - WEIGHT[data.rules[b].s] || a - b;

function missing(field) {
  const where = field.paths.length ? [" is looked for at ", ...joined(field.paths)] : [" is nowhere in events of this kind"];
  const near = field.near ? field.near : [];
  return el("p", { class: "why" }, bdi(field.field, true), ...where, ".",
    near.length ? [" There is ", ...joined(near), "."] : null,
    field.filters ? " Without it the rule would alert on what it leaves out." : null);
}
function joined(texts) {
  return texts.flatMap((text, n) => (n ? [", ", bdi(text, true)] : [bdi(text, true)]));
}

const lookAtCell = (index) => look(async () => {
  const [title, own, parts] = data.cells[index];
  const all = await details();
  const body = [];
  const entries = (places) => [...places].sort(gravest).map((place) => {
    const rule = data.rules[place], more = all[place];
    return el("div", { class: "entry" }, ruleLink(place), rule.n ? fired(rule.n) : null,
      rule.l ? el("span", { class: "muted" }, ` ${rule.l}`) : null,
      more.sees ? el("p", { class: "why" }, more.sees) : null,
      (more.reasons || []).map((reason) => el("p", { class: "why" }, ticks(reason))),
      rule.s === "BOUND" || rule.s === "RARE" ? null : (more.missing || []).map(missing));
  });
  const limited = (places) => {
    const made = entries(places.slice().sort(gravest).slice(0, PAGE));
    if (places.length > PAGE) made.push(el("p", { class: "hint" }, `and ${counted(places.length - PAGE, "more rule")}: search for the technique under Detections`));
    return made;
  };
  if (own.length) body.push(...section(counted(own.length, "rule"), limited(own)));
  for (const part of parts) {
    const [name, places] = data.cells[part];
    body.push(...section(`${name} (${counted(places.length, "rule")})`, limited(places)));
  }
  return [title || "Rules without a technique", body];
});

const lookAtRule = (place) => look(async () => {
  const rule = data.rules[place], more = (await details())[place];
  const body = [facts([
    ["state", stateOf(rule.s), el("span", { class: "muted" }, ` ${data.states[rule.s][1]}`)],
    ["level", rule.l],
    ["file", bdi(more.file, true)],
    ["id", bdi(more.id, true)],
    ["log source", more.source ? bdi(more.source, true) : null],
    ["techniques", (more.techniques || []).join(", ")],
    ["tactics", (more.tactics || []).join(", ")],
    ["sees", more.sees],
    ["kinds", more.kinds ? more.kinds.join(", ") : null],
    ["counts", more.counts],
    ["filters", more.filters ? more.filters.join(", ") : null],
    ["cost", more.cost ? `about ${more.cost.us} µs where its condition is reached: ${counted(more.cost.calls, "call")}, ${counted(more.cost.regexes, "regular expression")}; ${more.cost.kind ? "class kind: each event of its kinds reaches it" : "class needle: a text tells which events reach it"}` : null],
  ])];
  if (more.reasons) body.push(...section("Why", more.reasons.map((text) => el("p", {}, ticks(text)))));
  if (more.missing) body.push(...section("Missing fields", more.missing.map(missing)));
  if (more.members) body.push(...section("Rules that it correlates", more.members.map((member) =>
    el("p", {}, member.status ? stateOf(member.status) : null, " ", bdi(member.name), member.why ? el("span", { class: "muted" }, " ", ticks(member.why)) : null))));
  if (more.alerts) {
    const rest = more.alerts.events - more.alerts.places.length;
    body.push(...section("Alerts in the replay", el("p", {}, fired(more.alerts.events), " ", ...joined(more.alerts.places), rest > 0 ? ` and ${number(rest)} more` : ""),
      (more.alerts.rows || []).map((text) => el("pre", { tabindex: 0 }, text))));
  } else if (data.replayed) body.push(...section("Alerts in the replay", el("p", { class: "muted" }, "None.")));
  if (more.cases) body.push(...section("Test cases", more.cases.map((each) =>
    el("p", {}, glyph(each.ok ? "bound" : "unbound"), ` ${each.ok ? "passes" : "fails"}: `, bdi(each.name), each.wants ? el("span", { class: "muted" }, `, ${each.wants}`) : null, each.why ? `: ${each.why}` : null))));
  if (more.fields) {
    const rows = more.fields.map(([name, paths, share, needed]) => el("tr", {},
      el("th", { scope: "row" }, bdi(name, true)), el("td", {}, ...joined(paths)),
      el("td", { class: "num" }, share === null ? "–" : percent(share)), el("td", {}, needed ? "needed" : "")));
    body.push(...section("Fields", el("table", {}, el("thead", {}, el("tr", {}, ...["field", "is at", "presence", ""].map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, rows))));
  }
  if (more.remarks) body.push(...section("Remarks", more.remarks.map((text) => el("p", {}, ticks(text)))));
  if (more.predicate) body.push(...section("Condition, as it is emitted", el("pre", { tabindex: 0 }, more.predicate)));
  return [rule.t, body];
});

const lookAtField = (index) => look(async () => {
  const field = data.fields[index];
  const path = pathOf(index);
  const body = [facts([
    ["type", field.t],
    ["presence", percent(field.p / 1000)],
    ["null", field.z ? counted(field.z, "time") : null],
    ["conflict", field.c === 1 ? "values of several types meet here" : null],
    ["what else", field.m],
  ])];
  if (field.k) {
    body.push(...section("Kinds of events that have it", el("table", {}, el("tbody", {}, field.k.map(([name, share, n]) =>
      el("tr", {}, el("th", { scope: "row" }, bdi(name)), el("td", {}, meter(share / 1000, 100)), el("td", { class: "num" }, percent(share / 1000)), el("td", { class: "num" }, `of ${number(n)}`)))))));
  }
  const readers = field.r || [];
  body.push(...section(readers.length ? `Read by ${counted(readers.length, "detection")}` : "No detection reads it",
    [...readers].sort(gravest).slice(0, PAGE).map((place) => el("div", { class: "entry" }, ruleLink(place), data.rules[place].n ? fired(data.rules[place].n) : null)),
    readers.length > PAGE ? el("p", { class: "hint" }, `and ${number(readers.length - PAGE)} more`) : null));
  return [path, body];
});
