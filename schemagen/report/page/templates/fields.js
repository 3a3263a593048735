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
