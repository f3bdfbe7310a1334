import { join } from "node:path";
import { z } from "zod";
import { gramMatrix } from "../../analysis/linalg/gramMatrix.js";
import { AdapterProjector } from "../../formats/directions/adapterProjector.js";
import { parseJson } from "../../formats/json.js";
import { adapterConfigFile, adapterWeightsFile } from "../../formats/peft.js";
import { encodeSafetensors, readSafetensors } from "../../formats/safetensors.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { projectionsFile } from "../../runs/layout.js";
import type { Checkpoint, Run } from "../../runs/openRun.js";
import { takeStep, takeTrajectories, type StepOfRun } from "../../runs/trajectories.js";
import { isCacheOurs, versionStamp } from "./keptGrams.js";
import type { RunGrams } from "./wholeUpdateOf.js";

/** Projection of each ΔW: cosines of the update of 200 adapters err by less than 0.01. */
const projection = { seed: 0, numbers: 512 } as const;

/**
 * Reads the updates of a run with many adapters as random projections, one checkpoint after another, and their inner
 * products. What takes time is to read the files: it grows with the number of steps, and those that were read before are
 * not read again.
 *
 * @param onProgress called with the number of checkpoints that are done
 * @throws TurncoatError if no checkpoint can be read
 */
export function readProjectedGrams(run: Run, onProgress: (done: number) => void = () => undefined): RunGrams {
  const projector = new AdapterProjector(projection);
  let done = 0;
  const { adapters, gaps, warnings } = takeTrajectories(run, {}, (checkpoint) => {
    let read = keptStep(run, checkpoint);
    if (read === null) {
      read = takeStep(checkpoint, (module) => projector.projectUpdate(module));
      keepStep(run, checkpoint, read);
    }
    onProgress(++done);
    return read;
  });
  return {
    adapters: adapters.map(({ modulePath, layer, rank, steps, taken }) => ({
      ...{ modulePath, layer, rank, steps },
      gram: gramMatrix(taken),
    })),
    gaps,
    warnings,
    numbers: projection.numbers,
  };
}

/** What stands beside the projections of one step, as JSON text in the file's metadata. */
const metadataSchema = z.object({
  /** Text that changes when the checkpoint does. */
  of: z.string(),
  rest: z.string(),
});
const restSchema = z.object({
  modules: z.array(
    z.object({
      modulePath: z.string(),
      rank: z.number(),
      scaling: z.number(),
      inFeatures: z.number(),
      outFeatures: z.number(),
    }),
  ),
  gaps: z.array(z.object({ step: z.number(), modulePath: z.string().optional(), reason: z.string() })),
  besides: z.array(z.string()),
});

function keptStep(run: Run, checkpoint: Checkpoint): StepOfRun<Float32Array> | null {
  const path = fileOf(run, checkpoint);
  try {
    const { metadata, tensors } = readSafetensors(path);
    const { of, rest } = parseJson(JSON.stringify(metadata), metadataSchema, path);
    if (of !== stampOf(checkpoint)) return null;
    const { modules, ...others } = parseJson(rest, restSchema, path);
    const taken = modules.map((module) => {
      const data = tensors.get(module.modulePath)?.data;
      if (data?.length !== projection.numbers) throw new RangeError(`${path}: ${module.modulePath}`);
      return { ...module, taken: data };
    });
    return { modules: taken, ...others };
  } catch {
    // What is kept only saves time: where it is not there or damaged, it is made anew.
    return null;
  }
}

function keepStep(
  run: Run,
  checkpoint: Checkpoint,
  { modules, gaps, besides }: StepOfRun<Float32Array>,
): void {
  if (!isCacheOurs(run)) return;
  const { numbers } = projection;
  const tensors = new Map(
    modules.map(({ modulePath, taken }) => [modulePath, { shape: [numbers], data: taken }] as const),
  );
  const rest = {
    modules: modules.map(({ modulePath, rank, scaling, inFeatures, outFeatures }) => ({
      ...{ modulePath, rank, scaling, inFeatures, outFeatures },
    })),
    gaps,
    besides,
  };
  try {
    writeFileWhole(
      fileOf(run, checkpoint),
      encodeSafetensors(tensors, { of: stampOf(checkpoint), rest: JSON.stringify(rest) }),
    );
  } catch {
    return;
  }
}

function fileOf({ directory }: Run, { step }: Checkpoint): string {
  return join(directory, projectionsFile(step));
}

function stampOf({ path }: Checkpoint): string {
  return versionStamp([adapterWeightsFile, adapterConfigFile].map((name) => join(path, name)));
}
