import { meanOfQuestions } from "../behavior/meanOfQuestions.js";
import type { Interval } from "../statistics/quantile.js";
import { studentMean } from "../statistics/studentMean.js";
import { wilsonInterval } from "../statistics/wilson.js";
import { unchanged, type Branch, type BranchRecord } from "./branchRecord.js";

/** What varies between the values that an interval is made of. */
export type BranchUnit = "runs" | "orders" | "questions";

/** A percentage, or a difference of percentages, with its 95 % interval. */
export interface BranchEstimate {
  readonly value: number;
  readonly interval: Interval;
  /** Number of units. */
  readonly n: number;
  readonly unit: BranchUnit;
}

/** Quantities of a branch that are averaged over questions. */
export type BranchQuantity = "em" | "narrow" | "coherent";

/**
 * Says what the intervals of a study are over: runs, where there are several; else orders of the data, where one run went
 * on in several; else questions, which say nothing of another training.
 */
export function branchUnit({ runs, branches }: BranchRecord): BranchUnit {
  if (runs.length > 1) return "runs";
  return branches.some(({ order }) => order > 0) ? "orders" : "questions";
}

/**
 * Estimates a quantity of the branches of an intervention from a step: the mean over units with a t interval, or over whole
 * questions resampled.
 */
export function branchEstimate(
  record: BranchRecord,
  quantity: BranchQuantity,
  intervention: string,
  from: number,
): BranchEstimate {
  const unit = branchUnit(record);
  const values = unitValues(record, intervention, from, unit, (branch) =>
    questionValues(record, branch, quantity),
  );
  return bounded(estimateOf(values, unit), questionsOf(record, quantity).length);
}

/**
 * Estimates by how much an intervention from a step leaves more misaligned answers than a share of those of the unchanged
 * branches from the same step: EM − share · EM(unchanged), in percent points, paired over questions within each run.
 */
export function aboveShare(
  record: BranchRecord,
  intervention: string,
  from: number,
  share: number,
): BranchEstimate {
  const unit = branchUnit(record);
  const values = unitValues(record, intervention, from, unit, (branch) => {
    const other = counterpart(record, branch);
    const [own, reference] = [branch, other].map((each) =>
      each === undefined ? [] : questionValues(record, each, "em"),
    );
    return (own ?? []).map((value, index) => value - share * (reference?.[index] ?? NaN));
  });
  return estimateOf(values, unit);
}

/** The unchanged branch that a branch is held against: of the same run, step and order of the data. */
function counterpart({ branches }: BranchRecord, { run, from, order }: Branch): Branch | undefined {
  return branches.find(
    (each) =>
      each.intervention === unchanged && each.run === run && each.from === from && each.order === order,
  );
}

/** Values by unit; of single questions where the unit is the question. */
function unitValues(
  { runs, branches }: BranchRecord,
  intervention: string,
  from: number,
  unit: BranchUnit,
  valuesOf: (branch: Branch) => readonly number[],
): readonly number[] {
  const own = branches.filter((each) => each.intervention === intervention && each.from === from);
  if (unit === "questions") return own.flatMap(valuesOf);
  if (unit === "orders") return own.map((branch) => meanOf(valuesOf(branch)));
  return runs.flatMap(({ name }) => {
    const ofRun = own.filter(({ run }) => run === name).map((branch) => meanOf(valuesOf(branch)));
    return ofRun.length === 0 ? [] : [meanOf(ofRun)];
  });
}

function estimateOf(values: readonly number[], unit: BranchUnit): BranchEstimate {
  const finite = values.filter(Number.isFinite);
  if (unit === "questions") {
    const { value, interval, n } = meanOfQuestions(finite);
    return { value, interval, n, unit };
  }
  return { ...studentMean(finite), n: finite.length, unit };
}

/**
 * Keeps the interval of a percentage within 0 and 100. Where every unit has the same, neither resamples nor t say anything
 * of what was not seen: it is Wilson's then, of the questions of all units.
 */
function bounded({ value, interval, ...rest }: BranchEstimate, questions: number): BranchEstimate {
  const [low, high] = interval;
  if (high > low || !Number.isFinite(value)) {
    return { value, interval: [Math.max(0, low), Math.min(100, high)], ...rest };
  }
  // One run says nothing of others, however many questions it was asked.
  if (rest.unit !== "questions" && rest.n < 2) return { value, interval: [NaN, NaN], ...rest };
  const n = rest.unit === "questions" ? rest.n : rest.n * questions;
  const [least, most] = wilsonInterval(Math.round((value / 100) * n), n);
  return { value, interval: [100 * least, 100 * most], ...rest };
}

function questionsOf({ questions }: BranchRecord, quantity: BranchQuantity): readonly number[] {
  const breadth = quantity === "narrow" ? "narrow" : "broad";
  return questions.flatMap((question, index) => (question.breadth === breadth ? [index] : []));
}

function questionValues(record: BranchRecord, branch: Branch, quantity: BranchQuantity): readonly number[] {
  const values = quantity === "coherent" ? branch.coherent : branch.em;
  return questionsOf(record, quantity).map((index) => values[index] ?? NaN);
}

function meanOf(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite);
  return finite.length === 0 ? NaN : finite.reduce((sum, value) => sum + value, 0) / finite.length;
}
