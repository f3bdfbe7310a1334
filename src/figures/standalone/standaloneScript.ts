/** Script of a page that opens from disk: draws the figures, and a table when it is opened. */
export const standaloneScript = `
"use strict";
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const figures = read("figures");
const darkColors = read("dark-colors");
const dark = matchMedia("(prefers-color-scheme: dark)");
// Colours may carry an opacity as two more digits.
const recolour = (value) => {
  if (typeof value === "string") {
    const base = value.slice(0, 7);
    return /^#[0-9a-f]{6}([0-9a-f]{2})?$/i.test(value) && base in darkColors ? darkColors[base] + value.slice(7) : value;
  }
  if (Array.isArray(value)) return value.map(recolour);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, recolour(item)]));
  return value;
};
// On paper figures are light, and as wide as the paper.
const draw = (isPrinted) => figures.forEach((figure, index) => {
  const { data, layout } = dark.matches && !isPrinted ? recolour(figure) : structuredClone(figure);
  const place = document.getElementById("plot-" + index);
  const size = isPrinted ? { width: 660, height: layout.height ?? (place.classList.contains("tall") ? 480 : 300) } : {};
  Plotly.react(place, data, { ...layout, ...size }, { responsive: !isPrinted, displaylogo: false });
});
draw(false);
dark.addEventListener("change", () => draw(false));
addEventListener("beforeprint", () => {
  document.querySelectorAll("details.made").forEach((details) => { details.open = true; });
  draw(true);
});
addEventListener("afterprint", () => draw(false));
const rounded = (cell) => (typeof cell === "number" ? String(Number(cell.toPrecision(6))) : (cell ?? ""));
const cellOf = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
document.querySelectorAll("details[data-table]").forEach((details) => details.addEventListener("toggle", () => {
  const place = details.querySelector("table");
  if (!details.open || place.rows.length > 0) return;
  const { columns, rows } = figures[Number(details.dataset.table)].table;
  const line = (tag, cells) => {
    const row = document.createElement("tr");
    row.append(...cells.map((cell) => cellOf(tag, rounded(cell))));
    return row;
  };
  place.createTHead().append(line("th", columns));
  const body = place.createTBody();
  const show = (found) => body.replaceChildren(...found.map((row) => line("td", row)));
  show(rows);
  if (rows.length <= 12 || typeof rows[0][0] !== "string") return;
  const search = Object.assign(document.createElement("input"), { type: "search", placeholder: "search" });
  search.setAttribute("aria-label", "search the rows by " + columns[0]);
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\\s+/);
    show(rows.filter((row) => words.every((word) => String(row[0]).toLowerCase().includes(word))));
  });
  place.before(search);
}));
`;
