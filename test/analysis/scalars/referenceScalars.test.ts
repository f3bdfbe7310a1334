import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { classMeasures } from "../../../src/analysis/scalars/classScores.js";
import { scalarTest } from "../../../src/analysis/scalars/scalarTest.js";
import { scalarTestSummary } from "../../../src/analysis/scalars/scalarTestSummary.js";
import { readScalars } from "../../../src/formats/scalars/scalarsFile.js";
import { hasReferenceData, needsReferenceData, referenceFolder } from "../../support/referenceData.js";

describe.skipIf(!hasReferenceData)(`scalars of the published organism ${needsReferenceData}`, () => {
  const read = (side: string) =>
    readScalars(join(referenceFolder, "lora_scalars", `medical_${side}.safetensors`));

  test("give the published accuracy, precision, recall, F1 and AUC", () => {
    // Convergent Linear Representations of Emergent Misalignment, table 3: medical, aligned against misaligned.
    const published = { accuracy: 0.69, precision: 0.69, recall: 0.68, f1: 0.69, auc: 0.75 };
    const summary = scalarTestSummary(
      scalarTest(read("aligned"), read("misaligned"), { repeats: 30, shuffles: 5 }),
    );
    for (const measure of classMeasures)
      expect(Math.abs(summary[measure] - published[measure]), measure).toBeLessThan(0.01);
    expect(summary.negative).toEqual({ rows: 11260, answers: 167 });
    expect(summary.positive).toEqual({ rows: 8122, answers: 149 });
    // The difference is not that tokens of an answer are on both sides.
    expect(summary.shuffled.accuracy).toBeLessThan(0.56);
  });
});
