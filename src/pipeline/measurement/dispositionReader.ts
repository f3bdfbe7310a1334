import { createHash } from "node:crypto";
import { ChanceDirections, evenDirections } from "../../analysis/directions/chanceDirections.js";
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
import { type Checkpoint, directoryOf, type RunSource } from "../../runs/openRun.js";
import type { DirectionSet } from "../directions/directionSets.js";
import { packageVersion } from "../packageRoot.js";
import { promptPlaces } from "../results/promptPlaces.js";
import {
  readableDisposition,
  writeDisposition,
  type AboutDisposition,
  type DispositionStep,
  type RunDisposition,
} from "../results/dispositionResult.js";

/** What a run's prompts are read along, and with which of them. */
export interface ReadingRequest {
  readonly run: RunSource;
  readonly model: Model;
  /** Directions of this run or of another; the first is the one that is shown. */
  readonly directions: readonly DirectionSet[];
  readonly questions: readonly EvaluationQuestion[];
  /** Directions of each kind that are drawn by chance. @default 200 */
  readonly draws?: number;
  /** @default 0 */
  readonly seed?: number;
}

/** Activations of the prompts, and the lowest layer that the checkpoint changes. */
type CapturedPrompts = CapturedActivations & { readonly lowest: number };

/**
 * Reader of a run's prompts along directions, a checkpoint at a time: see `measureDisposition`.
 *
 * It holds the first checkpoint's activations, which all others are held against, so that a growing run can be followed
 * without reading that one again.
 */
export class DispositionReader {
  readonly #request: ReadingRequest;
  readonly #layers: readonly number[];
  readonly #prompts: readonly CaptureRequest[];
  readonly #steps: Map<number, DispositionStep>;
  readonly #about: Omit<AboutDisposition, "steps">;
  /** By place and layer. */
  readonly #chance: readonly (readonly ChanceDirections[])[];

  private constructor(
    request: ReadingRequest,
    layers: readonly number[],
    prompts: readonly CaptureRequest[],
    first: CapturedPrompts,
  ) {
    const { directions, questions, draws = 200, seed = 0 } = request;
    const even = evenDirections(first.dimension, { draws, seed });
    const madeFrom = hashOf(request, { draws, seed });
    // What cannot be read is read anew.
    const kept = readableDisposition(request.run);
    const known = kept?.about.madeFrom === madeFrom ? kept.steps : [];
    this.#request = request;
    this.#layers = layers;
    this.#prompts = prompts;
    this.#steps = new Map(known.map((each) => [each.step, each]));
    this.#chance = promptPlaces.map((_, place) =>
      layers.map((_each, at) => new ChanceDirections(rowsAt(first, place, at), even, seed)),
    );
    this.#about = {
      formatVersion: 1,
      layers,
      questions: questions.map(({ id, breadth }) => ({ id, breadth })),
      directions: directions.map((set) => aboutDirection(set, first, layers)),
      ...{ draws, seed, madeFrom },
    };
  }

  /**
   * Reads the first checkpoint, and takes over what the run holds of the same directions and questions.
   *
   * @throws TurncoatError where a direction does not fit the model
   */
  static async open(request: ReadingRequest, first: Checkpoint): Promise<DispositionReader> {
    const { model, directions, questions } = request;
    checkDirections(directions, model);
    const layers = [...new Set(directions.flatMap((set) => set.layers.map(({ layer }) => layer)))].sort(
      (one, other) => one - other,
    );
    const prompts = questions.map(({ messages }): CaptureRequest => {
      const ids = model.tokenizer.encodePrompt(messages);
      return { ids, positions: [...ids.keys()] };
    });
    const captured = await capture(model, first, prompts, layers);
    const reader = new DispositionReader(request, layers, prompts, captured);
    reader.#take(first.step, captured);
    return reader;
  }

  /** Reads a checkpoint, unless it was read before. */
  async read(checkpoint: Checkpoint): Promise<void> {
    if (this.#steps.has(checkpoint.step)) return;
    this.#take(checkpoint.step, await capture(this.#request.model, checkpoint, this.#prompts, this.#layers));
  }

  /** What was read so far. */
  result(): RunDisposition {
    const steps = [...this.#steps.values()].sort((one, other) => one.step - other.step);
    return { about: { ...this.#about, steps: steps.map(({ step }) => step) }, steps };
  }

  /** Writes what was read into the run. */
  write(): void {
    writeDisposition(directoryOf(this.#request.run), this.result());
  }

  /** Projects the prompts of one checkpoint on every direction, and says how far chance moves. */
  #take(step: number, captured: CapturedPrompts): void {
    if (this.#steps.has(step)) return;
    const { directions, questions } = this.#request;
    const rows = promptPlaces.map((_, place) => this.#layers.map((_each, at) => rowsAt(captured, place, at)));
    const projections = directions.map((set) => {
      const values = new Float32Array(promptPlaces.length * set.layers.length * questions.length);
      let next = 0;
      for (const ofPlace of rows) {
        for (const { layer, vector } of set.layers) {
          const length = euclideanNorm(vector);
          for (const row of ofPlace[this.#layers.indexOf(layer)] ?? [])
            values[next++] = innerProduct(row, vector) / length;
        }
      }
      return values;
    });
    const isCounted = isBroad(questions);
    const widths = this.#chance.flatMap((ofPlace, place) =>
      ofPlace.flatMap((chance, at) => {
        const { even, amongPrompts, furthest } = chance.changeAlong(rows[place]?.[at] ?? [], isCounted);
        return [even, amongPrompts, furthest];
      }),
    );
    this.#steps.set(step, { step, projections, chance: Float32Array.from(widths) });
  }
}

/** Runs a checkpoint over the prompts. */
async function capture(
  model: Model,
  { path }: Checkpoint,
  prompts: readonly CaptureRequest[],
  layers: readonly number[],
): Promise<CapturedPrompts> {
  const opened = openCheckpoint(model, path);
  const { adapters } = opened;
  const captured = await captureActivations(opened.model, prompts, {
    ...{ layers, average: true, withLast: true },
    ...(adapters === undefined ? {} : { adapters }),
  }).finally(() => opened.dispose());
  return { ...captured, lowest: lowestAdapted(opened) };
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
  first: CapturedPrompts,
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
  { model, directions, questions }: ReadingRequest,
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
