import { expect, test } from "vitest";
import type { Figure, PlotlyTrace } from "../../../src/figures/figure.js";
import { curvesFigure } from "../../../src/figures/own/curvesFigure.js";
import { figureSvg } from "../../../src/figures/static/figureSvg.js";

const curve = { name: "norm", steps: [0, 1, 2, 3, 4], values: [0, 1, NaN, 3, 4] };
const request = { title: "Norm <of> B", quantity: "‖B‖", curves: [curve] };

function withTraces(traces: readonly PlotlyTrace[], layout: Figure["layout"] = {}): Figure {
  const figure = curvesFigure({ ...request, curves: [] });
  return { ...figure, data: traces, layout: { ...figure.layout, ...layout } };
}

test("a figure is drawn in the width of a column or of the page, its text as text", () => {
  const figure = curvesFigure(request);
  const svg = figureSvg(figure, { width: "column" });
  expect(svg).toMatch(/^<svg xmlns="[^"]+" width="85mm" height="[\d.]+mm" viewBox="0 0 321.26 /);
  expect(figureSvg(figure)).toContain('width="178mm"');
  // The height is that of the plot; title, legend and caption add theirs, whatever it is.
  const heightAt = (height: number): number =>
    Number(/height="([\d.]+)mm"/.exec(figureSvg(figure, { height }))?.[1]);
  expect(heightAt(90) - heightAt(50)).toBeCloseTo(40, 1);
  expect(heightAt(50)).toBeGreaterThan(50);
  expect(figureSvg(figure, { caption: false })).not.toContain('data-part="caption"');
  for (const words of ["optimiser step", "‖B‖", "norm", "Norm &lt;of&gt; B"])
    expect(svg).toContain(`>${words}</text>`);
  expect(svg).toContain("<title>Norm &lt;of&gt; B</title>");
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});

test("a gap breaks a line, and equal steps lie equally far apart", () => {
  const svg = figureSvg(curvesFigure(request));
  const d = /<path d="(M[^"]*)" fill="none" stroke="#0072B2"/.exec(svg)?.[1] ?? "";
  const moves = [...d.matchAll(/([ML])([\d.]+) ([\d.]+)/g)].map(([, command, x, y]) => ({
    command,
    x: Number(x),
    y: Number(y),
  }));
  expect(moves.map(({ command }) => command)).toEqual(["M", "L", "M", "L"]);
  const [first, second, fourth, fifth] = moves.map(({ x }) => x);
  expect((second ?? NaN) - (first ?? NaN)).toBeCloseTo((fifth ?? NaN) - (fourth ?? NaN), 1);
  expect((fourth ?? NaN) - (second ?? NaN)).toBeCloseTo(2 * ((second ?? NaN) - (first ?? NaN)), 1);
  // Values grow upwards.
  expect(moves[0]?.y).toBeGreaterThan(moves[3]?.y ?? NaN);
});

test("bands, marks, whiskers, maps, categories and violins have shapes", () => {
  const svg = figureSvg(
    curvesFigure({ ...request, curves: [{ ...curve, intervals: curve.values.map((v) => [v - 1, v + 1]) }] }),
  );
  expect(svg.match(/fill-opacity="0\.2"/g)).toHaveLength(2);
  const whiskers = figureSvg(
    withTraces([
      {
        type: "scatter",
        mode: "markers",
        name: "EM",
        x: [10, 20],
        y: ["base", "steered"],
        error_x: { type: "data", array: [1, 2], arrayminus: [1, 2] },
        marker: { color: "#D55E00", symbol: "diamond-open", size: 8 },
      },
    ]),
  );
  expect(whiskers).toContain(">steered</text>");
  expect(whiskers.match(/<polygon/g)).toHaveLength(3);
  expect(whiskers.match(/H[\d.]+" stroke="#D55E00"/g)).toHaveLength(2);
  const map = figureSvg(
    withTraces([
      {
        type: "heatmap",
        x: [0, 1],
        y: [0, 1],
        z: [
          [0, 1],
          [null, 0.5],
        ],
        colorscale: [
          [0, "#000000"],
          [1, "#ffffff"],
        ],
      },
    ]),
  );
  for (const color of ["#000000", "#ffffff", "#808080"]) expect(map).toContain(`fill="${color}"/>`);
  const violin = figureSvg(withTraces([{ type: "violin", name: "layer 2", y: [1, 2, 3, 4] }]));
  expect(violin).toContain(">layer 2</text>");
  expect(violin).not.toMatch(/NaN|undefined|Infinity/);
});

test("an axis of logarithms has powers of ten at equal distances; what is not above zero is a gap", () => {
  const trace = {
    type: "scatter",
    mode: "lines+markers",
    name: "norm",
    x: [0, 1, 2, 3],
    y: [0, 0.1, 10, 1000],
  } as const;
  const svg = figureSvg(withTraces([trace], { yaxis: { type: "log" } }));
  for (const words of ["0.1", "10", "1000"]) expect(svg).toContain(`>${words}</text>`);
  const d = /<path d="(M[^"]*)" fill="none"/.exec(svg)?.[1] ?? "";
  const heights = [...d.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y));
  expect(heights).toHaveLength(3);
  const [first, second, third] = heights;
  expect((first ?? NaN) - (second ?? NaN)).toBeCloseTo((second ?? NaN) - (third ?? NaN), 0);
});

test("open marks are filled with the background, in the dark too", () => {
  const trace = {
    type: "scatter",
    mode: "markers",
    x: [0, 1],
    y: [0, 1],
    marker: { symbol: "circle-open", color: "#f07c2a" },
  } as const;
  const svg = figureSvg(withTraces([trace], { plot_bgcolor: "#16181a", paper_bgcolor: "#16181a" }));
  expect(svg.match(/<circle [^>]*fill="#16181a" stroke="#f07c2a"/g)).toHaveLength(2);
  expect(svg).not.toContain("#ffffff");
});

test("axes with the same unit are drawn alike, and the picture ends below them", () => {
  const trace = { type: "scatter", mode: "lines", name: "path", x: [0, 10], y: [0, 1] } as const;
  const svg = figureSvg(withTraces([trace], { yaxis: { scaleanchor: "x", title: { text: "PC2" } } }));
  const [, x1, y1, x2, y2] =
    /d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)" fill="none"/.exec(svg)?.map(Number) ?? [];
  expect(((x2 ?? NaN) - (x1 ?? NaN)) / ((y1 ?? NaN) - (y2 ?? NaN))).toBeCloseTo(10, 0);
  // A flat path has a plot that is not as high as usual, and not too flat to read.
  const [, width, height] =
    /data-part="plot".*?width="([\d.]+)" height="([\d.]+)"/.exec(svg)?.map(Number) ?? [];
  expect((height ?? NaN) / (width ?? NaN)).toBeCloseTo(0.45, 1);
});
