import { angleBetween, randomAngleDeviation } from "../geometry/cosines.js";
import type { Probe } from "./probe.js";
import type { Interval } from "../statistics/quantile.js";
import { trajectoryDimension, vectorAt, type DirectionTrajectory } from "../geometry/trajectory.js";

/** Probes of one layer along training, as plain numbers. */
export interface ProbeRecord {
  readonly steps: readonly number[];
  readonly layer: number;
  /** Held-out area under the curve. */
  readonly auroc: { readonly values: readonly number[]; readonly intervals: readonly Interval[] };
  /** AUROC at every step with shuffled labels. */
  readonly shuffled: { readonly values: readonly number[]; readonly intervals: readonly Interval[] };
  /** Angle in degrees of B to the probe's direction; the sign of B is arbitrary, so θ and 180° − θ are one line. */
  readonly angleToB: { readonly values: readonly number[] };
  /** Distance of a random direction from 90°, in degrees (one standard deviation). */
  readonly randomFloorDegrees: number;
  /** Held-out answers at every step. */
  readonly n: readonly number[];
  readonly heldOutGroups: readonly string[];
  readonly c: number;
  readonly seed: number;
  /** Steps without a probe, and why. */
  readonly absent: readonly { readonly step: number; readonly reason: string }[];
}

/**
 * Collects the probes of one layer.
 *
 * @param probes one a step, in increasing order of step.
 * @param directions B of the adapter that writes into the same residual stream; NaN where a step is missing.
 */
export function probeRecord(
  layer: number,
  probes: readonly { readonly step: number; readonly probe: Probe }[],
  directions?: DirectionTrajectory,
): ProbeRecord {
  const first = probes[0]?.probe;
  const dimension = first?.weights.length ?? 0;
  const comparable = directions !== undefined && trajectoryDimension(directions) === dimension;
  return {
    steps: probes.map(({ step }) => step),
    layer,
    auroc: {
      values: probes.map(({ probe }) => probe.auroc.value),
      intervals: probes.map(({ probe }) => probe.auroc.interval),
    },
    shuffled: {
      values: probes.map(({ probe }) => probe.shuffled.value),
      intervals: probes.map(({ probe }) => probe.shuffled.interval),
    },
    angleToB: {
      values: probes.map(({ step, probe }) => {
        const direction = comparable ? vectorAt(directions, step) : undefined;
        return direction === undefined ? NaN : angleBetween(direction, probe.weights);
      }),
    },
    randomFloorDegrees: randomAngleDeviation(dimension).degrees,
    n: probes.map(({ probe }) => probe.testCount),
    heldOutGroups: first?.heldOutGroups ?? [],
    c: first?.c ?? NaN,
    seed: first?.seed ?? NaN,
    absent: probes.flatMap(({ step, probe }) =>
      probe.reason === null ? [] : [{ step, reason: probe.reason }],
    ),
  };
}

/** A step at which a layer could not be probed, as a record: NaN throughout, and the reason. */
export function absentProbeRecord(layer: number, step: number, reason: string): ProbeRecord {
  const gap: Interval = [NaN, NaN];
  return {
    steps: [step],
    layer,
    auroc: { values: [NaN], intervals: [gap] },
    shuffled: { values: [NaN], intervals: [gap] },
    angleToB: { values: [NaN] },
    randomFloorDegrees: NaN,
    n: [0],
    heldOutGroups: [],
    c: NaN,
    seed: NaN,
    absent: [{ step, reason }],
  };
}

/**
 * Joins records of one layer, in the order of the steps; where two hold the same step, the later record counts. What
 * all steps share (C, seed, held-out groups) is taken from the first record with a probe.
 * @param records of one layer and made with the same settings; at least one
 */
export function joinProbeRecords(records: readonly [ProbeRecord, ...ProbeRecord[]]): ProbeRecord {
  const places = new Map<number, readonly [record: ProbeRecord, index: number]>();
  for (const record of records) {
    for (const [index, step] of record.steps.entries()) places.set(step, [record, index]);
  }
  const rows = [...places].sort(([one], [other]) => one - other).map(([, place]) => place);
  const column = <T>(pick: (record: ProbeRecord) => readonly T[], gap: T): T[] =>
    rows.map(([record, index]) => pick(record)[index] ?? gap);
  const probed = records.find(({ c }) => Number.isFinite(c)) ?? records[0];
  const gap: Interval = [NaN, NaN];
  return {
    ...probed,
    steps: column(({ steps }) => steps, NaN),
    auroc: {
      values: column(({ auroc }) => auroc.values, NaN),
      intervals: column(({ auroc }) => auroc.intervals, gap),
    },
    shuffled: {
      values: column(({ shuffled }) => shuffled.values, NaN),
      intervals: column(({ shuffled }) => shuffled.intervals, gap),
    },
    angleToB: { values: column(({ angleToB }) => angleToB.values, NaN) },
    n: column(({ n }) => n, 0),
    absent: rows.flatMap(([record, index]) =>
      record.absent.filter(({ step }) => step === record.steps[index]),
    ),
  };
}
