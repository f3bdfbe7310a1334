import { TurncoatError } from "../../errors.js";
import { whileMeasuring } from "../../runs/runLocks.js";
import { directoryOf, runOf } from "../../runs/openRun.js";
import type { RunDisposition } from "../results/dispositionResult.js";
import { DispositionReader, type ReadingRequest } from "./dispositionReader.js";

/** Request to read a run's prompts along directions. */
export interface DispositionRequest extends ReadingRequest {
  /** Chooses checkpoints; the first is always read. @default all */
  readonly isStepWanted?: (step: number) => boolean;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Ends the reading after the checkpoint that is being read. */
  readonly signal?: AbortSignal;
}

/** Milliseconds between two writes. */
const writeEvery = 2000;

/**
 * Reads along training where prompts lie along directions before a word of the answer is written: the projection of the
 * residual stream at the last token of the prompt, and of its mean over the prompt, after every layer of the directions
 * (`docs/methods.md §5.10`). No answer is looked at, so that no words can give the classes away.
 *
 * Beside them it is written how far directions drawn by chance move. What is done is kept when it is interrupted, and
 * what was read before along the same directions is not read again.
 *
 * @throws TurncoatError where the run has no checkpoint, or a direction does not fit the model
 */
export function measureDisposition(request: DispositionRequest): Promise<RunDisposition> {
  return whileMeasuring(directoryOf(request.run), "disposition", () => dispositionOf(request));
}

async function dispositionOf(request: DispositionRequest): Promise<RunDisposition> {
  const { signal } = request;
  const run = runOf(request.run);
  const [first, ...others] = run.checkpoints;
  if (first === undefined) throw new TurncoatError(`${run.directory}: expected checkpoints, found none`);
  const wanted = [first, ...others.filter(({ step }) => request.isStepWanted?.(step) ?? true)];
  const reader = await DispositionReader.open(request, first);
  let written = performance.now();
  for (const [index, checkpoint] of wanted.entries()) {
    if (signal?.aborted === true) break;
    await reader.read(checkpoint);
    if (performance.now() - written > writeEvery) {
      reader.write();
      written = performance.now();
    }
    request.onProgress?.({ done: index + 1, total: wanted.length });
  }
  reader.write();
  return reader.result();
}
