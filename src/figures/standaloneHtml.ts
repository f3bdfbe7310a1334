import type { Figure } from "./figure.js";
import { darkCounterparts, palette } from "./palette.js";

export interface StandaloneHtmlOptions {
  readonly title: string;
  /** The summary of the run, one paragraph a sentence. */
  readonly sentences: readonly string[];
  /** Source text of a plotly bundle that knows scatter and heatmap. */
  readonly plotlyBundle: string;
}

/**
 * One HTML file with every figure, its caption and its table, that opens from disk with the network off. The
 * plotly source is inlined and a content security policy forbids every request. Figures must be made with the
 * light theme; a reader whose system is dark sees them recoloured.
 */
export function standaloneHtml(figures: readonly Figure[], options: StandaloneHtmlOptions): string {
  const { title, sentences, plotlyBundle } = options;
  const light = palette("light");
  const dark = palette("dark");
  const plots = figures.map((figure) => ({
    data: figure.data,
    layout: { ...figure.layout, title: undefined },
  }));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>
body { margin: 0 auto; max-width: 1100px; padding: 24px 16px; font: 14px/20px system-ui, sans-serif; font-variant-numeric: tabular-nums; background: ${light.background}; color: ${light.foreground}; }
h1 { font-size: 18px; line-height: 24px; font-weight: 600; }
h2 { font-size: 14px; line-height: 20px; font-weight: 600; margin: 0; }
section { margin-top: 32px; border-top: 1px solid ${light.grid}; padding-top: 12px; }
.plot { height: 340px; }
.tall { height: 520px; }
figure { margin: 0; }
figcaption, dd { color: ${light.muted}; max-width: 80ch; }
table { border-collapse: collapse; font-size: 12px; display: block; max-height: 320px; overflow: auto; }
th, td { text-align: right; padding: 2px 8px; }
dt { font-weight: 600; }
dd { margin: 0 0 4px; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-color-scheme: dark) {
body { background: ${dark.background}; color: ${dark.foreground}; }
section { border-color: ${dark.grid}; }
figcaption, dd { color: ${dark.muted}; }
}
@media print { details { display: none; } section { break-inside: avoid; } }
</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${sentences.map((sentence) => `<p>${escapeHtml(sentence)}</p>`).join("\n")}
${figures.map(figureSection).join("\n")}
</main>
<script>${escapeScript(plotlyBundle)}</script>
<script type="application/json" id="figures">${escapeJson(plots)}</script>
<script type="application/json" id="dark-colours">${escapeJson(darkCounterparts())}</script>
<script>${drawScript}</script>
</body>
</html>
`;
}

function figureSection(figure: Figure, index: number): string {
  const { meta } = figure;
  const isSquare =
    typeof figure.layout.yaxis === "object" && JSON.stringify(figure.layout.yaxis).includes('"scaleanchor"');
  const hasTwoRows = JSON.stringify(figure.layout.yaxis2 ?? null).includes('"domain"');
  return `<section aria-labelledby="title-${index}">
<h2 id="title-${index}">${escapeHtml(meta.title)}</h2>
<figure>
<div class="plot${isSquare || hasTwoRows ? " tall" : ""}" id="plot-${index}" role="img" aria-labelledby="title-${index}" aria-describedby="summary-${index}"></div>
<p class="visually-hidden" id="summary-${index}">${escapeHtml(meta.summary)}</p>
<figcaption>${escapeHtml(meta.caption)}</figcaption>
</figure>
<details><summary>Formula, caveat, source</summary>
<dl><dt>Formula</dt><dd>${escapeHtml(meta.formula)}</dd><dt>Caveat</dt><dd>${escapeHtml(meta.caveat)}</dd><dt>Source</dt><dd>${escapeHtml(meta.source)}</dd></dl></details>
<details><summary>Data (${meta.table.rows.length} rows)</summary>
${tableHtml(figure)}</details>
</section>`;
}

function tableHtml({ meta }: Figure): string {
  const head = meta.table.columns.map((column) => `<th scope="col">${escapeHtml(column)}</th>`).join("");
  const rows = meta.table.rows.map(
    (row) =>
      `<tr>${row.map((cell) => `<td>${cell === null ? "" : escapeHtml(cellText(cell))}</td>`).join("")}</tr>`,
  );
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function cellText(cell: number | string): string {
  return typeof cell === "number" ? String(Number(cell.toPrecision(6))) : cell;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** JSON inside a script element: no character sequence of it can end the element. */
function escapeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/**
 * JavaScript inside a script element. The two sequences that the HTML parser looks for can only stand in
 * strings, templates and regular expressions, where a backslash before the sign changes nothing.
 */
function escapeScript(source: string): string {
  return source.replaceAll(/<\/(script)/gi, "<\\/$1").replaceAll("<!--", "<\\!--");
}

const drawScript = `
"use strict";
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const figures = read("figures");
const darkColours = read("dark-colours");
const dark = matchMedia("(prefers-color-scheme: dark)");
// Colours may carry an opacity as two more digits.
const recolour = (value) => {
  if (typeof value === "string") {
    const base = value.slice(0, 7);
    return /^#[0-9a-f]{6}([0-9a-f]{2})?$/i.test(value) && base in darkColours ? darkColours[base] + value.slice(7) : value;
  }
  if (Array.isArray(value)) return value.map(recolour);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, recolour(item)]));
  return value;
};
const draw = () => figures.forEach((figure, index) => {
  const { data, layout } = dark.matches ? recolour(figure) : structuredClone(figure);
  Plotly.react("plot-" + index, data, layout, { responsive: true, displaylogo: false });
});
draw();
dark.addEventListener("change", draw);
`;
