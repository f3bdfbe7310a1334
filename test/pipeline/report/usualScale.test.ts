import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aggregateRuns, transitionStep } from "../../../src/analysis/comparison/aggregateRuns.js";
import { comparedNumbers } from "../../../src/analysis/comparison/comparedNumbers.js";
import { summary } from "../../../src/pipeline/report/summary.js";
import { usualTransitions } from "../../../src/analysis/usualTransitions.js";
import { gradientNormFigure } from "../../../src/figures/run/gradientNormFigure.js";
import { transitionBands } from "../../../src/figures/style/transitionBands.js";
import { EvaluationWriter, readEvaluations } from "../../../src/runs/evaluations.js";
import { behaviorFigure } from "../../../src/figures/run/behaviorFigure.js";
import { controlsOf } from "../../../src/pipeline/evaluation/controlsOf.js";
import { readJudgedFile, selectAnswers } from "../../../src/pipeline/evaluation/judgedAnswers.js";
import { analyzeRun } from "../../../src/pipeline/report/analyzeRun.js";
import { runSummary } from "../../../src/pipeline/report/runSummary.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

describe("usualScale", () => {
  test("a run that was evaluated at factors 5 and 10 alone reports factor 5 everywhere", async () => {
    const directory = join(temporaryFolder(), "run");
    writeSyntheticRun(directory, { scales: [10, 5] });
    const { analysis } = await analyzeRun(directory);
    const [five, ten] = analysis.behavior?.scales ?? [];
    expect([five?.scale, ten?.scale]).toEqual([5, 10]);
    expect(five?.broad.emPercent).not.toEqual(ten?.broad.emPercent);

    const turn = analysis.transitions.find(({ indicator, scale }) => indicator === "behavior" && scale === 5);
    expect(turn).toBeDefined();
    expect(summary(analysis)[0]).toMatch(
      new RegExp(`^Behaviour turns at step ${turn?.step ?? NaN} .*\\(×5\\)`),
    );
    expect(analysis.timeline.events.find(({ event }) => event === "behavior")).toMatchObject({
      scale: 5,
      step: turn?.step,
    });
    expect(behaviorFigure(analysis)?.meta.title).toContain("adapter ×5");

    // The bands of other figures are of the same factor as the headline.
    const band = transitionBands(usualTransitions(analysis), ["behavior"]);
    expect(band.annotations).toHaveLength(1);
    expect(gradientNormFigure(analysis)?.layout.annotations).toEqual(
      expect.arrayContaining([expect.objectContaining({ text: "E", x: turn?.step })]),
    );

    const listed = runSummary(directory);
    expect(listed.curve.emPercent).toEqual(five?.broad.emPercent);
    expect(listed.turn?.value).toBe(turn?.step);

    const last = five?.broad.emPercent.at(-1);
    expect(controlsOf(directory).run).toMatchObject({ scale: 5, em: { percent: last } });
    expect(aggregateRuns([analysis]).emPercent?.mean).toEqual(five?.broad.emPercent);
    const misaligned = comparedNumbers([{ run: "run", analysis }])[0]?.cells[0];
    expect(misaligned?.value).toBe(last);
    expect(selectAnswers(readJudgedFile(join(directory, "evaluations", "curve.jsonl")))).toMatchObject({
      scale: 5,
    });
  });

  test("what turns at a larger factor alone does not turn in time line, lags and comparisons", async () => {
    const directory = join(temporaryFolder(), "run");
    writeSyntheticRun(directory, { scales: [5] });
    const [curve] = readEvaluations({ directory });
    const flat = (curve?.answers ?? []).map((answer) => ({ ...answer, scale: 1, aligned: 95 }));
    EvaluationWriter.open(directory, "curve", { formatVersion: 1, judge: { judge: "exact" } }).append(flat);
    const { analysis } = await analyzeRun(directory);
    expect(analysis.transitions.find(({ indicator }) => indicator === "behavior")?.scale).toBe(5);
    expect(analysis.timeline.events.map(({ event }) => event)).not.toContain("behavior");
    expect(analysis.timeline.absent).toContainEqual(
      expect.objectContaining({ indicator: "behavior", scale: 1 }),
    );
    expect(analysis.lags.filter(({ to }) => to === "behavior")).toEqual([]);
    expect(transitionStep(analysis, "behavior")).toBeNaN();
    expect(runSummary(directory)).toMatchObject({ turn: null, misaligned: { value: 0 } });
  });
});
