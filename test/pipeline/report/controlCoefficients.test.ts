import { join } from "node:path";
import { expect, test } from "vitest";
import type { CoefficientRecord } from "../../../src/analysis/learningCoefficient/coefficientRecord.js";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { writeLearningCoefficient } from "../../../src/pipeline/results/learningCoefficientResult.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { coefficientRecord, controlRecord } from "../../support/trials/coefficientRecord.js";

function runOf(name: string, record: CoefficientRecord): string {
  const directory = join(temporaryFolder(), name);
  writeSyntheticRun(directory, { steps: 12, turn: 6 });
  const steps = record.steps.map((step) => ({ ...step, adapter: "any" }));
  writeLearningCoefficient(directory, { ...record, steps, madeFrom: name });
  return directory;
}

test("a report draws the learning coefficients that its control keeps behind the run's", async () => {
  const [run, control] = [runOf("harmful", coefficientRecord), runOf("careful", controlRecord)];
  const drawn = async (controls: readonly string[]) =>
    (await buildRunReport(run, { controls })).figures.find(({ id }) => id === "learning-coefficient")?.figure;
  expect((await drawn([control]))?.data[0]).toMatchObject({ name: "λ̂, control", x: [40, 80, 100] });
  expect((await drawn([]))?.data[0]?.name).toBe("λ̂");
});
