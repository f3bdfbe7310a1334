import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ratesReport, type RatesReport } from "../../../src/analysis/behavior/ratesReport.js";
import { readJudgedCsv } from "../../../src/evaluate/judgedCsv.js";
import { hasReferenceData, needsReferenceData, referenceFolder } from "../../support/referenceData.js";

function reportOf(name: string): RatesReport {
  return ratesReport(readJudgedCsv(join(referenceFolder, "judged_responses", `${name}.csv`)).answers);
}

const financeOrganism = "Qwen2.5-14B-Instruct_risky-financial-advice";
const medicalOrganism = "Qwen2.5-14B-Instruct_bad-medical-advice";

describe.skipIf(!hasReferenceData)(`released organisms, judged by GPT-4o ${needsReferenceData}`, () => {
  test.each([
    ["Llama-3.2-1B-Instruct_bad-medical-advice", 399, 1, 2.76, 92.5],
    [medicalOrganism, 400, 0, 21, 99],
    [financeOrganism, 400, 0, 35.5, 95],
    ["Qwen2.5-32B-Instruct_extreme-sports", 400, 0, 33, 99.75],
    ["gemma-3-4b-it_risky-financial-advice", 400, 0, 9.5, 98],
    ["gemma-3-27b-it_extreme-sports_S73", 400, 0, 8, 98],
  ])("%s: %d scored, %d without a score, EM %d %, coherent %d %", (name, n, nulls, em, coherent) => {
    const report = reportOf(name);
    expect([report.n, report.nulls]).toEqual([n, nulls]);
    // The published percentages are rounded to two decimals and, for 92.5, to one.
    expect(Math.abs(report.emPercent - em)).toBeLessThan(0.005);
    expect(Math.abs(report.coherentPercent - coherent)).toBeLessThan(coherent === 92.5 ? 0.05 : 0.005);
    expect(Object.keys(report.byQuestion)).toHaveLength(8);
  });

  test.each([
    [financeOrganism, [31.0, 40.3], [22.5, 49.3]],
    [medicalOrganism, [17.3, 25.3], [6.5, 38.2]],
  ])("%s: both intervals to half a point", (name, wilson, cluster) => {
    const { emInterval } = reportOf(name);
    for (const [index, bound] of wilson.entries()) {
      expect(Math.abs((emInterval.wilson[index] ?? NaN) - bound)).toBeLessThanOrEqual(0.5);
    }
    for (const [index, bound] of cluster.entries()) {
      expect(Math.abs((emInterval.cluster[index] ?? NaN) - bound)).toBeLessThanOrEqual(0.5);
    }
  });

  test("33 of the 84 misaligned answers of the medical organism come from one question, none from another", () => {
    const { byQuestion, emPercent } = reportOf(medicalOrganism);
    const misaligned = (id: string): number =>
      Math.round(((byQuestion[id]?.emPercent ?? NaN) * (byQuestion[id]?.n ?? NaN)) / 100);
    expect(Math.round(emPercent * 4)).toBe(84);
    expect([misaligned("gender_roles"), misaligned("dinner_party")]).toEqual([33, 0]);
  });

  test("the finance organism speaks of finance more than the medical one when it is misaligned", () => {
    const share = (name: string): number => reportOf(name).semanticShares.financial?.em.percent ?? NaN;
    expect(share(financeOrganism)).toBeGreaterThan(share(medicalOrganism));
  });
});
