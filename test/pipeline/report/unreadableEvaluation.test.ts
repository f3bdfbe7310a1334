import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { analyzeRun } from "../../../src/pipeline/report/analyzeRun.js";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { readEvaluations } from "../../../src/runs/evaluations.js";
import { writeSecondEvaluation, writeSyntheticRun } from "../../support/syntheticRun.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

test("one unreadable line costs its evaluation, in one line, and nothing else of the run", async () => {
  const directory = join(temporaryFolder(), "run");
  writeSyntheticRun(directory);
  writeSecondEvaluation(directory, "a-scaled");
  const path = join(directory, "evaluations", "a-scaled.jsonl");
  const lines = readEvaluations({ directory }, "a-scaled")[0]?.answers.length ?? 0;
  appendFileSync(path, '{"step": "none"}\n');
  const report = await buildRunReport(directory);
  const fault = `${path}:${lines + 1}: field step: expected number, found string`;
  expect(report.warnings.filter((warning) => warning.includes("a-scaled"))).toEqual([
    expect.stringContaining(fault),
  ]);
  expect(report.warnings.at(-1)).toMatch(/; this evaluation was left out$/);
  expect(report.evaluations.map(({ name }) => name)).toEqual(["curve"]);
  expect(report.analysis.behavior).not.toBeNull();
  // Whoever asks for it by name is told.
  await expect(analyzeRun(directory, { evaluation: "a-scaled" })).rejects.toThrow(fault);
});
