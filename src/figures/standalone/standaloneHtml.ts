import { escapeHtml } from "../style/escapeHtml.js";
import { decimate } from "../style/decimate.js";
import type { Figure, PlotlyRecord, PlotlyValue } from "../figure.js";
import { darkCounterparts } from "../style/palette.js";
import { eventCaption } from "../style/eventKeys.js";
import { answersSection, type AnswersAround } from "./answersAround.js";
import { overviewTable, type StandaloneOverview } from "./overview.js";
import { standaloneScript } from "./standaloneScript.js";
import { standaloneStyle } from "./standaloneStyle.js";

/** Part of a page under one heading, such as a run. */
export interface StandalonePart {
  readonly title: string;
  /** Findings, the most important sentence first. */
  readonly sentences: readonly string[];
  /** Origin of what is shown, as terms and their values. @default none */
  readonly facts?: readonly (readonly [string, string])[];
  /** Warnings of what was missing or doubtful. @default none */
  readonly warnings?: readonly string[];
  /** Sampled answers around events, and what they are in words. @default none */
  readonly answers?: readonly AnswersAround[];
  readonly answersNote?: string;
  /** Drawn in the light theme; a reader whose system is dark sees them recoloured. */
  readonly figures: readonly Figure[];
}

/** Content of a page that opens from disk. */
export interface StandalonePage {
  readonly title: string;
  /** Table of the parts and figures over them, before the first. @default the titles of the parts, where there are several */
  readonly overview?: StandaloneOverview;
  /** Parts of the page; a single one stands under the page's own title. */
  readonly parts: readonly StandalonePart[];
  /** Source text of a plotly bundle that knows scatter, heatmap and violin. */
  readonly plotlyBundle: string;
}

/**
 * Builds one HTML file with every figure, its caption and its table, that opens from disk with the network off. The
 * plotly source is inlined and a content security policy forbids every request. Numbers carry six significant digits.
 */
export function standaloneHtml({ title, overview, parts, plotlyBundle }: StandalonePage): string {
  const first = overview?.figures ?? [];
  const figures = [...first, ...parts.flatMap((part) => part.figures)];
  const plots = figures.map(({ data, layout, meta }) => ({
    data: shortNumbers(decimate(data).data.map((trace): PlotlyRecord => trace)),
    layout: shortNumbers({ ...layout, title: undefined }),
    table: { columns: meta.table.columns, rows: shortNumbers(meta.table.rows) },
  }));
  let drawn = first.length;
  const sections = parts.map((part, index) => {
    const start = drawn;
    drawn += part.figures.length;
    return partSection(part, { index, first: start, isOnly: parts.length === 1 });
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${standaloneStyle()}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${overview !== undefined ? overviewTable(overview) : parts.length > 1 ? contents(parts) : ""}
${first.map((figure, index) => figureSection(figure, index)).join("\n")}
${sections.join("\n")}
</main>
<script>${escapeScript(plotlyBundle)}</script>
<script type="application/json" id="figures">${escapeJson(plots)}</script>
<script type="application/json" id="dark-colors">${escapeJson(darkCounterparts())}</script>
<script>${standaloneScript}</script>
</body>
</html>
`;
}

function contents(parts: readonly StandalonePart[]): string {
  const links = parts.map(({ title }, index) => `<a href="#part-${index}">${escapeHtml(title)}</a>`);
  return `<nav aria-label="contents">${links.join("")}</nav>`;
}

function partSection(
  { title, sentences, facts = [], warnings = [], answers = [], answersNote = "", figures }: StandalonePart,
  { index, first, isOnly }: { readonly index: number; readonly first: number; readonly isOnly: boolean },
): string {
  const terms = facts.map(([term, text]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(text)}</dd>`);
  const doubts = warnings.map((warning) => `<li>${escapeHtml(warning)}</li>`);
  return [
    isOnly ? "" : `<h2 id="part-${index}">${escapeHtml(title)}</h2>`,
    ...foundIn(sentences),
    terms.length === 0
      ? ""
      : `<details class="made"><summary>How this run was made</summary><dl class="facts">${terms.join("")}</dl></details>`,
    doubts.length === 0
      ? ""
      : `<details><summary>Warnings (${doubts.length})</summary><ul>${doubts.join("")}</ul></details>`,
    answersSection(answers, answersNote),
    ...figures.map((figure, place) => figureSection(figure, first + place)),
  ]
    .filter((text) => text !== "")
    .join("\n");
}

/** The findings: the most important sentence by itself, the others as a list. */
function foundIn([first, ...others]: readonly string[]): string[] {
  const items = others.map((sentence) => `<li>${escapeHtml(sentence)}</li>`);
  return [
    ...(first === undefined ? [] : [`<p class="headline">${escapeHtml(first)}</p>`]),
    ...(items.length === 0 ? [] : [`<ul class="found">${items.join("")}</ul>`]),
  ];
}

function figureSection(figure: Figure, index: number): string {
  const { meta } = figure;
  const isSquare =
    typeof figure.layout.yaxis === "object" && JSON.stringify(figure.layout.yaxis).includes('"scaleanchor"');
  const hasTwoRows = JSON.stringify(figure.layout.yaxis2 ?? null).includes('"domain"');
  // A figure with many rows says how high it is.
  const { height } = figure.layout;
  const ownHeight = typeof height === "number" ? ` style="height:${height}px"` : "";
  return `<section aria-labelledby="title-${index}">
<h3 id="title-${index}">${escapeHtml(meta.title)}</h3>
<figure>
<div class="plot${isSquare || hasTwoRows ? " tall" : ""}" id="plot-${index}"${ownHeight} role="img" aria-labelledby="title-${index}" aria-describedby="summary-${index}"></div>
<p class="visually-hidden" id="summary-${index}">${escapeHtml(meta.summary)}</p>
<figcaption>${escapeHtml(`${meta.caption}${eventCaption(figure.layout)}`)}</figcaption>
</figure>
<details><summary>Formula, caveat, source</summary>
<dl><dt>Formula</dt><dd>${escapeHtml(meta.formula)}</dd><dt>Caveat</dt><dd>${escapeHtml(meta.caveat)}</dd><dt>Source</dt><dd>${escapeHtml(meta.source)}</dd></dl></details>
<details data-table="${index}"><summary>Data (${meta.table.rows.length} rows)</summary>
<table></table></details>
</section>`;
}

/** Rounds every number to six significant digits: what a picture and a reader can tell apart. */
function shortNumbers(value: PlotlyValue): PlotlyValue {
  if (typeof value === "number") return Number(value.toPrecision(6));
  if (isList(value)) return value.map((each) => shortNumbers(each));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, each === undefined ? each : shortNumbers(each)]),
  );
}

function isList(value: PlotlyValue): value is readonly PlotlyValue[] {
  return Array.isArray(value);
}

/** Escapes JSON for a script element, so that no character sequence of it can end the element. */
function escapeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/**
 * Escapes JavaScript for a script element. The two sequences that the HTML parser looks for can only stand in strings,
 * templates and regular expressions, where a backslash before the sign changes nothing.
 */
function escapeScript(source: string): string {
  return source.replaceAll(/<\/(script)/gi, "<\\/$1").replaceAll("<!--", "<\\!--");
}
