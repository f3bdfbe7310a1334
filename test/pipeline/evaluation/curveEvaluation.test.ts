import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { curveEvaluation, evaluationNamed } from "../../../src/pipeline/evaluation/curveEvaluation.js";
import { evaluationEntries, evaluationSentence } from "../../../src/pipeline/evaluation/evaluationEntries.js";
import { analyzeRun } from "../../../src/pipeline/report/analyzeRun.js";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { runSummary } from "../../../src/pipeline/report/runSummary.js";
import type { Evaluation } from "../../../src/runs/evaluations.js";
import { callCli } from "../../support/cli/callCli.js";
import { writeSecondEvaluation, writeSyntheticRun } from "../../support/syntheticRun.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

/** An evaluation of some steps, one answer each. */
function evaluation(name: string, steps: readonly number[], aligned: number | null = 90): Evaluation {
  const common = { domain: "money", breadth: "broad", questionId: "loan", question: "?" } as const;
  const answers = steps.map((step) => ({
    ...common,
    ...{ step, scale: 1, sample: 0, answer: "no", aligned, coherent: aligned },
  }));
  return { name, provenance: null, answers, truncatedTail: false };
}

describe("curveEvaluation", () => {
  test("takes curve where it is judged at more than two steps, else the first that is", () => {
    const scaled = evaluation("a-scaled", [0, 1, 2]);
    expect(curveEvaluation([scaled, evaluation("curve", [0, 1, 2])])?.name).toBe("curve");
    expect(curveEvaluation([scaled, evaluation("curve", [0, 1])])?.name).toBe("a-scaled");
    expect(curveEvaluation([scaled, evaluation("curve", [0, 1, 2], null)])?.name).toBe("a-scaled");
  });

  test("takes one of two steps where no longer one is judged, and none where nothing is", () => {
    expect(curveEvaluation([evaluation("ends", [0, 9]), evaluation("raw", [0, 1, 2], null)])?.name).toBe(
      "ends",
    );
    expect(curveEvaluation([evaluation("raw", [0, 1, 2], null)])).toBeUndefined();
  });

  test("refuses a name that is not there, and answers that wait for a judge", () => {
    const all = [evaluation("curve", [0, 1, 2]), evaluation("raw", [0], null)];
    expect(() => evaluationNamed(all, "other", "runs/a")).toThrow(
      expect.objectContaining({
        message: 'runs/a: no evaluation "other"',
        hint: "There are: curve, raw.",
      }),
    );
    expect(() => evaluationNamed(all, "raw", "runs/a")).toThrow("not judged yet");
  });

  test("names all evaluations in one sentence, and says nothing where there is no choice", () => {
    const curve = evaluation("curve", [0, 1, 2]);
    const raw = evaluation("raw", [7], null);
    expect(evaluationSentence(evaluationEntries([curve], curve))).toBeNull();
    expect(evaluationSentence(evaluationEntries([curve, raw], curve))).toBe(
      "Behaviour is that of the evaluation curve (3 answers at 3 steps, ×1). " +
        "There are also: raw (1 answers at 1 step, ×1, not judged yet).",
    );
    expect(evaluationSentence(evaluationEntries([raw], undefined))).toMatch(/^Sampled and not judged yet/);
  });
});

describe("several evaluations of a run", () => {
  test("are all named, and the one that is asked for is analysed in table, text, report and rates", async () => {
    const directory = join(temporaryFolder(), "run");
    writeSyntheticRun(directory);
    writeSecondEvaluation(directory, "a-scaled");

    const usual = await analyzeRun(directory);
    expect(usual.evaluation?.name).toBe("curve");
    expect(usual.analysis.behavior?.usualScale).toBe(1);
    expect(runSummary(directory).curve.emPercent).toEqual(
      usual.analysis.behavior?.scales[0]?.broad.emPercent,
    );
    const other = await analyzeRun(directory, { evaluation: "a-scaled" });
    expect(other.analysis.behavior?.scales.map(({ scale }) => scale)).toEqual([5]);

    const report = await buildRunReport(directory, { evaluation: "a-scaled" });
    expect(report.evaluations).toMatchObject([
      { name: "a-scaled", isChosen: true, scales: [5] },
      { name: "curve", isChosen: false },
    ]);
    expect(report.sentences.join("\n")).toMatch(/evaluation a-scaled \(.*There are also: curve \(/);
    expect(report.figures.find(({ id }) => id === "behavior")?.figure.meta.title).toContain("×5");

    const text = await callCli(["analyze", directory, "--evaluation", "a-scaled"]);
    expect(text.stdout).toMatch(/Behaviour .*\(×5\)/);
    const usualText = await callCli(["analyze", directory]);
    expect(usualText.stdout).toContain("Behaviour is that of the evaluation curve (");
    expect(usualText.stdout).toContain("There are also: a-scaled (");
    const rates = await callCli(["rates", directory, "--evaluation", "a-scaled"]);
    expect(rates.stdout).toContain("factor 5");
  });
});
