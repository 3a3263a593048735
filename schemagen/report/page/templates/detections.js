/* -- the list of detections --------------------------------------------------------------- */
const table = $("rules");
if (table) {
  const rank = Object.fromEntries(data.levels.map((level, n) => [level, n]));
  const levelOf = (place) => rank[data.rules[place].l] ?? data.levels.length;
  const order = data.rules.map((_, place) => place).sort((a, b) =>
    (data.rules[b].n || 0) - (data.rules[a].n || 0) || WEIGHT[data.rules[a].s] - WEIGHT[data.rules[b].s]
    || levelOf(a) - levelOf(b) || data.rules[a].t.localeCompare(data.rules[b].t));
  const wanted = new Set();
  let texts = data.rules.map((rule) => [rule.t, ...rule.k].join("\n").toLowerCase());
  let limit = PAGE;
  const hasCases = data.rules.some((rule) => rule.p);
  for (const level of data.levels) $("rule-level").append(el("option", { value: level }, level));
  function row(place) {
    const rule = data.rules[place];
    const cells = [
      el("td", {}, stateOf(rule.s)),
      el("td", {}, rule.l),
      el("td", {}, el("button", { type: "button", class: "link", onclick: () => lookAtRule(place) }, bdi(rule.t)), rule.x ? el("span", { class: "muted" }, " correlation") : null),
      el("td", { class: "mono" }, rule.k.join(" ")),
      el("td", {}, rule.v ? [meter(rule.v[0] / rule.v[1], 60), ` ${number(rule.v[0])} of ${number(rule.v[1])}`] : ""),
      el("td", { class: "num" }, rule.c ? `${number(rule.c[0])} µs${rule.c[1] ? " kind" : ""}` : ""),
    ];
    if (data.replayed) cells.push(el("td", { class: "num" }, rule.n ? fired(rule.n) : ""));
    if (hasCases) cells.push(el("td", { class: "num" }, rule.p ? `${rule.p[0]} of ${rule.p[1]}` : ""));
    return el("tr", {}, cells);
  }
  function list() {
    const text = $("rule-search").value.trim().toLowerCase(), level = $("rule-level").value;
    const found = order.filter((place) => {
      const rule = data.rules[place];
      const states = [...wanted].filter((each) => each !== "fired");
      return (!text || texts[place].includes(text)) && (!level || rule.l === level)
        && (!states.length || wanted.has(rule.s)) && (!wanted.has("fired") || rule.n);
    });
    table.tBodies[0].replaceChildren(...found.slice(0, limit).map(row));
    $("rule-count").textContent = `${counted(found.length, "detection")}${found.length > limit ? `, the first ${limit} of them shown` : ""}.`;
    $("rule-more").hidden = found.length <= limit;
  }
  const again = () => { limit = PAGE; list(); };
  $("rule-search").addEventListener("input", again);
  $("rule-search").addEventListener("focus", async () => {
    const all = await details();
    texts = data.rules.map((rule, place) => {
      const more = all[place];
      const fields = [...(more.fields || []).map((each) => each[0]), ...(more.missing || []).map((each) => each.field)];
      return [rule.t, ...rule.k, more.id, more.file, more.source || "", ...fields].join("\n").toLowerCase();
    });
    if ($("rule-search").value) again();
  }, { once: true });
  $("rule-level").addEventListener("change", again);
  $("rule-more").addEventListener("click", () => { limit += 5 * PAGE; list(); });
  chips($("rule-states"), wanted, again);
  list();
}
