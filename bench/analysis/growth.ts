import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeManyAdaptersRun } from "../../test/support/training/manyAdaptersRun.js";
import { analyzeSchema } from "./analysisMessages.js";
import { askOnce } from "./askOnce.js";
import { round } from "../harness/statistics.js";

/** Sizes along which the work grows, one of them doubled at a time; 7 adapters a layer. */
const steps = [25, 50, 100, 200] as const;
const layers = [4, 8, 16, 32] as const;
const shape = { hidden: 256, keyValue: 64, mlp: 512, rank: 16 } as const;
const [fixedLayers, fixedSteps] = [8, 50] as const;

/** One analysis: what it was of, and the processor time of it. */
interface GrowthPoint {
  readonly products: "exact" | "projected";
  readonly along: "steps" | "adapters";
  readonly size: number;
  readonly cpuSeconds: number;
  readonly peakMB: number;
}

/**
 * Measures how the time of a first look grows with steps and with adapters, by exact products and by random projections,
 * and draws it.
 * @param folder in which runs are written, one at a time
 * @param drawing file that the drawing is written to, as SVG
 */
export async function growth(folder: string, drawing: string | undefined): Promise<object> {
  const points: GrowthPoint[] = [];
  for (const products of ["exact", "projected"] as const) {
    for (const [along, sizes] of [["steps", steps] as const, ["adapters", layers] as const]) {
      for (const size of sizes) {
        const directory = join(folder, "growth");
        writeManyAdaptersRun(
          directory,
          { ...shape, layers: along === "adapters" ? size : fixedLayers },
          { steps: along === "steps" ? size : fixedSteps, seed: 1, bend: null },
        );
        const { cpuSeconds, peakMB } = await askOnce(
          { request: "analyze", directory, products },
          analyzeSchema,
        );
        rmSync(directory, { recursive: true });
        const point = { products, along, size: along === "adapters" ? 7 * size : size, cpuSeconds, peakMB };
        console.error(`  ${JSON.stringify(point)}`);
        points.push(point);
      }
    }
  }
  if (drawing !== undefined) writeFileSync(drawing, drawn(points));
  const curves = curvesOf(points).map(({ name, values }) => ({ name, exponent: round(exponent(values)) }));
  return { shape: { ...shape, fixedLayers, fixedSteps }, points, curves };
}

interface Curve {
  readonly name: string;
  readonly along: GrowthPoint["along"];
  readonly values: readonly (readonly [size: number, seconds: number])[];
}

function curvesOf(points: readonly GrowthPoint[]): Curve[] {
  return (["steps", "adapters"] as const).flatMap((along) =>
    (["exact", "projected"] as const).map((products) => ({
      name: `${products}, by ${along}`,
      along,
      values: points
        .filter((point) => point.along === along && point.products === products)
        .map(({ size, cpuSeconds }) => [size, cpuSeconds] as const),
    })),
  );
}

/** Power of the size with which the last doubling grows: 1 is linear. */
function exponent(values: Curve["values"]): number {
  const [before, last] = values.slice(-2);
  return (
    Math.log((last?.[1] ?? NaN) / (before?.[1] ?? NaN)) / Math.log((last?.[0] ?? NaN) / (before?.[0] ?? NaN))
  );
}

const [width, height, margin] = [360, 240, 44] as const;

/** Draws the curves with both axes logarithmic, a panel for steps and one for adapters. */
function drawn(points: readonly GrowthPoint[]): string {
  const seconds = points.map(({ cpuSeconds }) => cpuSeconds);
  const [low, high] = [Math.min(...seconds) / 1.5, Math.max(...seconds) * 1.5];
  const panels = (["steps", "adapters"] as const).map((along, index) => {
    const curves = curvesOf(points).filter((curve) => curve.along === along);
    const sizes = curves[0]?.values.map(([size]) => size) ?? [];
    const [first = 1, last = 2] = [sizes[0], sizes.at(-1)];
    const x = (size: number): number =>
      margin + ((width - 2 * margin) * Math.log(size / first)) / Math.log(last / first);
    const y = (value: number): number =>
      height - margin - ((height - 2 * margin) * Math.log(value / low)) / Math.log(high / low);
    const ends = curves.map(({ values }) => y(values.at(-1)?.[1] ?? NaN));
    const [above = 0, below = 0] = ends;
    // Names of curves that end together stand one below the other.
    const labels = Math.abs(above - below) < 12 ? [above - 4, above + 8] : ends;
    const lines = curves.map(({ name, values }, place) => {
      const path = values.map(([size, value]) => `${x(size).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
      const dash = place === 0 ? "" : ' stroke-dasharray="5 3"';
      return (
        `<polyline points="${path}" fill="none" stroke="currentColor" stroke-width="1.5"${dash}/>` +
        `<text x="${width - margin + 4}" y="${((labels[place] ?? NaN) + 4).toFixed(1)}">${name.split(",")[0] ?? ""}</text>`
      );
    });
    const ticks = sizes.map(
      (size) =>
        `<text x="${x(size).toFixed(1)}" y="${height - margin + 16}" text-anchor="middle">${size}</text>`,
    );
    const levels = [0.5, 1, 2, 5, 10, 20, 50, 100]
      .filter((level) => level > low && level < high)
      .map(
        (level) =>
          `<line x1="${margin}" x2="${width - margin}" y1="${y(level).toFixed(1)}" y2="${y(level).toFixed(1)}" stroke="currentColor" opacity="0.15"/>` +
          `<text x="${margin - 6}" y="${(y(level) + 4).toFixed(1)}" text-anchor="end">${level}</text>`,
      );
    const title = `<text x="${width / 2}" y="20" text-anchor="middle">seconds of the processor by ${along}</text>`;
    return `<g transform="translate(${index * (width + 20)} 0)">${title}${[...levels, ...lines, ...ticks].join("")}</g>`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * width + 60} ${height}" font-family="sans-serif" font-size="11" color="#444">` +
    `<rect width="100%" height="100%" fill="#fff"/>${panels.join("")}</svg>\n`
  ).replaceAll("currentColor", "#444");
}
