import {
  meanDifferenceDirection,
  probeDirection,
  type Direction,
} from "../../analysis/directions/direction.js";
import { angleBetween } from "../../analysis/geometry/cosines.js";
import { meanDifference, type MeanDifference } from "../../analysis/directions/meanDifference.js";
import { fitProbe, type Probe } from "../../analysis/directions/probe.js";
import { probeRecord } from "../../analysis/directions/probeRecord.js";
import { directionTrajectory } from "../../analysis/geometry/trajectory.js";
import type { CapturedActivations } from "../../model/hooks/captureActivations.js";
import type { LayerProbes } from "../results/probeResult.js";

/** Labels of rows of activations. */
export interface ProbeRows {
  /** Number of rows of each class; the misaligned ones come first. */
  readonly perClass: number;
  /** Question of every row; whole questions are held out. */
  readonly groups: readonly string[];
  readonly seed: number;
}

interface Fitted {
  readonly features: Float32Array;
  readonly probe: Probe;
  readonly difference: MeanDifference;
}

/**
 * Fits probes and mean differences layer by layer, one checkpoint after the other. A layer whose activations are the
 * same as at the checkpoint before, as below the lowest adapter, is not fitted again: the result would be the same.
 */
export class LayerProbeFitter {
  readonly #rows: ProbeRows;
  readonly #before = new Map<number, Fitted>();

  constructor(rows: ProbeRows) {
    this.#rows = rows;
  }

  /**
   * Fits the probes of every captured layer at one step, and the directions of each.
   *
   * @param captured averages over each response, one sequence a row
   * @param loraB what the adapter writes, where it has one direction `[hiddenSize]`
   */
  fit(
    step: number,
    { layers, sequences, dimension }: CapturedActivations,
    loraB: Float32Array | undefined,
  ): { readonly probes: LayerProbes; readonly directions: readonly Direction[] }[] {
    return layers.map((layer, place) => {
      const features = new Float32Array(sequences.length * dimension);
      for (const [row, { residuals }] of sequences.entries())
        features.set(residuals.subarray(place * dimension, (place + 1) * dimension), row * dimension);
      const { probe, difference } = this.#fitLayer(layer, features);
      const mean = meanDifferenceDirection(difference, { layer, step });
      const trajectory = loraB === undefined ? [] : [directionTrajectory("B", [step], [loraB])];
      const angle = loraB === undefined ? NaN : angleBetween(loraB, difference.misalignmentDirection);
      return {
        probes: {
          probe: probeRecord(layer, [{ step, probe }], ...trajectory),
          direction: {
            norm: [difference.norm],
            splitHalfCosine: [difference.splitHalfCosine],
            angleToB: [angle],
          },
        },
        directions: [
          mean,
          ...(probe.reason === null ? [probeDirection(probe, { layer, step }, mean.unit)] : []),
        ],
      };
    });
  }

  #fitLayer(layer: number, features: Float32Array): Fitted {
    const before = this.#before.get(layer);
    if (before !== undefined && isSame(before.features, features)) return before;
    const { perClass, groups, seed } = this.#rows;
    const labels = groups.map((_, row) => row < perClass);
    const split = (features.length / groups.length) * perClass;
    const fitted = {
      features,
      probe: fitProbe({ features, labels, groups }, { seed }),
      difference: meanDifference(
        { values: features.subarray(0, split), n: perClass },
        { values: features.subarray(split), n: groups.length - perClass },
        { seed },
      ),
    };
    this.#before.set(layer, fitted);
    return fitted;
  }
}

function isSame(one: Float32Array, other: Float32Array): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}
