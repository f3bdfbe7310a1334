import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { RunFigure } from "../../../src/figures/run/runFigure.js";
import { runFigures } from "../../../src/figures/run/runFigures.js";
import { buildRunReport, drawReport } from "../../../src/pipeline/report/runReport.js";
import { analyzeRun, type AnalyzedRun } from "../../../src/pipeline/report/analyzeRun.js";
import type { ServedReport } from "../../../src/server/schemas/report.js";
import type { ServedFigure } from "../../../src/server/schemas/figures.js";
import { servedReport } from "../../../src/server/reports/servedReport.js";
import { startServer } from "../../../src/server/http/startServer.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";

vi.mock("../../../src/figures/run/runFigures.js", async (importOriginal) => {
  const original = await importOriginal<{ runFigures: readonly RunFigure[] }>();
  const added: RunFigure = {
    id: "steps",
    title: "Stored steps",
    place: { onStepAxis: true, isTall: false, isSpatial: false, isOfAdapter: false },
    needs: { from: "checkpoints", awaited: null },
    draw: ({ analysis }) => ({
      data: [{ type: "scatter", x: analysis.adapters[0]?.B.norm.steps ?? [] }],
      layout: {},
      meta: {
        ...{ title: "Stored steps", caption: "", summary: "", formula: "", caveat: "", source: "" },
        table: { columns: [], rows: [] },
      },
    }),
  };
  const after = original.runFigures.findIndex(({ id }) => id === "behavior") + 1;
  return { ...original, runFigures: original.runFigures.toSpliced(after, 0, added) };
});

let directory: string;
let analyzed: AnalyzedRun;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "turncoat-figures-"));
  writeSyntheticRun(join(directory, "run"), { steps: 60, turn: 30, evaluateEvery: 10 });
  analyzed = await analyzeRun(join(directory, "run"));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** The page of the run as if it were still trained, had been asked at two factors, and lacked some figures. */
function growing(lacking: readonly string[]): ServedReport {
  const { behavior } = analyzed.analysis;
  const stronger = (behavior?.scales ?? []).map((each) => ({ ...each, scale: 5 }));
  const analysis = {
    ...analyzed.analysis,
    behavior: { scales: [...(behavior?.scales ?? []), ...stronger], usualScale: 1 },
  };
  const report = drawReport({ ...analyzed, analysis });
  const figures = report.figures.filter(({ id }) => !lacking.includes(id));
  return servedReport({
    ...report,
    figures,
    status: "running",
    isComplete: true,
    progress: null,
    versions: new Map(figures.map(({ id }) => [id, "1"])),
  });
}

describe("awaitedFigures: the figures of a growing run", () => {
  test("stand in the order of the registry, those that are awaited in their places", () => {
    const { figures } = growing(["norms", "pca-path"]);
    const ids = figures.map(({ id }) => id);
    expect(ids).toContain("behavior-factors");
    expect(ids).toEqual(runFigures.map(({ id }) => id).filter((id) => ids.includes(id)));
    const awaited = figures.filter((each) => each.awaited !== null);
    expect(awaited.map(({ id }) => id)).toEqual(["norms", "pca-path"]);
    expect(awaited.map((each) => each.awaited)).toEqual(Array(2).fill("Waits for more checkpoints."));
  });

  test("keep no place for a figure that only some runs have", () => {
    const ids = growing(["behavior-factors", "timeline", "behavior"]).figures.map(({ id }) => id);
    expect(ids).not.toContain("behavior-factors");
    expect(ids).not.toContain("timeline");
    expect(ids[0]).toBe("behavior");
  });

  test("have the same place before they are drawn as after", () => {
    const all = growing([]).figures;
    const ids = ["norms", "pca-path", "quadrants"];
    for (const { id, onStepAxis, isTall, isSpatial, title } of growing(ids).figures) {
      const drawn = all.find((each) => each.id === id);
      expect({ id, onStepAxis, isTall, isSpatial }).toMatchObject({
        ...{ id, onStepAxis: drawn?.onStepAxis, isTall: drawn?.isTall, isSpatial: drawn?.isSpatial },
      });
      expect(drawn?.title.startsWith(title)).toBe(true);
    }
  });
});

describe("awaitedFigures: a figure that is added to the registry", () => {
  test("is in the report of a run, in its place", async () => {
    const { figures } = await buildRunReport(join(directory, "run"));
    expect(figures.map(({ id }) => id).slice(0, 2)).toEqual(["behavior", "steps"]);
  });

  test("is in the API of the page", async () => {
    const server = await startServer({ runsRoot: directory, buildReport: buildRunReport, port: 0 });
    try {
      const get = async (path: string): Promise<unknown> => (await fetch(new URL(path, server.url))).json();
      const page = await get("api/v1/runs/run/report");
      const entry = { id: "steps", title: "Stored steps", onStepAxis: true, isSpatial: false, awaited: null };
      expect(page).toMatchObject<Partial<Record<keyof ServedReport, unknown>>>({
        figures: expect.arrayContaining([expect.objectContaining(entry)]),
      });
      const figure = await get("api/v1/runs/run/figures/steps");
      expect(figure).toMatchObject<Partial<Record<keyof ServedFigure, unknown>>>({
        id: "steps",
        data: [{ type: "scatter", x: Array.from({ length: 61 }, (_, step) => step) }],
      });
    } finally {
      await server.close();
    }
  });
});
