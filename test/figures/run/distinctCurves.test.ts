import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const folder = "test/golden/figures";

const traceSchema = z.object({
  type: z.string(),
  name: z.string().optional(),
  mode: z.string().default("lines"),
  fill: z.string().optional(),
  hoverinfo: z.string().optional(),
  /** The points of a path carry their steps here; they are one thing, and coloured by the step. */
  customdata: z.unknown().optional(),
  line: z.object({ dash: z.string().default("solid"), width: z.number().default(2) }).prefault({}),
  marker: z.object({ symbol: z.union([z.string(), z.array(z.string())]).default("circle") }).prefault({}),
});
const figureSchema = z.object({ data: z.array(traceSchema) });

/** How a curve looks without its colour: dash, width, marker, and whether it is an area. */
function formOf({ mode, line, marker, fill }: z.infer<typeof traceSchema>): string {
  const stroke = mode.includes("lines") ? `${line.dash} line of ${line.width}` : "no line";
  const points = mode.includes("markers") ? [marker.symbol].flat().join(" ") : "no marker";
  return `${stroke}, ${points}, ${fill === undefined ? "no area" : "area"}`;
}

describe("curves without their colours", () => {
  test.each(readdirSync(folder))("differ in dash, marker or width: %s", (file) => {
    const { data } = figureSchema.parse(JSON.parse(readFileSync(`${folder}/${file}`, "utf8")));
    const curves = data.filter(
      ({ type, name, hoverinfo, customdata }) =>
        type === "scatter" &&
        name !== undefined &&
        hoverinfo !== "skip" &&
        customdata === undefined &&
        !/, (lower|upper) bound$/.test(name),
    );
    const named = new Map(curves.map((curve) => [`${curve.name ?? ""}: ${formOf(curve)}`, formOf(curve)]));
    const alike = [...named].filter(
      ([, form]) => [...named.values()].filter((other) => other === form).length > 1,
    );
    expect(alike.map(([words]) => words)).toEqual([]);
  });
});
