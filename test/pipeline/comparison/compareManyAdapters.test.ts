import { join } from "node:path";
import { expect, test } from "vitest";
import { compareRuns, type RunToCompare } from "../../../src/pipeline/comparison/compareRuns.js";
import { compareDirections } from "../../../src/pipeline/directions/compareDirections.js";
import { analyzeRun } from "../../../src/pipeline/report/analyzeRun.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { writeManyAdaptersRun } from "../../support/training/manyAdaptersRun.js";

const shape = { layers: 2, hidden: 16, keyValue: 8, mlp: 24, rank: 2 };

async function compared(directory: string, id: string): Promise<RunToCompare> {
  const { analysis } = await analyzeRun(directory);
  return { id, analysis, probe: null, recipe: id, recipeKey: null, seed: null };
}

test("runs with many adapters are compared by their whole updates, beside ΔW of one adapter, and each is named", async () => {
  const folder = temporaryFolder();
  for (const seed of [1, 2])
    writeManyAdaptersRun(join(folder, `many${seed}`), shape, { steps: 30, seed, bend: null });
  writeSyntheticRun(join(folder, "one"), { steps: 30, turn: 15 });
  const runs = [];
  for (const id of ["many1", "many2", "one"]) runs.push(await compared(join(folder, id), id));
  const [first, , one] = runs;
  const mixed = compareRuns(runs);
  const norm = mixed.figures.find(({ id }) => id === "norm")?.figure;
  expect(norm?.meta.title).toBe("Norm of ΔW");
  expect(norm?.data.map(({ name }) => name)).toEqual(["many1", "many2", "one"]);
  expect(norm?.data[0]?.y).toEqual(first?.analysis.whole?.path.norm.values);
  expect(norm?.data[2]?.y).toEqual(one?.analysis.adapters[0]?.deltaW.norm.values);
  expect(norm?.meta.caption).toContain("many1 ΔW of all 14 adapters");
  expect(mixed.about).toContain(`one ΔW of ${one?.analysis.adapters[0]?.name ?? ""}`);
  expect(mixed.words("rotation")).toBe("direction of B or ΔW turns");
  expect(compareRuns(runs.slice(0, 2)).words("rotation")).toBe("direction of ΔW turns");
  expect(compareRuns(runs.slice(2)).about).toBe("");
  expect(compareRuns(runs.slice(2)).words("rotation")).toBe("direction of B turns");
  const { compared: cosines } = compareDirections(
    ["many1", "many2"].map((id) => ({ id, run: join(folder, id) })),
  );
  expect(cosines?.what).toBe("ΔW of all 14 adapters");
  expect(cosines?.values[0]?.[0]).toBeCloseTo(1, 6);
  // Independent walks, 14 modules of hundreds of entries each.
  expect(Math.abs(cosines?.values[0]?.[1] ?? NaN)).toBeLessThan(0.3);
});
