import { wilsonInterval } from "../../src/analysis/statistics/wilson.js";
import type { PhaseTransition } from "../../src/analysis/transitions/detectors.js";
import type { PlantedEvent } from "../../test/support/trials/trial.js";

/** What a detector found. */
export type FoundEvent = Pick<PhaseTransition, "step" | "interval">;

export interface FalseAlarms {
  readonly indicator: string;
  readonly family: string;
  readonly trials: number;
  readonly alarms: number;
  /** In percent, with its 95 % Wilson interval. */
  readonly percent: number;
  readonly interval: readonly [number, number];
}

export interface Detection {
  readonly indicator: string;
  readonly size: string;
  readonly noise: string;
  readonly trials: number;
  readonly detectedPercent: number;
  /** Mean error of the step in stored steps, over the detected; null where there are none. */
  readonly bias: number | null;
  /** Share of the detected whose interval holds the planted step, in percent. */
  readonly coveredPercent: number | null;
  /** Median length of the interval in stored steps. */
  readonly intervalLength: number | null;
}

/** False alarms of every family of nulls, and of all together. */
export function falseAlarmsOf(
  indicator: string,
  families: readonly { readonly family: string; readonly trials: number; readonly alarms: number }[],
): FalseAlarms[] {
  const all = families.reduce(
    (sum, { trials, alarms }) => ({
      family: "all",
      trials: sum.trials + trials,
      alarms: sum.alarms + alarms,
    }),
    { family: "all", trials: 0, alarms: 0 },
  );
  return [...families, all].map(({ family, trials, alarms }) => {
    const [low, high] = wilsonInterval(alarms, trials);
    return {
      indicator,
      family,
      trials,
      alarms,
      percent: rounded((100 * alarms) / trials),
      interval: [rounded(100 * low), rounded(100 * high)],
    };
  });
}

/** Ways in which the families of nulls differ, told by their names. */
const kindsOfFamily = {
  "complete, other noise": [false, false],
  "autocorrelated noise or increments": [false, true],
  "steps missing": [true, false],
  "steps missing, autocorrelated": [true, true],
} as const;

/** False alarms of an indicator by kind of family: one row for every kind, and the family with the most alarms. */
export function falseAlarmsByKind(
  rows: readonly FalseAlarms[],
): (FalseAlarms & { readonly worst: string })[] {
  const families = rows.filter(({ family }) => family !== "all");
  const indicators = [...new Set(families.map(({ indicator }) => indicator))];
  return indicators.flatMap((indicator) =>
    Object.entries(kindsOfFamily).flatMap(([kind, [isGapped, isAutocorrelated]]) => {
      const own = families.filter(
        ({ indicator: of, family }) =>
          of === indicator &&
          family.includes(";") === isGapped &&
          family.includes("AR(") === isAutocorrelated,
      );
      const [worst] = own.toSorted((one, other) => other.percent - one.percent);
      if (worst === undefined) return [];
      const [sum] = falseAlarmsOf(indicator, own).slice(-1);
      return sum === undefined
        ? []
        : [{ ...sum, family: kind, worst: `${worst.family}: ${worst.alarms} of ${worst.trials}` }];
    }),
  );
}

/** What becomes of a planted event. */
export function detectionOf(
  indicator: string,
  event: Omit<PlantedEvent, "run">,
  trials: number,
  found: readonly FoundEvent[],
): Detection {
  const { size, noise, step, spacing } = event;
  const mean = (values: readonly number[]): number | null =>
    found.length === 0 ? null : rounded(values.reduce((sum, value) => sum + value, 0) / found.length);
  const lengths = found.map(({ interval: [low, high] }) => (high - low) / spacing);
  lengths.sort((left, right) => left - right);
  return {
    indicator,
    size,
    noise,
    trials,
    detectedPercent: rounded((100 * found.length) / trials),
    bias: mean(found.map((each) => (each.step - step) / spacing)),
    coveredPercent: mean(found.map(({ interval: [low, high] }) => (low <= step && step <= high ? 100 : 0))),
    intervalLength: found.length === 0 ? null : rounded(lengths[Math.floor(lengths.length / 2)] ?? NaN),
  };
}

function rounded(value: number): number {
  return Math.round(10 * value) / 10;
}
