import { createHash } from "node:crypto";
import { ChanceDirections, changeAlong } from "../../analysis/directions/chanceDirections.js";
import { euclideanNorm, innerProduct } from "../../analysis/linalg/innerProduct.js";
import { TurncoatError } from "../../errors.js";
import type { EvaluationQuestion } from "../../evaluate/question.js";
import { layerOf } from "../../formats/modulePath.js";
import { openCheckpoint, type CheckpointModel } from "../../model/checkpointModel.js";
import {
  captureActivations,
  type CapturedActivations,
  type CaptureRequest,
} from "../../model/hooks/captureActivations.js";
import type { Model } from "../../model/model.js";
import { openRun } from "../../runs/openRun.js";
import type { DirectionSet } from "../directions/directionSets.js";
import { packageVersion } from "../packageRoot.js";
import {
  promptPlaces,
  readDisposition,
  writeDisposition,
  type AboutDisposition,
  type DispositionStep,
  type RunDisposition,
} from "../results/dispositionResult.js";

/** Request to read a run's prompts along directions. */
export interface DispositionRequest {
  readonly directory: string;
  readonly model: Model;
  /** Directions of this run or of another; the first is the one that is shown. */
  readonly directions: readonly DirectionSet[];
  readonly questions: readonly EvaluationQuestion[];
  /** Chooses checkpoints; the first is always read. @default all */
  readonly isStepWanted?: (step: number) => boolean;
  /** Directions of each kind that are drawn by chance. @default 200 */
  readonly draws?: number;
  /** @default 0 */
  readonly seed?: number;
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
export async function measureDisposition(request: DispositionRequest): Promise<RunDisposition> {
  const { directory, model, directions, questions, draws = 200, seed = 0, signal } = request;
  const run = openRun(directory);
  const [base, ...others] = run.checkpoints;
  if (base === undefined) throw new TurncoatError(`${directory}: expected checkpoints, found none`);
  checkDirections(directions, model);
  const wanted = [base, ...others.filter(({ step }) => request.isStepWanted?.(step) ?? true)];
  const layers = [...new Set(directions.flatMap((set) => set.layers.map(({ layer }) => layer)))].sort(
    (one, other) => one - other,
  );
  const prompts = questions.map(({ messages }): CaptureRequest => {
    const ids = model.tokenizer.encodePrompt(messages);
    return { ids, positions: [...ids.keys()] };
  });
  const read = async (path: string): Promise<CapturedActivations & { readonly lowest: number }> => {
    const opened = openCheckpoint(model, path);
    const { adapters } = opened;
    const captured = await captureActivations(opened.model, prompts, {
      ...{ layers, average: true, withLast: true },
      ...(adapters === undefined ? {} : { adapters }),
    }).finally(() => opened.dispose());
    return { ...captured, lowest: lowestAdapted(opened) };
  };
  const first = await read(base.path);
  const chance = promptPlaces.map((_, place) =>
    layers.map((_each, at) => new ChanceDirections(rowsAt(first, place, at), { draws, seed })),
  );
  const madeFrom = hashOf(model, request, { draws, seed });
  const kept = readDisposition(directory);
  const known = kept?.about.madeFrom === madeFrom ? kept.steps : [];
  const steps = new Map(known.map((each) => [each.step, each]));
  const about = (): AboutDisposition => ({
    formatVersion: 1,
    steps: [...steps.keys()].sort((one, other) => one - other),
    layers,
    questions: questions.map(({ id, breadth }) => ({ id, breadth })),
    directions: directions.map((set) => aboutDirection(set, first, layers)),
    ...{ draws, seed, madeFrom },
  });
  const result = (): RunDisposition => {
    const described = about();
    return { about: described, steps: described.steps.flatMap((step) => steps.get(step) ?? []) };
  };
  let written = performance.now();
  for (const [index, { step, path }] of wanted.entries()) {
    if (signal?.aborted === true) break;
    if (!steps.has(step)) {
      const captured = index === 0 ? first : await read(path);
      steps.set(step, readStep(step, captured, { directions, layers, chance, questions }));
      if (performance.now() - written > writeEvery) {
        writeDisposition(directory, result());
        written = performance.now();
      }
    }
    request.onProgress?.({ done: index + 1, total: wanted.length });
  }
  writeDisposition(directory, result());
  return result();
}

/** Projects the prompts of one checkpoint on every direction, and says how far chance moves. */
function readStep(
  step: number,
  captured: CapturedActivations,
  context: Pick<DispositionRequest, "directions" | "questions"> & {
    readonly layers: readonly number[];
    readonly chance: readonly (readonly ChanceDirections[])[];
  },
): DispositionStep {
  const { directions, questions, layers, chance } = context;
  const rows = promptPlaces.map((_, place) => layers.map((_each, at) => rowsAt(captured, place, at)));
  const projections = directions.map((set) => {
    const values = new Float32Array(promptPlaces.length * set.layers.length * questions.length);
    let next = 0;
    for (const ofPlace of rows) {
      for (const { layer, vector } of set.layers) {
        const length = euclideanNorm(vector);
        for (const row of ofPlace[layers.indexOf(layer)] ?? [])
          values[next++] = innerProduct(row, vector) / length;
      }
    }
    return values;
  });
  const widths = rows.flatMap((ofPlace, place) =>
    ofPlace.flatMap((each, at) => {
      const drawn = chance[place]?.[at];
      if (drawn === undefined) throw new RangeError("readStep: no directions by chance");
      const { even, amongPrompts, furthest } = changeAlong(drawn, each, isBroad(questions));
      return [even, amongPrompts, furthest];
    }),
  );
  return { step, projections, chance: Float32Array.from(widths) };
}

/** Which questions the mean is taken over: the broad ones where there are any. */
function isBroad(questions: readonly EvaluationQuestion[]): readonly boolean[] {
  const broad = questions.map(({ breadth }) => breadth === "broad");
  return broad.includes(true) ? broad : questions.map(() => true);
}

/** Activations of every prompt at one place after one of the captured layers. */
function rowsAt(
  { sequences, dimension, layers }: CapturedActivations,
  place: number,
  at: number,
): Float32Array[] {
  const start = (place * layers.length + at) * dimension;
  return sequences.map(({ residuals }) => residuals.subarray(start, start + dimension));
}

/** The lowest layer that an adapter writes into; 0 where the weights themselves were trained. */
function lowestAdapted({ adapters }: CheckpointModel): number {
  const found = (adapters?.modules ?? []).flatMap(({ modulePath }) => layerOf(modulePath) ?? []);
  return found.length === 0 ? 0 : Math.min(...found);
}

/**
 * Describes a direction; of several layers, the one that is shown is chosen by the base alone: where the direction is
 * longest against the residual stream, of the layers that training can reach.
 */
function aboutDirection(
  set: DirectionSet,
  first: CapturedActivations & { readonly lowest: number },
  layers: readonly number[],
): AboutDisposition["directions"][number] {
  const last = promptPlaces.indexOf("last");
  const reach = set.layers.map(({ layer, vector }) => {
    const norms = rowsAt(first, last, layers.indexOf(layer)).map((row) => euclideanNorm(row));
    return euclideanNorm(vector) / (norms.reduce((sum, norm) => sum + norm, 0) / norms.length);
  });
  const best = set.layers.reduce(
    (found, { layer }, index) =>
      layer >= first.lowest && (found === -1 || (reach[index] ?? 0) > (reach[found] ?? 0)) ? index : found,
    -1,
  );
  return {
    name: set.name,
    step: set.step,
    kind: set.layers[0]?.madeFrom.kind ?? "",
    layer: set.layers[best]?.layer ?? set.layer,
    layers: set.layers.map(({ layer, vector, madeFrom, origin }) => ({
      layer,
      length: euclideanNorm(vector),
      sha256: createHash("sha256").update(bytesOf(vector)).digest("hex"),
      origin: madeFrom.kind === "personas" && madeFrom.answers.tokens === "prompt" ? (origin ?? null) : null,
    })),
  };
}

function checkDirections(directions: readonly DirectionSet[], { config }: Model): void {
  for (const { name, layers } of directions) {
    for (const { layer, vector } of layers) {
      const length = euclideanNorm(vector);
      if (layer < config.layers && vector.length === config.hiddenSize && length > 0) continue;
      throw new TurncoatError(
        `direction ${name} after layer ${layer}: expected a vector of ${config.hiddenSize} numbers after one of ${config.layers} layers, found ${vector.length} numbers of length ${length}`,
      );
    }
  }
}

/** Identifies what readings depend on beside the checkpoint. */
function hashOf(
  model: Model,
  { directions, questions }: DispositionRequest,
  settings: { readonly draws: number; readonly seed: number },
): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([packageVersion(), model.folder, settings]));
  hash.update(JSON.stringify(questions.map(({ id, breadth, messages }) => [id, breadth, messages])));
  for (const { name, step, layers } of directions) {
    for (const { layer, vector } of layers) {
      hash.update(JSON.stringify([name, step, layer]));
      hash.update(bytesOf(vector));
    }
  }
  return hash.digest("hex");
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
