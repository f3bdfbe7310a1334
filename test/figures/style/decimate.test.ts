import { describe, expect, test } from "vitest";
import { decimate } from "../../../src/figures/style/decimate.js";
import type { PlotlyTrace } from "../../../src/figures/figure.js";

const count = 100_000;
const steps = Array.from({ length: count }, (_, step) => step);

function line(y: readonly (number | null)[], more: Partial<PlotlyTrace> = {}): PlotlyTrace {
  return { type: "scatter", mode: "lines", x: steps.slice(0, y.length), y, ...more };
}

function pointsOf({ data }: { readonly data: readonly PlotlyTrace[] }): Map<unknown, unknown> {
  const [trace] = data;
  if (!Array.isArray(trace?.x) || !Array.isArray(trace.y)) throw new Error("no points");
  const { x, y } = trace;
  return new Map(x.map((step, index) => [step, y[index]]));
}

describe("decimate", () => {
  test("leaves traces alone that fit", () => {
    const trace = line(steps.slice(0, 4000));
    const { data, drawn, stored } = decimate([trace], { buckets: 1000 });
    expect(data[0]).toBe(trace);
    expect([drawn, stored]).toEqual([4000, 4000]);
  });

  test("keeps a spike of one step in 100 000, up or down, at any zoom", () => {
    const values = steps.map((step) => Math.sin(step / 500));
    values[54_321] = 9;
    values[54_400] = -9;
    const ranges = [undefined, [0, 99_999], [54_000, 55_000], [10, 20]] as const;
    for (const range of ranges) {
      const result = decimate([line(values)], range === undefined ? {} : { range });
      const points = pointsOf(result);
      expect(points.get(54_321)).toBe(9);
      expect(points.get(54_400)).toBe(-9);
      expect(result.stored).toBe(count);
      expect(result.drawn).toBe(points.size);
      expect(points.size).toBeLessThanOrEqual(4 * 1200 * 1.25 + 4);
    }
  });

  test("draws every point of a range that is looked at closely", () => {
    const values = steps.map((step) => Math.cos(step * 1.7));
    const points = pointsOf(decimate([line(values)], { range: [500, 900] }));
    for (let step = 500; step <= 900; step++) expect(points.get(step)).toBe(values[step]);
    expect(points.has(0)).toBe(true);
    expect(points.has(count - 1)).toBe(true);
  });

  test("keeps first and last point and stays in order", () => {
    const points = [...pointsOf(decimate([line(steps.map(() => 1))])).keys()];
    expect(points[0]).toBe(0);
    expect(points.at(-1)).toBe(count - 1);
    expect(points).toEqual(points.toSorted((one, other) => Number(one) - Number(other)));
  });

  test("a gap stays a gap", () => {
    const values = steps.map((step) => (step === 70_000 ? null : 2));
    expect(pointsOf(decimate([line(values)])).get(70_000)).toBeNull();
  });

  test("what belongs to a point goes with it", () => {
    const trace = line(steps, { text: steps.map(String), marker: { color: steps, size: 4 } });
    const [fewer] = decimate([trace], { buckets: 100 }).data;
    expect(fewer?.text).toEqual(Array.isArray(fewer?.x) ? fewer.x.map(String) : []);
    expect(fewer?.marker).toEqual({ color: fewer?.x, size: 4 });
  });

  test("a path in a plane keeps its extremes in both directions", () => {
    const x = steps.map((step) => (step === 31_234 ? 50 : Math.cos(step / 9000)));
    const y = steps.map((step) => (step === 77_777 ? -50 : Math.sin(step / 9000)));
    const points = pointsOf(decimate([{ type: "scatter", x, y }], { buckets: 200 }));
    expect(points.has(50)).toBe(true);
    expect([...points.values()]).toContain(-50);
  });
});
