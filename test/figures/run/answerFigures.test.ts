import { describe, expect, test } from "vitest";
import { analyze } from "../../../src/analysis/analyze.js";
import { distributionChange } from "../../../src/analysis/distribution/distributionChange.js";
import { judgedProperties } from "../../../src/analysis/distribution/judgedProperties.js";
import { logLikelihoodGap } from "../../../src/analysis/behavior/logLikelihoodGap.js";
import { quadrants } from "../../../src/analysis/behavior/quadrants.js";
import type { ScoredAnswer } from "../../../src/analysis/distribution/windows.js";
import { changeFigure } from "../../../src/figures/run/changeFigure.js";
import type { Figure, FigureOptions } from "../../../src/figures/figure.js";
import { likelihoodFigure } from "../../../src/figures/run/likelihoodFigure.js";
import { quadrantFigure } from "../../../src/figures/run/quadrantFigure.js";
import { timelineFigure } from "../../../src/figures/run/timelineFigure.js";
import { exampleRun } from "../../support/exampleAnalysisInput.js";
import { checksOfFigure } from "../../support/checksOfFigure.js";

const run = exampleRun({ dimension: 6, every: 4 });
const broadAnswers = run.answers.filter(({ breadth }) => breadth === "broad");
const steps = [...new Set(broadAnswers.map(({ step }) => step))];
/** How probable the example's answers are at a step, as planted in it. */
const rateAt = (step: number): number => 0.01 + 0.9 / (1 + Math.exp((72 - step) / 3));
const broad = distributionChange(
  steps,
  broadAnswers.map(({ questionId, step, aligned }): ScoredAnswer => ({
    questionId,
    checkpoint: steps.indexOf(step),
    logProbabilities: steps.map((each) => Math.log(aligned === 4 ? rateAt(each) : 1 - rateAt(each))),
  })),
  judgedProperties(broadAnswers, { nullAlignment: "notMisaligned" }),
  { resamples: 100 },
);
const gap = logLikelihoodGap(
  steps.map((step) => ({
    step,
    pairs: ["p", "q", "r"].map((questionId, index) => ({
      questionId,
      misaligned: rateAt(step) - 1 - 0.1 * index,
      aligned: -0.5,
    })),
  })),
  { resamples: 100 },
);
const analysis = analyze(
  {
    ...run,
    distributionChange: { scale: 1, broad, narrow: null },
    logLikelihoodGap: { broad: gap, narrow: null },
  },
  { rates: { nullAlignment: "notMisaligned" } },
);

const makers: Readonly<Record<string, (options: FigureOptions) => Figure | null>> = {
  change: (options) => changeFigure(analysis, options),
  likelihood: (options) => likelihoodFigure(analysis, options),
  timeline: (options) => timelineFigure(analysis, options),
};

function made(name: string, options: FigureOptions = {}): Figure {
  const figure = makers[name]?.(options);
  if (figure === null || figure === undefined) throw new Error(`the example has no ${name} figure`);
  return figure;
}

describe.each(Object.keys(makers))("%s figure", (name) =>
  checksOfFigure(name, (options) => made(name, options)),
);

describe("figures of answers", () => {
  test("the time line draws each event at its step with its interval, on the axis of the other figures", () => {
    const { data, layout } = made("timeline");
    const { events } = analysis.timeline;
    expect(events.map(({ event }) => event)).toContain("distributionChange");
    expect(data).toHaveLength(3 * events.length);
    for (const [index, event] of events.entries()) {
      expect(data[3 * index]?.x).toEqual([...event.interval]);
      expect(data[3 * index + 1]?.x).toEqual([event.step]);
    }
    expect(layout.xaxis).toEqual(makers.likelihood?.({})?.layout.xaxis);
  });

  test("without data there is no figure", () => {
    const bare = analyze({ ...run, adapters: [], log: [], answers: [] });
    for (const make of [changeFigure, likelihoodFigure, timelineFigure]) expect(make(bare)).toBeNull();
  });

  test("answers with equal scores share a mark as large as their number", () => {
    const figure = quadrantFigure(quadrants(broadAnswers));
    const [misaligned] = figure?.data ?? [];
    const places = new Set(
      broadAnswers
        .filter(({ aligned, coherent }) => aligned === 4 && coherent !== null)
        .map(({ coherent }) => coherent),
    );
    expect(misaligned?.x).toHaveLength(places.size);
    expect(JSON.stringify(misaligned?.text)).toMatch(/\d+ answers with these scores/);
    expect(figure?.meta.caption).toContain("share a mark");
  });
});
