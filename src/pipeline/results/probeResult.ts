import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import {
  absentProbeRecord,
  joinProbeRecords,
  type ProbeRecord,
} from "../../analysis/directions/probeRecord.js";
import { intervalsWithGaps, numberOrGap, numbersWithGaps } from "../../formats/gaps.js";
import { readJsonArtifact, writeJsonArtifact } from "../../runs/artifact.js";

/** What was measured after one layer, along training. */
export interface LayerProbes {
  readonly probe: ProbeRecord;
  /** The mean-difference direction at each of the probe's steps. */
  readonly direction: {
    readonly norm: readonly number[];
    readonly splitHalfCosine: readonly number[];
    /** Angle in degrees between B and the direction; θ and 180° − θ are one line. */
    readonly angleToB: readonly number[];
  };
}

/** Probes of a run along training, as stored in `analysis/probes.json`. */
export interface RunProbes {
  readonly formatVersion: 2;
  /** The layer that is shown by itself, and whose directions are stored: that of the adapter, unless another was asked for. */
  readonly layer: number;
  /** In the order of the layers; they need not hold the same steps. */
  readonly layers: readonly LayerProbes[];
  readonly answersPerClass: number;
  /**
   * A hash of the answers and settings: probes with the same one belong together, so that probing goes on where it
   * was left. Null in a file of before, which held one layer.
   */
  readonly madeFrom: string | null;
}

const artifact = "analysis/probes.json";

/** The probes of one layer; of the run's own layer unless another is named. Undefined where it was not probed. */
export function probesOfLayer(probes: RunProbes, layer = probes.layer): LayerProbes | undefined {
  return probes.layers.find(({ probe }) => probe.layer === layer);
}

/** A step without a probe, as the probes of a layer. */
export function absentLayerProbes(layer: number, step: number, reason: string): LayerProbes {
  return {
    probe: absentProbeRecord(layer, step, reason),
    direction: { norm: [NaN], splitHalfCosine: [NaN], angleToB: [NaN] },
  };
}

/** Joins what was measured at different steps, layer by layer; where a layer has a step twice, the later one counts. */
export function joinLayerProbes(parts: readonly LayerProbes[]): LayerProbes[] {
  const layers = [...new Set(parts.map(({ probe }) => probe.layer))].sort((one, other) => one - other);
  return layers.flatMap((layer): LayerProbes[] => {
    const [first, ...others] = parts.filter(({ probe }) => probe.layer === layer);
    if (first === undefined) return [];
    const probe = joinProbeRecords([first.probe, ...others.map((each) => each.probe)]);
    const column = (pick: (direction: LayerProbes["direction"]) => readonly number[]): number[] => {
      const values = new Map(
        [first, ...others].flatMap((each) =>
          each.probe.steps.map((step, index) => [step, pick(each.direction)[index] ?? NaN] as const),
        ),
      );
      return probe.steps.map((step) => values.get(step) ?? NaN);
    };
    const direction = {
      norm: column(({ norm }) => norm),
      splitHalfCosine: column(({ splitHalfCosine }) => splitHalfCosine),
      angleToB: column(({ angleToB }) => angleToB),
    };
    return [{ probe, direction }];
  });
}

/** Writes the probes into the run, whole or not at all. */
export function writeProbes(directory: string, probes: RunProbes): void {
  writeJsonArtifact(directory, artifact, probes);
}

const band = z.object({ values: numbersWithGaps, intervals: intervalsWithGaps });
const layerSchema = z.object({
  probe: z.object({
    steps: z.array(z.number()),
    layer: z.number(),
    auroc: band,
    shuffled: band,
    angleToB: z.object({ values: numbersWithGaps }),
    randomFloorDegrees: numberOrGap,
    n: z.array(z.number()),
    heldOutGroups: z.array(z.string()),
    c: numberOrGap,
    seed: numberOrGap,
    absent: z.array(z.object({ step: z.number(), reason: z.string() })),
  }),
  direction: z.object({
    norm: numbersWithGaps,
    splitHalfCosine: numbersWithGaps,
    angleToB: numbersWithGaps,
  }),
});
const ofManyLayers = z.object({
  formatVersion: z.literal(2),
  layer: z.number(),
  layers: z.array(layerSchema),
  answersPerClass: z.number(),
  madeFrom: z.string().nullable(),
});
const ofOneLayer = layerSchema
  .extend({ formatVersion: z.literal(1), answersPerClass: z.number() })
  .transform(({ probe, direction, answersPerClass }): RunProbes => ({
    formatVersion: 2,
    layer: probe.layer,
    layers: [{ probe, direction }],
    answersPerClass,
    madeFrom: null,
  }));
const probesSchema = z.discriminatedUnion("formatVersion", [ofManyLayers, ofOneLayer]);

/**
 * The probes stored with a run, or null where there are none; a file of one layer is read as well.
 * @throws TurncoatError naming the file and the field that is not as expected
 */
export function readProbes(directory: string): RunProbes | null {
  if (!existsSync(join(directory, artifact))) return null;
  return readJsonArtifact(directory, artifact, probesSchema);
}
