import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { analyzeRun } from "../../../src/pipeline/report/analyzeRun.js";
import { compareRuns, type RunToCompare } from "../../../src/pipeline/comparison/compareRuns.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-compare-"));
const runs: RunToCompare[] = [];

beforeAll(async () => {
  for (const [seed, turn] of [12, 18, 24, 400].entries()) {
    const directory = join(folder, `run-${turn}`);
    writeSyntheticRun(directory, { steps: 36, turn });
    const recipeKey = turn === 400 ? "control" : "a";
    const shared = { id: `run-${turn}`, probe: null, recipe: "crisp", recipeKey, seed };
    runs.push({ ...shared, analysis: (await analyzeRun(directory)).analysis });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("compareRuns: runs beside each other", () => {
  test("share an axis from the first to the last step, and every quantity that any of them has", () => {
    const { figures, axis, groups, leftOut } = compareRuns(runs);
    expect(figures.map(({ id }) => id)).toEqual([
      ...["behavior", "coherent", "gradient-norm", "loss", "norm", "local-cosine", "cosine-to-final"],
    ]);
    expect([axis.positions[0], axis.positions.at(-1)]).toEqual([0, 36]);
    expect(groups.map(({ name, place }) => [name, place])).toEqual(runs.map(({ id }, place) => [id, place]));
    expect(leftOut).toEqual([]);
  });

  test("are one curve a recipe where they are folded, and keep apart what only reads alike", () => {
    const { groups, numbers } = compareRuns(runs, { isFolded: true });
    expect(groups.map((group) => [group.name, group.runs.length])).toEqual([
      ["crisp", 3],
      ["run-400", 1],
    ]);
    const turn = numbers.find(
      ({ quantity }) => quantity.kind === "turn" && quantity.indicator === "behavior",
    );
    const steps = turn?.cells.map(({ value }) => value).filter(Number.isFinite) ?? [];
    expect(steps).toHaveLength(3);
    expect(turn?.means[0]?.mean).toBeCloseTo(steps.reduce((sum, step) => sum + step, 0) / 3, 10);
    expect(turn?.means[1]?.n).toBe(0);
    expect(turn?.cells[3]?.reason).toMatch(/./);
  });

  test("aligned by the transition leave out who has none, and show only where all of a mean are", () => {
    const { leftOut, axis, figures } = compareRuns(runs, { alignment: "transition", isFolded: true });
    expect(leftOut.map(({ id }) => id)).toEqual(["run-400"]);
    expect(leftOut[0]?.reason).toContain("broad behaviour turns: not found");
    // The latest turn is less than 14 steps from the end, the earliest less than 14 from the start.
    expect(Math.min(...axis.positions)).toBeGreaterThan(-15);
    expect(Math.max(...axis.positions)).toBeLessThan(15);
    expect(axis.title).toBe("steps from where broad behaviour turns");
    expect(figures[0]?.figure.meta.caption).toContain("n = 3");
  });

  test("take the half-window that is asked for where all have it", () => {
    const { windows } = compareRuns(runs);
    const [first = NaN] = windows;
    expect(compareRuns(runs, { k: first }).k).toBe(first);
    expect(windows).toContain(compareRuns(runs, { k: 999 }).k);
  });
});
