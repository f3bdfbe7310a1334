import type { Interval } from "../statistics/quantile.js";
import type { CoefficientRecord } from "./coefficientRecord.js";
import { coefficientVerdict } from "./plateau.js";

/** Learning coefficients of a control beside those of its run. */
export interface ControlCoefficients {
  /** Name of the control. */
  readonly control: string;
  /** Why they do not compare with the run's, as a clause of both; null where they do. */
  readonly difference: string | null;
  /** Response tokens n of the control's loss; the same rows have others, since they are answered otherwise. */
  readonly count: number;
  /** Measured steps, in increasing order. */
  readonly steps: readonly number[];
  /** λ̂ at each of them, and its 95 % interval; NaN where it cannot be told. */
  readonly values: readonly number[];
  readonly intervals: readonly Interval[];
}

/**
 * Holds the learning coefficients of a control beside a run's, which compare where the rows, γ and the units are the same.
 * Null where either has none.
 */
export function controlCoefficients(
  own: CoefficientRecord | null | undefined,
  control: string,
  record: CoefficientRecord | null | undefined,
): ControlCoefficients | null {
  if (own == null || record == null || own.steps.length === 0 || record.steps.length === 0) return null;
  const verdicts = record.steps.map((step) => coefficientVerdict(step, record));
  return {
    control,
    difference: differenceOf(own, record),
    count: record.count,
    steps: record.steps.map(({ step }) => step),
    values: verdicts.map((verdict) => (verdict.kind === "told" ? verdict.value : NaN)),
    intervals: verdicts.map((verdict) => (verdict.kind === "told" ? verdict.interval : [NaN, NaN])),
  };
}

/** The first of rows, γ and units in which two measurements differ, as a clause; null where there is none. */
function differenceOf(own: CoefficientRecord, control: CoefficientRecord): string | null {
  const rowsOf = ({ rows, trained, settings }: CoefficientRecord): string =>
    `${rows} of ${trained} rows drawn with seed ${settings.seed}`;
  if (rowsOf(own) !== rowsOf(control))
    return `its loss is over ${rowsOf(control)}, the run's over ${rowsOf(own)}`;
  const [gamma, other] = [own, control].map(({ settings }) => settings.localization);
  if (gamma !== other) return `its γ is ${other ?? NaN}, the run's ${gamma ?? NaN}`;
  const areAlike =
    own.units.length === control.units.length &&
    own.units.every(({ name, unit }, at) => {
      const theirs = control.units[at];
      return theirs?.name === name && theirs.unit === unit;
    });
  if (areAlike) return null;
  return own.unitsOf === control.unitsOf
    ? `both are in units of ${own.unitsOf}, but of another state of it`
    : `it is in units of ${control.unitsOf}, the run in units of ${own.unitsOf}`;
}
