import { TurncoatError } from "../../errors.js";
import type { NamedTensors, TensorSpec } from "../../tensor/program.js";
import type { TensorValues } from "../../tensor/tensorData.js";
import type { Model } from "../model.js";
import { parameter, type ForwardHooks } from "../transformer.js";
import type { AdapterBank } from "../weights/adapterBank.js";
import { captureActivations } from "./captureActivations.js";

/** Adapter whose scalars are replayed. */
export interface PatchedModule {
  readonly modulePath: string;
  readonly rank: number;
}

/** Scalars A·h that an adapter read in one sequence, to be replayed in another of the same length. */
export interface ScalarPatch extends PatchedModule {
  /** [tokens, rank], unscaled. */
  readonly scalars: Float32Array;
}

/**
 * Records what every adapter reads, A·h, at each token of a sequence (2506.11618, section 4; `docs/methods.md §5.12`).
 * @param adapters of one replica
 */
export async function recordScalars(
  model: Model,
  ids: readonly number[],
  adapters: AdapterBank,
): Promise<ScalarPatch[]> {
  const [recorded = []] = await recordScalarsOf(model, [ids], adapters);
  return recorded;
}

/** Records what every adapter reads at each token of several sequences, as `recordScalars` does of one. */
export async function recordScalarsOf(
  model: Model,
  sequences: readonly (readonly number[])[],
  adapters: AdapterBank,
): Promise<ScalarPatch[][]> {
  const requests = sequences.map((ids) => ({ ids, positions: [...ids.keys()] }));
  const captured = await captureActivations(model, requests, { adapters });
  const width = captured.modules.reduce((sum, { rank }) => sum + rank, 0);
  return captured.sequences.map(({ scalars }) => {
    const tokens = [...Array(scalars.length / width).keys()];
    let from = 0;
    return captured.modules.map(({ modulePath, rank }) => {
      const start = from;
      from += rank;
      const own = tokens.flatMap((token) => [
        ...scalars.subarray(token * width + start, token * width + start + rank),
      ]);
      return { modulePath, rank, scalars: Float32Array.from(own) };
    });
  });
}

/**
 * Refuses patches that do not fit a sequence of some tokens.
 * @throws TurncoatError naming the module and both lengths
 */
export function checkPatches(patches: readonly ScalarPatch[], tokens: number): void {
  const wrong = patches.find(({ rank, scalars }) => scalars.length !== tokens * rank);
  if (wrong === undefined) return;
  throw new TurncoatError(
    `scalar patch of ${wrong.modulePath}: expected ${tokens} tokens, found ${wrong.scalars.length / wrong.rank}`,
    { hint: "Record the scalars in a sequence of the same length." },
  );
}

/** Names the structure of patches, for program caches. */
export function patchesKey(patches: readonly PatchedModule[]): string {
  return patches.map(({ modulePath, rank }) => `${modulePath}/${rank}`).join(",");
}

/** Specifies the inputs through which a program that runs some tokens receives patches. */
export function patchInputs(patches: readonly PatchedModule[], tokens: number): Record<string, TensorSpec> {
  return Object.fromEntries(
    patches.map(({ modulePath, rank }) => [
      inputName(modulePath),
      { shape: [tokens, rank], dtype: "float32" },
    ]),
  );
}

/** Gives the arrays for the inputs of `patchInputs`. */
export function patchFeeds(patches: readonly ScalarPatch[]): Record<string, TensorValues> {
  return Object.fromEntries(patches.map(({ modulePath, scalars }) => [inputName(modulePath), scalars]));
}

/** Makes the patches part of a forward pass, with the tensors of `patchInputs`; other modules read as they do. */
export function patchHooks(
  patches: readonly PatchedModule[],
  tensors: NamedTensors,
): Pick<ForwardHooks, "onScalars"> {
  const patched = new Set(patches.map(({ modulePath }) => modulePath));
  return {
    onScalars: (modulePath, own) =>
      patched.has(modulePath) ? parameter(tensors, inputName(modulePath)) : own,
  };
}

function inputName(modulePath: string): string {
  return `${modulePath}.scalars`;
}
