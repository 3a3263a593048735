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
    matrix.querySelectorAll(".rest, .gap").forEach((list) => { list.hidden = !event.target.checked; }));
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
