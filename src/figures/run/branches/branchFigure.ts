import { usualTransitions } from "../../../analysis/usualTransitions.js";
import type { Analysis } from "../../../analysis/analysisRecord.js";
import {
  branchEstimate,
  branchUnit,
  type BranchEstimate,
} from "../../../analysis/branches/branchEstimate.js";
import { unchanged, type BranchRecord } from "../../../analysis/branches/branchRecord.js";
import { pointOfNoReturn, pointWords } from "../../../analysis/branches/pointOfNoReturn.js";
import { tableOf, withGaps, type Figure, type FigureOptions, type PlotlyTrace } from "../../figure.js";
import { axis, percentRange, stepLayout } from "../../style/baseLayout.js";
import { confidenceBand } from "../../style/confidenceBand.js";
import { palette } from "../../style/palette.js";
import { rateLine } from "../../style/rateLine.js";
import { runStyle } from "../../style/runStyles.js";
import { transitionBands } from "../../style/transitionBands.js";

/** Quantity that is drawn against the step of the branch. */
export type DrawnQuantity = "em" | "coherent";

const titles: Readonly<Record<DrawnQuantity, string>> = {
  em: "Misaligned answers in the end, by the step of a change",
  coherent: "Coherent answers in the end, by the step of a change",
};

/**
 * Draws what the answers at the end of training come to where it goes on with a change from a step, against that step: a
 * line for each change, the unchanged branches as a band, and the turn of the run's direction.
 */
export function branchFigure(
  analysis: Analysis,
  record: BranchRecord,
  quantity: DrawnQuantity,
  options: FigureOptions = {},
): Figure | null {
  const curves = record.interventions.flatMap(({ name, words }) => {
    const steps = [
      ...new Set(record.branches.filter((each) => each.intervention === name).map(({ from }) => from)),
    ].sort((one, other) => one - other);
    const estimates = steps.map((from) => branchEstimate(record, quantity, name, from));
    return steps.length === 0 ? [] : [{ name, words, steps, estimates }];
  });
  const changed = curves.filter(({ name }) => name !== unchanged);
  if (changed.length === 0) return null;
  const colors = palette(options.theme);
  const reference = curves.filter(({ name }) => name === unchanged);
  const title = titles[quantity];
  const unit = branchUnit(record);
  const points = changed.map(({ name }) => ({ name, point: pointOfNoReturn(record, name) }));
  return {
    data: [
      ...reference.flatMap(({ name, steps, estimates }): PlotlyTrace[] => [
        ...confidenceBand(
          steps,
          estimates.map(({ interval }) => interval),
          colors.control,
          name,
        ),
        rateLine(steps, valuesOf(estimates), name, {
          color: colors.control,
          dash: "dash",
          symbol: "circle-open",
        }),
      ]),
      ...changed.map(({ name, steps, estimates }, place): PlotlyTrace => {
        const style = runStyle(place, options);
        return {
          ...rateLine(steps, valuesOf(estimates), name, style),
          error_y: {
            type: "data",
            symmetric: false,
            array: withGaps(estimates.map(({ value, interval }) => interval[1] - value)),
            arrayminus: withGaps(estimates.map(({ value, interval }) => value - interval[0])),
            color: style.color,
            thickness: 1.2,
          },
        };
      }),
    ],
    layout: stepLayout(
      title,
      analysis,
      axis("answers in the end (%)", options, { range: percentRange }),
      options,
      { ...transitionBands(usualTransitions(analysis), ["rotation"], options) },
    ),
    meta: {
      title,
      caption:
        `Training goes on from a step with one change to its end at step ${record.last}; ` +
        `${changed.map(({ name, words }) => `${name}: ${words}`).join("; ")}. Dashed: no change. ` +
        `Answers to ${record.questions.filter(({ breadth }) => breadth === "broad").length} broad questions, ` +
        `${record.samples === 1 ? "one" : record.samples} each, with the same random numbers. ` +
        `Whiskers and band: 95 %, over ${unit === "questions" ? "questions resampled, within one run" : `${unitCount(changed)} ${unit} (t)`}.`,
      summary: points.map(({ name, point }) => `${name}: ${pointWords(point)}.`).join(" "),
      formula: "the last step s tried at which EM(change from s) < ½ · EM(no change)",
      caveat:
        "A change that comes early also acts for longer: with the steps that are left, its reach shrinks. What comes back late was not undone but trained over. Steps between those tried are not known.",
      source: "methods of this program (§8.10); preventative steering: 2507.21509",
      table: tableOf({
        change: curves.flatMap(({ name, steps }) => steps.map(() => name)),
        step: curves.flatMap(({ steps }) => steps),
        percent: curves.flatMap(({ estimates }) => valuesOf(estimates)),
        low: curves.flatMap(({ estimates }) => estimates.map(({ interval }) => interval[0])),
        high: curves.flatMap(({ estimates }) => estimates.map(({ interval }) => interval[1])),
        n: curves.flatMap(({ estimates }) => estimates.map(({ n }) => n)),
      }),
    },
  };
}

function valuesOf(estimates: readonly BranchEstimate[]): number[] {
  return estimates.map(({ value }) => value);
}

function unitCount(curves: readonly { readonly estimates: readonly BranchEstimate[] }[]): number {
  return Math.max(...curves.flatMap(({ estimates }) => estimates.map(({ n }) => n)));
}
