import { createHash } from "node:crypto";
import type { Direction } from "../../analysis/directions/direction.js";
import { isTurncoatError, orNull, TurncoatError } from "../../errors.js";
import { layerOf } from "../../formats/modulePath.js";
import { captureActivations, responseRequest } from "../../model/hooks/captureActivations.js";
import { openCheckpoint, type CheckpointModel } from "../../model/checkpointModel.js";
import type { Model } from "../../model/model.js";
import { whileMeasuring } from "../../runs/runLocks.js";
import { directoryOf, type Run, runOf, type RunSource } from "../../runs/openRun.js";
import { LayerProbeFitter } from "./layerProbes.js";
import { packageVersion } from "../packageRoot.js";
import { probeAnswers } from "./probeAnswers.js";
import { readRunDirections, writeRunDirections } from "../results/directionResult.js";
import {
  absentLayerProbes,
  joinLayerProbes,
  readProbes,
  writeProbes,
  type LayerProbes,
  type RunProbes,
} from "../results/probeResult.js";

/** Request to probe checkpoints of a run. */
export interface ProbeRequest {
  readonly run: RunSource;
  readonly model: Model;
  /** Layers after which the residual stream is probed; one run of the model gives all. @default every layer */
  readonly layers?: readonly number[];
  /**
   * Layer that is shown by itself, and whose directions are stored; probed in any case.
   *
   * @default the layer of the first adapter of rank 1 that writes into the stream, else the first layer; the middle one
   * where the weights themselves were trained
   */
  readonly layer?: number;
  /** Checkpoints to probe; one that is not there is a gap with a reason. */
  readonly steps: readonly number[];
  /** Most answers of each kind. @default 120 */
  readonly answersPerClass?: number;
  /** Seed of the choice of answers and of the folds. @default 0 */
  readonly seed?: number;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Ends the probing after the checkpoint that is being probed. */
  readonly signal?: AbortSignal;
}

/** Milliseconds between two writes; writing takes the longer the more there is, so not after every checkpoint. */
const writeEvery = 2000;

/**
 * Fits a probe and a mean-difference direction to the residual activations of misaligned and aligned answers, after
 * every layer and at several checkpoints.
 *
 * The answers are those that the run's own checkpoints gave and that were judged: the same texts at every step, so
 * that what changes along training is the model and not the text. Whole questions are held out, the same ones
 * everywhere. Text alone can tell the classes apart, which the value at step 0, the base model, shows. The directions
 * of one layer are stored beside the record.
 *
 * What is done is kept when it is interrupted, and what was probed before of the same answers with the same settings
 * is not probed again.
 *
 * @throws TurncoatError where the run holds too few answers of a kind, or none of the checkpoints can be probed
 */
export function probeRun(request: ProbeRequest): Promise<RunProbes> {
  return whileMeasuring(directoryOf(request.run), "probes", () => probesOf(request));
}

