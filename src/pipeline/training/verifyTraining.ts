import { join } from "node:path";
import { TurncoatError } from "../../errors.js";
import { openModel } from "../../model/model.js";
import { manifestFile } from "../../runs/layout.js";
import { openRun } from "../../runs/openRun.js";
import type { EngineOptions } from "../../tensor/engine.js";
import { recordedDataset } from "../data/recordedDataset.js";
import { recordedEngine } from "./recordedEngine.js";
import { recordedModel } from "./recordedSources.js";
import { retrainRun, type Verification, type VerifyRequest } from "./retrainRun.js";

/** How a run is verified, and where what it was trained on is now. */
export interface VerifyOptions
  extends
    Pick<EngineOptions, "threads" | "executionProvider">,
    Omit<VerifyRequest, "directory" | "model" | "dataset"> {
  /** File, or name of a built-in data set. @default the run's */
  readonly data?: string | undefined;
  /** Folder of the base model. @default the run's */
  readonly model?: string | undefined;
}

/**
 * Trains a run again as its `run.json` says, on the engine that it records, and compares every step with it, to the bit.
 * Checksums of data and weights are compared first.
 * @param directory the run's
 * @throws TurncoatError where the run does not say how it was trained, as one that was trained elsewhere does not, or where
 *   its data or base model are not there or not the same
 */
export async function verifyRun(directory: string, options: VerifyOptions = {}): Promise<Verification> {
  const { data, model, threads, executionProvider, ...request } = options;
  const { manifest } = openRun(directory);
  if (manifest === null) {
    throw new TurncoatError(
      `${directory}: expected a ${manifestFile} that says how it was trained, found none`,
      {
        hint: "Only runs that turncoat train made can be verified.",
      },
    );
  }
  const dataset = recordedDataset(directory, manifest, data);
  const folder = recordedModel(directory, manifest, model);
  const engine = await recordedEngine(join(directory, manifestFile), manifest, {
    ...(threads === undefined ? {} : { threads }),
    ...(executionProvider === undefined ? {} : { executionProvider }),
  });
  const { chatTemplate } = manifest;
  return retrainRun({ ...request, directory, dataset, model: openModel(folder, engine, { chatTemplate }) });
}
