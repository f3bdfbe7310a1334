import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Figure } from "../figures/figure.js";
import { figureSvg } from "../figures/static/figureSvg.js";
import { plotlySource } from "./plotlySource.js";
import { escapeHtml } from "../figures/style/escapeHtml.js";
import { eventCaption } from "../figures/style/eventKeys.js";
import { tableHtml } from "./tableHtml.js";

/** Settings of figures as HTML for a notebook. */
export interface FigureHtmlOptions {
  /**
   * Source of Plotly for the figures: `"inlined"` carries it, so that the HTML stands for itself (0.7 MB); `"shared"`
   * takes it from `plotlyHtml()` elsewhere on the same page, so that each figure is small.
   * @default "inlined"
   */
  readonly plotly?: "inlined" | "shared";
}

/** Height of a heading in CSS pixels, margins included. */
const headingHeight = 32;

/**
 * Builds HTML of figures for the output of a notebook cell: one isolated frame that draws them with Plotly; behind it
 * pictures of them, which are seen until it has, and on pages that drop frames and scripts, as code hosts do; and under
 * it for each figure what it shows in words, its caption and an excerpt of its numbers. Nothing is loaded from anywhere.
 *
 * The frame is an `<iframe srcdoc>`, because notebook pages bring module loaders and style sheets of their own.
 */
export function figureHtml(figures: Figure | readonly Figure[], options: FigureHtmlOptions = {}): string {
  const list = isList(figures) ? figures : [figures];
  const isInlined = options.plotly !== "shared";
  const heights = list.map(plotHeight);
  const body = [
    '<p id="state"></p>\n<div id="plots">',
    ...list.map(
      ({ meta }, index) =>
        `<h2>${escapeHtml(meta.title)}</h2>\n<div id="plot-${index}" style="height:${heights[index] ?? 0}px"></div>`,
    ),
    "</div>",
    // The title stands above as text, where no legend runs into it.
    packed(
      "figures",
      JSON.stringify(list.map(({ data, layout }) => ({ data, layout: { ...layout, title: undefined } }))),
    ),
    ...(isInlined ? [packed("plotly", plotlySource())] : []),
    `<script>${frameScript}draw(${JSON.stringify(sharedName())});</script>`,
  ].join("\n");
  const pictures = list.map((figure, index) => pictureHtml(figure, (heights[index] ?? 0) + headingHeight));
  // Shared Plotly is handed over by the page around the frame, which a sandbox would keep out of reach.
  const sandbox = isInlined ? ' sandbox="allow-scripts allow-downloads"' : "";
  return [
    `<div style="position:relative">\n${pictures.join("\n")}\n`,
    `<iframe srcdoc="${escapeHtml(frameDocument(body))}" title="${escapeHtml(list.map(({ meta }) => meta.title).join("; "))}"`,
    `${sandbox} style="position:absolute;left:0;top:0;width:100%;height:100%;border:0"></iframe>\n</div>\n`,
    list.map(inWords).join("\n"),
  ].join("");
}

/** A picture of a figure as tall as its plot in the frame before it. */
function pictureHtml(figure: Figure, height: number): string {
  const svg = Buffer.from(figureSvg(figure, { caption: false })).toString("base64");
  const style = `display:block;height:${height}px;max-width:100%;object-fit:contain;object-position:left top`;
  return `<img alt="${escapeHtml(`${figure.meta.title}. ${figure.meta.summary}`)}" src="data:image/svg+xml;base64,${svg}" style="${style}">`;
}

/**
 * HTML that holds Plotly for all figures on the page that are made with `{ plotly: "shared" }`; one line to the
 * reader.
 */
export function plotlyHtml(): string {
  const body = `${packed("plotly", plotlySource())}\n<script>${frameScript}share(${JSON.stringify(sharedName())});</script>`;
  return (
    `<iframe srcdoc="${escapeHtml(frameDocument(body))}" title="Plotly" hidden></iframe>\n` +
    "<p>Plotly is stored in this output, for the figures below.</p>"
  );
}

function isList(figures: Figure | readonly Figure[]): figures is readonly Figure[] {
  return Array.isArray(figures);
}

/** Height of a figure in CSS pixels: equal axes or a second row need more room. */
function plotHeight({ layout }: Figure): number {
  const isSquare = JSON.stringify(layout.yaxis ?? null).includes('"scaleanchor"');
  const hasTwoRows = JSON.stringify(layout.yaxis2 ?? null).includes('"domain"');
  return isSquare || hasTwoRows ? 480 : 340;
}

/** Name of the page's property that holds Plotly; another version on the same page has another name. */
function sharedName(): string {
  return `turncoatPlotly${createHash("sha256").update(plotlySource()).digest("hex").slice(0, 12)}`;
}

/** Packs text for the frame's script to unpack: a third of the size, and nothing that HTML has to escape. */
function packed(id: string, text: string): string {
  return `<script type="text/plain" id="${id}">${gzipSync(text, { level: 9 }).toString("base64")}</script>`;
}

function frameDocument(body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'">
<style>html { height: 100%; } html.drawn { background: #ffffff; } body { margin: 0; font: 14px/20px system-ui, sans-serif; color: #1a1a1a; } #plots { visibility: hidden; } .drawn #plots { visibility: visible; } h2 { margin: 8px 0 4px; font-size: 14px; line-height: 20px; } #state { margin: 0; background: #ffffff; }</style>
</head><body>
${body}
</body></html>`;
}

function inWords({ meta, layout }: Figure): string {
  return (
    `<details><summary><b>${escapeHtml(meta.title)}.</b> ${escapeHtml(meta.summary)}</summary>\n` +
    `<p>${escapeHtml(`${meta.caption}${eventCaption(layout)}`)}</p>\n${tableHtml(meta.table)}</details>`
  );
}

/**
 * Script that runs in the frame and draws its figures. A figure that shares Plotly waits for the cell that holds it:
 * pages build their cells in any order, and notebooks detach those that are out of sight.
 */
const frameScript = `
"use strict";
const unpack = (id) => {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
};
const wait = () => new Promise((resolve) => setTimeout(resolve, 200));
const share = async (name) => { parent[name] = await unpack("plotly"); };
const waitForShared = async (name) => {
  for (let rounds = 0; parent[name] === undefined; rounds++) {
    if (rounds === 15) document.getElementById("state").textContent = "Waiting for the output that holds Plotly; run the cell with loadPlotly().";
    await wait();
  }
  return parent[name];
};
const draw = async (name) => {
  const state = document.getElementById("state");
  try {
    const script = document.createElement("script");
    script.textContent = document.getElementById("plotly") ? await unpack("plotly") : await waitForShared(name);
    document.head.append(script);
    const figures = JSON.parse(await unpack("figures"));
    state.textContent = "";
    for (const [index, { data, layout }] of figures.entries()) {
      await Plotly.newPlot("plot-" + index, data, layout, { responsive: true, displaylogo: false });
    }
    document.documentElement.className = "drawn";
  } catch (error) {
    state.textContent = "This figure cannot be drawn here: " + error.message;
  }
};
`;
