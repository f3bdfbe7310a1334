import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { withHint } from "../../errors.js";
import { absentProbeRecord, joinProbeRecords } from "../../analysis/directions/probeRecord.js";
import { type DeepReadonly, intervalsWithGaps, numberOrGap, numbersWithGaps } from "../../formats/json.js";
import { readJsonArtifact, writeJsonArtifact } from "../../runs/artifact.js";
import { probesFile } from "../../runs/layout.js";
import { directoryOf, type RunSource } from "../../runs/openRun.js";

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
  /** The mean-difference direction at each of the probe's steps. */
  direction: z.object({
    norm: numbersWithGaps,
    splitHalfCosine: numbersWithGaps,
    /** Angle in degrees between B and the direction; θ and 180° − θ are one line. */
    angleToB: numbersWithGaps,
  }),
});

/** Probe and mean difference after one layer, along training. */
export type LayerProbes = DeepReadonly<z.infer<typeof layerSchema>>;

const ofManyLayers = z.object({
  formatVersion: z.literal(2),
  /** Layer that is shown by itself, and whose directions are stored: the adapter's, unless another was asked for. */
  layer: z.number(),
  /** Probes in the order of the layers; they need not hold the same steps. */
  layers: z.array(layerSchema),
  answersPerClass: z.number(),
  /**
   * A hash of the answers and settings: probes with the same one belong together, so that probing goes on where it
   * was left. Null in a file of before, which held one layer.
   */
  madeFrom: z.string().nullable(),
});

/** Probes of a run along training, as `analysis/probes.json` holds them. */
export type RunProbes = DeepReadonly<z.infer<typeof ofManyLayers>>;

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

/** Finds the probes of a layer, the run's own unless another is named; undefined where it was not probed. */
export function probesOfLayer(probes: RunProbes, layer = probes.layer): LayerProbes | undefined {
  return probes.layers.find(({ probe }) => probe.layer === layer);
}

/** Makes the probes of a layer that hold one step without a probe, with the reason. */
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
  writeJsonArtifact(directory, probesFile, probes);
}

/**
 * Reads the probes stored with a run, or null where there are none; a file of one layer is read as well.
 *
 * @throws TurncoatError naming the file and the field that is not as expected
 */
export function readProbes(run: RunSource): RunProbes | null {
  const directory = directoryOf(run);
  if (!existsSync(join(directory, probesFile))) return null;
  return withHint("turncoat probe makes it anew.", () =>
    readJsonArtifact(directory, probesFile, probesSchema),
  );
}