async function probesOf(request: ProbeRequest): Promise<RunProbes> {
  const { model, seed = 0 } = request;
  const run = runOf(request.run);
  const { directory } = run;
  const { chosen, perClass, hash } = probeAnswers(directory, request.answersPerClass ?? 120, seed);
  const madeFrom = identityOf(run, model, { hash, seed });
  const kept = keptProbes(request, madeFrom);
  const steps = [...new Set(request.steps)].sort((one, other) => one - other);
  const wanted = request.layers ?? Array.from({ length: model.config.layers }, (_, layer) => layer);
  let layer = request.layer ?? kept?.probes.layer;
  let layers = kept?.probes.layers ?? [];
  const measured = new Map<number, readonly Direction[]>();
  for (const each of kept?.measured ?? [])
    measured.set(each.step, [...(measured.get(each.step) ?? []), each]);
  const chats = chosen.map(({ question, answer }) =>
    model.tokenizer.encodeChat([
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ]),
  );
  const fitter = new LayerProbeFitter({
    perClass,
    groups: chosen.map(({ questionId }) => questionId),
    seed,
  });

  const probeStep = async (step: number): Promise<LayerProbes[]> => {
    const opened = openStep(run, model, step);
    if (typeof opened === "string") return wanted.map((each) => absentLayerProbes(each, step, opened));
    const { adapters } = opened;
    const written = adapters?.modules.find(
      ({ rank, outFeatures }) => rank === 1 && outFeatures === model.config.hiddenSize,
    );
    const main = (layer ??= layerOf(written?.modulePath ?? "") ?? defaultLayer(opened));
    const captured = await captureActivations(opened.model, chats.map(responseRequest), {
      layers: [...new Set([...wanted, main])].sort((one, other) => one - other),
      average: true,
      ...(adapters === undefined ? {} : { adapters }),
    }).finally(() => opened.dispose());
    const fitted = fitter.fit(step, captured, written?.loraB);
    const own = fitted.find(({ probes }) => probes.probe.layer === main);
    if (own !== undefined) measured.set(step, own.directions);
    return fitted.map(({ probes }) => probes);
  };
  const result = (): RunProbes => ({
    formatVersion: 2,
    layer: layer ?? 0,
    layers,
    answersPerClass: perClass,
    madeFrom,
  });
  const write = (): void => {
    if (layer === undefined) return;
    writeProbes(directory, result());
    writeRunDirections(directory, [...measured.values()].flat());
  };
  let written = performance.now();
  for (const [index, step] of steps.entries()) {
    if (request.signal?.aborted === true) break;
    if (!isProbed(step, layers, wanted, measured)) {
      layers = joinLayerProbes([...layers, ...(await probeStep(step))]);
      if (performance.now() - written > writeEvery) {
        write();
        written = performance.now();
      }
    }
    request.onProgress?.({ done: index + 1, total: steps.length });
  }
  if (layer === undefined && request.signal?.aborted !== true) throw nothingProbed(directory, layers);
  write();
  return result();
}

/** Describes what probes depend on beside the checkpoint and the layer. */
function identityOf(
  { manifest }: Run,
  model: Model,
  { hash, seed }: { readonly hash: string; readonly seed: number },
): string {
  const base = manifest?.baseModel.sha256 ?? null;
  return createHash("sha256")
    .update(JSON.stringify([packageVersion(), base, model.folder, hash, seed]))
    .digest("hex");
}

/** Reads earlier probes that can be gone on with; null where there are none, or none that can be read. */
function keptProbes(
  { run, layer }: ProbeRequest,
  madeFrom: string,
): { readonly probes: RunProbes; readonly measured: readonly Direction[] } | null {
  const directory = directoryOf(run);
  const probes = orNull(() => readProbes(directory));
  if (probes?.madeFrom !== madeFrom || (layer !== undefined && layer !== probes.layer)) return null;
  const measured = readRunDirections(directory).filter((each) => each.layer === probes.layer);
  return { probes, measured };
}

/** Tells whether all layers wanted of a step are probed; a step that was absent is tried again. */
function isProbed(
  step: number,
  layers: readonly LayerProbes[],
  wanted: readonly number[],
  measured: ReadonlyMap<number, readonly Direction[]>,
): boolean {
  return (
    measured.has(step) &&
    wanted.every((layer) => layers.some(({ probe }) => probe.layer === layer && probe.steps.includes(step)))
  );
}

/** Opens a checkpoint, or says why it cannot be probed. */
function openStep(run: Run, model: Model, step: number): CheckpointModel | string {
  const checkpoint = run.checkpoints.find((each) => each.step === step);
  if (checkpoint === undefined)
    return run.gaps.find((gap) => gap.step === step)?.reason ?? "no checkpoint of this step";
  try {
    return openCheckpoint(model, checkpoint.path);
  } catch (error) {
    if (isTurncoatError(error)) return error.message;
    throw error;
  }
}

function defaultLayer({ adapters, model }: CheckpointModel): number {
  return adapters === undefined ? Math.floor(model.config.layers / 2) : 0;
}

function nothingProbed(directory: string, layers: readonly LayerProbes[]): TurncoatError {
  const [first] = layers[0]?.probe.absent ?? [];
  const why = first === undefined ? "no steps were asked for" : `step ${first.step}: ${first.reason}`;
  return new TurncoatError(`${directory}: expected a checkpoint that can be probed, found none (${why})`);
}
