/**
 * How often the transition detectors are right: false alarms where nothing happens, and detection, bias and coverage of
 * the interval where an event was planted. Every trial is a function of its seed.
 */
import { wilsonInterval } from "../src/analysis/wilson.js";
import { indicators, type Indicator } from "./transitionTrials.js";

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

export interface TransitionsBench {
  readonly seconds: number;
  readonly falseAlarms: readonly FalseAlarms[];
  readonly detection: readonly Detection[];
}

/** @param options how many nulls an indicator gets, shared among its families, and how many trials an event. */
export function transitionsBench(
  options: { nulls?: number; trials?: number; draws?: number; resamples?: number } = {},
): Promise<TransitionsBench> {
  const { nulls = 1000, trials = 25, draws = 49, resamples = 99 } = options;
  const start = performance.now();
  const all = indicators({ draws, resamples });
  const result = {
    falseAlarms: all.flatMap((indicator) => falseAlarms(indicator, nulls)),
    detection: all.flatMap((indicator) => detection(indicator, trials)),
  };
  return Promise.resolve({ seconds: Math.round((performance.now() - start) / 1000), ...result });
}

/** False alarms of every family of nulls, and of all together. */
export function falseAlarms({ name, nulls }: Indicator, total: number): FalseAlarms[] {
  const families = Object.entries(nulls);
  const rows = families.map(([family, detect], index) => {
    const trials =
      Math.floor(((index + 1) * total) / families.length) - Math.floor((index * total) / families.length);
    const alarms = Array.from({ length: trials }, (_, seed) => detect(seed)).filter(
      ({ transition }) => transition !== null,
    ).length;
    return alarmsOf(name, family, trials, alarms);
  });
  const sum = (pick: (row: FalseAlarms) => number): number => rows.reduce((all, row) => all + pick(row), 0);
  return [
    ...rows,
    alarmsOf(
      name,
      "all",
      sum((row) => row.trials),
      sum((row) => row.alarms),
    ),
  ];
}

/** What becomes of every planted event. */
export function detection({ name, events }: Indicator, trials: number): Detection[] {
  return events.map(({ size, noise, step, spacing, detect }) => {
    const found = Array.from({ length: trials }, (_, seed) => detect(seed).transition).filter(
      (transition) => transition !== null,
    );
    const ofFound = (values: readonly number[]): number | null =>
      found.length === 0 ? null : rounded(values.reduce((sum, value) => sum + value, 0) / found.length);
    const lengths = found.map(({ interval }) => (interval[1] - interval[0]) / spacing);
    lengths.sort((left, right) => left - right);
    return {
      indicator: name,
      size,
      noise,
      trials,
      detectedPercent: rounded((100 * found.length) / trials),
      bias: ofFound(found.map((each) => (each.step - step) / spacing)),
      coveredPercent: ofFound(
        found.map(({ interval }) => (interval[0] <= step && step <= interval[1] ? 100 : 0)),
      ),
      intervalLength: found.length === 0 ? null : rounded(lengths[Math.floor(lengths.length / 2)] ?? NaN),
    };
  });
}

function alarmsOf(indicator: string, family: string, trials: number, alarms: number): FalseAlarms {
  const [low, high] = wilsonInterval(alarms, trials);
  return {
    indicator,
    family,
    trials,
    alarms,
    percent: rounded((100 * alarms) / trials),
    interval: [rounded(100 * low), rounded(100 * high)],
  };
}

function rounded(value: number): number {
  return Math.round(10 * value) / 10;
}
