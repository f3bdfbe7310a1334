import { angleBetween, randomAngleDeviation } from "./angle.js";
import type { Probe } from "./probe.js";
import type { Interval } from "./stepSeries.js";
import { trajectoryDimension, vectorAt, type DirectionTrajectory } from "./trajectory.js";

/** Probes of one layer along training, as plain numbers. */
export interface ProbeRecord {
  readonly steps: readonly number[];
  readonly layer: number;
  /** Held-out area under the curve. */
  readonly auroc: { readonly values: readonly number[]; readonly intervals: readonly Interval[] };
  /** The same with shuffled labels. */
  readonly shuffled: { readonly values: readonly number[]; readonly intervals: readonly Interval[] };
  /** Angle in degrees of B to the probe's direction; the sign of B is arbitrary, so θ and 180° − θ are one line. */
  readonly angleToB: { readonly values: readonly number[] };
  /** How far from 90° a random direction lies (one standard deviation, in degrees). */
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
