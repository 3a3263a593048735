"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const SVG = "http://www.w3.org/2000/svg";
  const PAGE = 100;
  const number = (n) => n.toLocaleString("en-US");
  const counted = (n, noun) => `${number(n)} ${noun}${n === 1 ? "" : "s"}`;
  const slug = (status) => status.toLowerCase();

  /* Texts only ever become text nodes: nothing here reads HTML. */
  function el(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === "onclick") made.addEventListener("click", value);
      else if (value === true) made.setAttribute(key, "");
      else if (value !== false && value !== undefined && value !== null) made.setAttribute(key, value);
    }
    made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  }
  function svg(tag, attributes, ...children) {
    const made = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }
  const glyph = (name) =>
    svg("svg", { class: `glyph g-${name}`, width: 12, height: 12, "aria-hidden": "true" }, svg("use", { href: `#s-${name}` }));
  const stateOf = (status) => el("span", { class: `state st-${slug(status)}` }, glyph(slug(status)), data.states[status][0]);
  const fired = (n) => el("span", { class: "fired" }, glyph("fired"), counted(n, "alert"));
  const meter = (share, width) =>
    svg("svg", { class: "meter", viewBox: `0 0 ${width} 6`, width, height: 6, "aria-hidden": "true" },
      svg("rect", { class: "track", width, height: 6 }),
      svg("rect", { class: "f-bound", width: (share * width).toFixed(1), height: 6 }));
  const bdi = (text, mono) => el("bdi", { class: mono ? "mono" : null }, text);
  function percent(share) {
    if (share === 0 || share === 1) return `${share * 100}%`;
    const text = (share * 100).toFixed(share < 0.1 ? 2 : 1);
    return text === "100.0" ? "99.9%" : text === "0.00" ? "<0.01%" : `${text}%`;
  }

  /* The details are most of the file: they are unpacked when the first of them is asked for. */
  let unpacking = null;
  function details() {
    unpacking ||= (async () => {
      const bytes = Uint8Array.from(atob($("details").textContent), (c) => c.charCodeAt(0));
      const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      return JSON.parse(await new Response(plain).text());
    })();
    return unpacking;
  }

  /* -- theme ------------------------------------------------------------------------------- */
  const dark = matchMedia("(prefers-color-scheme: dark)");
  function isDark() {
    return (document.documentElement.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
  }
  function showTheme() {
    $("theme").setAttribute("aria-pressed", String(isDark()));
  }
  $("theme").addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    showTheme();
  });
  dark.addEventListener("change", showTheme);
  showTheme();

  /* -- the section that is read ------------------------------------------------------------ */
  const links = [...document.querySelectorAll(".top nav a")];
  const sections = links.map((link) => document.querySelector(link.getAttribute("href")));
  function showSection() {
    const line = 160;
    let current = 0;
    sections.forEach((section, n) => { if (section.getBoundingClientRect().top < line) current = n; });
    links.forEach((link, n) => (n === current ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
  }
  addEventListener("scroll", showSection, { passive: true });
  showSection();

  /* -- the drawer -------------------------------------------------------------------------- */
  const drawer = $("drawer");
  const trail = [];
  let opener = null;
  function look(view) {
    if (!drawer.open) opener = document.activeElement;
    trail.push(view);
    show(view);
  }
  async function show(view) {
    const [title, body] = await view();
    if (trail[trail.length - 1] !== view) return;
    $("drawer-title").replaceChildren(bdi(title));
    $("drawer-body").replaceChildren(...body);
    $("drawer-back").hidden = trail.length < 2;
    if (!drawer.open) drawer.showModal();
    drawer.scrollTop = 0;
    $("drawer-title").focus();
  }
  $("drawer-back").addEventListener("click", () => { trail.pop(); show(trail[trail.length - 1]); });
  $("drawer-close").addEventListener("click", () => drawer.close());
  drawer.addEventListener("click", (event) => { if (event.target === drawer) drawer.close(); });
  drawer.addEventListener("close", () => { trail.length = 0; if (opener && opener.isConnected) opener.focus(); });

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

  /* -- the matrix -------------------------------------------------------------------------- */
  const matrix = $("matrix");
  if (matrix) {
    const cells = [...matrix.querySelectorAll(".cell")];
    const texts = cells.map((cell) => {
      const [title, own] = data.cells[cell.dataset.cell];
      return [title, ...own.map((place) => data.rules[place].t)].join("\n").toLowerCase();
    });
    matrix.addEventListener("click", (event) => {
      const cell = event.target.closest(".cell");
      if (cell) lookAtCell(Number(cell.dataset.cell));
    });
    const columns = () => [...matrix.querySelectorAll(".tactic")].map((column) =>
      [...column.querySelectorAll(".cell")].filter((cell) => cell.offsetParent !== null));
    function moveTo(cell) {
      cells.forEach((each) => each.setAttribute("tabindex", each === cell ? "0" : "-1"));
      cell.focus();
    }
    matrix.addEventListener("keydown", (event) => {
      const cell = event.target.closest(".cell");
      const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0], Home: [-99, 0], End: [99, 0] }[event.key];
      if (!cell || !step) return;
      event.preventDefault();
      const grid = columns().filter((column) => column.length);
      const x = grid.findIndex((column) => column.includes(cell)), y = grid[x].indexOf(cell);
      const nx = Math.min(Math.max(x + step[0], 0), grid.length - 1);
      moveTo(grid[nx][Math.min(Math.max(y + step[1], 0), grid[nx].length - 1)]);
    });
    const wanted = new Set();
    function filterMatrix() {
      const text = $("matrix-search").value.trim().toLowerCase();
      let fitting = 0;
      cells.forEach((cell, n) => {
        const inside = [n, ...data.cells[cell.dataset.cell][2]];
        const fits = (!text || inside.some((each) => texts[each].includes(text)))
          && (!wanted.size || wanted.has(cell.dataset.state) || (wanted.has("fired") && cell.dataset.fired));
        cell.classList.toggle("dim", !fits);
        fitting += fits;
      });
      $("matrix-none").hidden = fitting > 0;
    }
    $("matrix-search").addEventListener("input", filterMatrix);
    chips($("matrix-states"), wanted, filterMatrix);
    $("matrix-subs").addEventListener("change", (event) =>
      matrix.querySelectorAll(".subs").forEach((list) => { list.hidden = !event.target.checked; }));
    $("matrix-rest").addEventListener("change", (event) =>
      matrix.querySelectorAll(".rest").forEach((list) => { list.hidden = !event.target.checked; }));
  }
  function chips(group, wanted, changed) {
    group.addEventListener("click", (event) => {
      const chip = event.target.closest(".chip");
      if (!chip) return;
      const pressed = chip.getAttribute("aria-pressed") !== "true";
      chip.setAttribute("aria-pressed", String(pressed));
      if (pressed) wanted.add(chip.dataset.state); else wanted.delete(chip.dataset.state);
      changed();
    });
  }
  document.querySelectorAll("[data-rule]").forEach((button) =>
    button.addEventListener("click", () => lookAtRule(Number(button.dataset.rule))));

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

  /* -- the tree of fields ------------------------------------------------------------------- */
  const parents = [];
  {
    const stack = [];
    data.fields.forEach((field, n) => {
      parents[n] = field.d ? stack[field.d - 1] : -1;
      stack[field.d] = n;
    });
  }
  function pathOf(index) {
    const steps = [];
    for (let n = index; n >= 0; n = parents[n]) steps.unshift(data.fields[n].n);
    return steps.reduce((path, step) => (step === "[]" || !path ? path + step : `${path}.${step}`), "");
  }
  const tree = $("fields");
  if (tree) {
    const paths = data.fields.map((_, n) => pathOf(n).toLowerCase());
    const inside = data.fields.map((field, n) => n + 1 < data.fields.length && data.fields[n + 1].d > field.d);
    const folds = new Set();
    const isWide = data.fields.length > 400;
    data.fields.forEach((field, n) => { if (inside[n] && field.d >= (isWide ? 1 : 2) && field.c !== 2) folds.add(n); });
    function row(n, narrowed) {
      const field = data.fields[n];
      const name = el("th", { scope: "row" });
      name.style.paddingLeft = `${field.d * 18}px`;
      if (inside[n] && !narrowed) {
        const twist = el("button", { type: "button", class: "twist", "aria-expanded": String(!folds.has(n)), "aria-label": `fields inside ${field.n}` },
          svg("svg", { width: 9, height: 9, viewBox: "0 0 9 9", "aria-hidden": "true" }, svg("path", { d: "M2.5 1l4 3.5-4 3.5", fill: "none", stroke: "currentColor", "stroke-width": 1.5 })));
        twist.addEventListener("click", () => {
          if (folds.has(n)) folds.delete(n); else folds.add(n);
          list();
          tree.querySelector(`[data-field="${n}"] .twist`).focus();
        });
        name.append(twist);
      } else name.append(el("span", { class: "leafpad" }));
      name.append(el("button", { type: "button", class: "link mono", onclick: () => lookAtField(n) }, bdi(field.n)));
      return el("tr", { "data-field": n }, name, el("td", {}, field.t),
        el("td", {}, meter(field.p / 1000, 60), el("span", { class: "percent" }, percent(field.p / 1000))),
        el("td", { class: "num" }, field.r ? number(field.r.length) : ""),
        el("td", { class: "muted" }, field.c === 1 ? el("span", { class: "tag" }, "conflict") : null, field.c === 1 ? " " : null,
          [field.z ? `null in ${number(field.z)}` : "", field.m || ""].filter(Boolean).join("; ")));
    }
    function list() {
      const text = $("field-search").value.trim().toLowerCase(), used = $("field-used").checked;
      const narrowed = Boolean(text || used);
      const keep = new Set();
      let fitting = 0;
      data.fields.forEach((field, n) => {
        if (narrowed && ((text && !paths[n].includes(text)) || (used && !field.r))) return;
        fitting += 1;
        if (narrowed) for (let each = n; each >= 0; each = parents[each]) keep.add(each);
      });
      const rows = [];
      let hidden = -1;
      data.fields.forEach((field, n) => {
        if (narrowed) { if (keep.has(n)) rows.push(row(n, true)); return; }
        if (hidden >= 0 && field.d > hidden) return;
        hidden = folds.has(n) ? field.d : -1;
        rows.push(row(n, false));
      });
      tree.tBodies[0].replaceChildren(...rows);
      $("field-count").textContent = narrowed ? `${counted(fitting, "field")} of ${number(data.fields.length)}.` : "";
    }
    $("field-search").addEventListener("input", list);
    $("field-used").addEventListener("change", list);
    $("field-open").addEventListener("click", () => { folds.clear(); list(); });
    $("field-close").addEventListener("click", () => { data.fields.forEach((_, n) => { if (inside[n]) folds.add(n); }); list(); });
    list();
  }

  /* -- the heat map ------------------------------------------------------------------------- */
  const heat = $("heat");
  if (heat) {
    const rows = [...heat.querySelectorAll(".hy")], columns = [...heat.querySelectorAll(".hx")];
    const read = $("heat-read"), mark = $("heat-mark"), before = [...read.childNodes];
    heat.addEventListener("mousemove", (event) => {
      const box = $("heat-cells").getBoundingClientRect();
      const x = Math.floor(((event.clientX - box.left) / box.width) * columns.length);
      const y = Math.floor(((event.clientY - box.top) / box.height) * rows.length);
      const is = x >= 0 && y >= 0 && x < columns.length && y < rows.length;
      mark.setAttribute("visibility", is ? "visible" : "hidden");
      if (!is) { read.replaceChildren(...before); return; }
      mark.setAttribute("x", x * 14); mark.setAttribute("y", y * 14);
      const share = data.heat[y][x];
      read.replaceChildren(bdi(rows[y].textContent, true), ` is in ${share < 0 ? "none" : percent(share / 1000)} of the events of the kind `, bdi(columns[x].textContent));
    });
    heat.addEventListener("mouseleave", () => { mark.setAttribute("visibility", "hidden"); read.replaceChildren(...before); });
  }
})();
