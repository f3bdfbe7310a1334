import { describe, expect, test, vi } from "vitest";
import { analyze } from "../../../src/analysis/analyze.js";
import { comparedNumbers } from "../../../src/analysis/comparison/comparedNumbers.js";
import { summary } from "../../../src/pipeline/report/summary.js";
import { toJson } from "../../../src/analysis/toJson.js";
import { descriptions, detectors } from "../../../src/analysis/transitions/detectors.js";
import { indicatorsIn } from "../../../src/analysis/transitions/events.js";
import { lookAt, newWatch } from "../../../src/analysis/transitions/transitionWatch.js";
import type * as Registry from "../../../src/analysis/transitions/detectors.js";
import { analysisTable } from "../../../src/cli/output/tables/analysisTable.js";
import { timelineTable } from "../../../src/cli/output/tables/timelineTable.js";
import { eventCaption } from "../../../src/figures/style/eventKeys.js";
import { normsFigure } from "../../../src/figures/run/normsFigure.js";
import { timelineFigure } from "../../../src/figures/run/timelineFigure.js";
import { servedReport } from "../../../src/server/reports/servedReport.js";
import { reportSchema } from "../../../src/server/schemas/report.js";
import { drawnTransitions } from "../../../src/web/plots/transitions.js";
import { exampleRun } from "../../support/exampleAnalysisInput.js";

vi.mock("../../../src/analysis/transitions/detectors.js", async (importOriginal) => {
  const original = await importOriginal<typeof Registry>();
  const planted = {
    name: "plantedNoun",
    letter: "X",
    words: "something was planted",
    order: 3.5,
    needs: "adapter",
    isWatched: true,
    figures: ["norms"],
    detect: ({ directions }: { directions: readonly { name: string }[] }) =>
      directions.map(({ name }) => ({
        absent: null,
        transition: {
          verdict: "turns",
          indicator: "plantedNoun",
          step: 33,
          interval: [30, 36],
          method: "planted",
          prominence: 1,
          evidence: { reason: NaN },
          adapter: name,
        },
      })),
  };
  return { ...original, detectors: [...original.detectors, planted] };
});

const analysis = analyze(exampleRun());

describe("a row more in the registry of detectors", () => {
  test("is judged with those that need the same, and written to JSON", () => {
    const names: string[] = analysis.transitions.map(({ indicator }) => indicator);
    expect(names.indexOf("plantedNoun")).toBe(names.indexOf("pcaCorner") + 1);
    expect(JSON.stringify(toJson(analysis))).toContain('"evidence":{"reason":null}');
  });

  test("has its place on the time line and in the tables", () => {
    const events: string[] = analysis.timeline.events.map(({ event }) => event);
    expect(events.indexOf("plantedNoun")).toBe(events.indexOf("rotation") + 1);
    expect(analysisTable(analysis)).toMatch(/something was planted +turns +33 +\[30, 36\]/);
    expect(timelineTable(analysis.timeline)).toMatch(/something was planted +33/);
    const titles = comparedNumbers([{ run: "a", analysis }]).map(({ quantity }) => JSON.stringify(quantity));
    expect(titles).toContain('{"kind":"turn","indicator":"plantedNoun"}');
    expect(titles).toContain('{"kind":"lag","from":"plantedNoun","to":"behavior"}');
  });

  test("is drawn with its letter and words", () => {
    expect(indicatorsIn("norms")).toContain("plantedNoun");
    expect(JSON.stringify(normsFigure(analysis)?.layout.annotations)).toContain('"text":"X"');
    expect(eventCaption(normsFigure(analysis)?.layout ?? {})).toContain(
      "X: something was planted at step 33 [30, 36].",
    );
    expect(JSON.stringify(timelineFigure(analysis)?.layout.yaxis)).toContain('"X"');
  });

  test("has a sentence of its own", () => {
    expect(summary(analysis).find((line) => line.startsWith("Something was planted"))).toMatch(
      /at step 33 \[/,
    );
  });

  test("is served with the report, and the page reads letter and words from there", () => {
    const served = servedReport({
      runId: "example",
      directory: "/runs/example",
      status: "finished",
      recipe: "",
      isComplete: true,
      progress: null,
      headline: "",
      evidence: "",
      sentences: [],
      findings: 0,
      warnings: [],
      evaluations: [],
      analysis,
      figures: [],
      versions: new Map(),
    });
    const report = reportSchema.parse(toJson(served));
    expect(report.indicators.at(-1)).toMatchObject({ name: "plantedNoun", letter: "X" });
    expect(drawnTransitions(report).find(({ indicator }) => indicator === "plantedNoun")).toMatchObject({
      letter: "X",
      words: "something was planted",
    });
  });

  test("watches a growing run", () => {
    const B = { name: "b", steps: [0, 50], vectors: [Float32Array.of(0), Float32Array.of(1)] };
    const first = lookAt(newWatch, { directions: [B] });
    const second = lookAt(first.watch, { directions: [{ ...B, steps: [0, 60] }] });
    expect(second.events).toMatchObject([{ transition: { indicator: "plantedNoun" } }]);
  });
});

describe("the registry", () => {
  test("has letters, places and names of one event each", () => {
    const rows = [...detectors, ...descriptions];
    for (const field of ["name", "letter", "order"] as const) {
      expect(new Set(rows.map((row) => row[field])).size).toBe(rows.length);
    }
  });
});
