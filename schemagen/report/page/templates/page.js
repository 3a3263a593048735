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
drawer.addEventListener("close", () => {
  trail.length = 0;
  // The browser has given the focus back, and who was quick has moved on with it: this comes later.
  if (document.activeElement === document.body && opener && opener.isConnected) opener.focus();
});
