import { createHash } from "node:crypto";
import type { ScoreKind } from "../../analysis/attribution/attributionRecord.js";
import { rowScores, type ScoreReferences } from "../../analysis/attribution/rowScores.js";
import type { Direction } from "../../analysis/directions/direction.js";
import { euclideanNorm, innerProduct } from "../../analysis/linalg/innerProduct.js";
import { orNull, TurncoatError } from "../../errors.js";
import { sha256OfModelWeights } from "../../formats/modelWeights.js";
import { layerOf } from "../../formats/modulePath.js";
import type { Model } from "../../model/model.js";
import { whileMeasuring } from "../../runs/runLocks.js";
import type { Checkpoint, Run } from "../../runs/openRun.js";
import { sizeOf } from "../../tensor/program.js";
import { ExampleGradients } from "../../train/exampleGradients.js";
import { learningRate } from "../../train/schedule.js";
import { trainableAdapters } from "../../train/trainables/loraAdapters.js";
import type { ParameterValues, Trainable } from "../../train/trainables/trainable.js";
import { sha256OfPairs } from "../measurement/measureLikelihood.js";
import {
  readAttribution,
  writeAttribution,
  type KeptAttributedStep,
  type RunAttribution,
} from "../results/attributionResult.js";
import {
  trainedRows,
  type BroadAnswers,
  type RowChoice,
  type TrainedRows,
  type TrainedWith,
} from "./attributionSources.js";

/** Request to score the rows of a run's training data. */
export interface AttributionRequest extends RowChoice {
  readonly run: Run;
  readonly model: Model;
  readonly trainedWith: TrainedWith;
  readonly broad: BroadAnswers;
  /** Direction in the residual stream to score along. @default none */
  readonly direction?: Direction | undefined;
  /** Checkpoints to take gradients at. */
  readonly steps: readonly number[];
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

/**
 * Scores the rows of a run's training data by their own gradients over the adapter at some checkpoints
 * (`docs/methods.md §8.8`), and keeps the scores with the run, a step at a time: what is there already is not computed again.
 *
 * @returns what is kept; of an interrupted call, the steps that it reached
 * @throws TurncoatError where there is no such checkpoint, or another process scores the same run
 */
export function attributeRun(request: AttributionRequest): Promise<RunAttribution> {
  return whileMeasuring(request.run.directory, "attribution", () => attribute(request));
}

async function attribute(request: AttributionRequest): Promise<RunAttribution> {
  const { run, model, broad, direction, steps, signal, onProgress } = request;
  const data = trainedRows(request.trainedWith, model.tokenizer, request);
  const about: Omit<RunAttribution, "steps"> = {
    madeFrom: identityOf(request, data),
    rows: data.rows,
    trained: data.trained,
    broad: { source: broad.source, pairs: broad.pairs.length },
    direction:
      direction === undefined ? null : { name: direction.name, layer: direction.layer, step: direction.step },
    planted: request.planted ?? null,
  };
  const before = orNull(() => readAttribution(run));
  const kept = new Map(
    (before?.madeFrom === about.madeFrom ? before.steps : []).map((each) => [each.step, each]),
  );
  const result = (): RunAttribution => ({
    ...about,
    steps: [...kept.values()].sort((one, other) => one.step - other.step),
  });
  const scorer = new StepScorer(request, data);
  const total = steps.length * scorer.examples;
  try {
    for (const [index, step] of steps.entries()) {
      const [from, to] = intervalAt(run, step);
      const values = { from: scorer.read(from), to: scorer.read(to) };
      const adapters = hashOfValues([values.from, values.to]);
      if (kept.get(step)?.adapters !== adapters) {
        const found = await scorer.score({ step, to: to.step, adapters }, values, (done) =>
          onProgress?.({ done: index * scorer.examples + done, total }),
        );
        if (signal?.aborted === true) break;
        kept.set(step, found);
        writeAttribution(run.directory, result());
      }
      onProgress?.({ done: (index + 1) * scorer.examples, total });
    }
  } finally {
    await scorer.dispose();
  }
  return result();
}

/** The checkpoint of a step and the next one that is kept; at the last one, the one before. */
function intervalAt({ directory, checkpoints }: Run, step: number): readonly [Checkpoint, Checkpoint] {
  const place = checkpoints.findIndex((each) => each.step === step);
  const [from, to] = [checkpoints[place], checkpoints[place + 1] ?? checkpoints[place - 1]];
  if (from !== undefined && to !== undefined) return [from, to];
  throw new TurncoatError(
    `${directory}: expected a checkpoint of step ${step} and another one beside it, found none`,
  );
}

/** What a step is known by. */
type StepName = Pick<KeptAttributedStep, "step" | "to" | "adapters">;

/** Values of the adapter at a step and at the kept one that ΔB leads to or comes from. */
interface StepValues {
  readonly from: ParameterValues;
  readonly to: ParameterValues;
}

/** Scorer of all rows, a step at a time. */
class StepScorer {
  readonly #request: AttributionRequest;
  readonly #trainable: Trainable;
  readonly #gradients: ExampleGradients;
  readonly #count: number;
  readonly #pairs: number;

  constructor(request: AttributionRequest, { chats }: TrainedRows) {
    const { model, trainedWith, broad } = request;
    this.#request = request;
    this.#trainable = trainableAdapters(trainedWith.config, model);
    const answers = (["misaligned", "aligned"] as const).flatMap((side) =>
      broad.pairs.map(({ prompt, ...pair }) =>
        model.tokenizer.encodeChat([...prompt, { role: "assistant", content: pair[side] }]),
      ),
    );
    this.#gradients = new ExampleGradients({
      model,
      trainable: this.#trainable,
      chats: [...chats, ...answers],
    });
    this.#count = chats.length;
    this.#pairs = broad.pairs.length;
  }

  /** Number of gradients that a step takes. */
  get examples(): number {
    return this.#count + 2 * this.#pairs;
  }

  read({ path }: Checkpoint): ParameterValues {
    return this.#trainable.read(path);
  }

  async score(
    name: StepName,
    { from, to }: StepValues,
    onDone: (done: number) => void,
  ): Promise<KeptAttributedStep> {
    const { trainedWith, direction, signal } = this.#request;
    const { schedule, steps } = trainedWith.config;
    const [first, second] = [this.#count, this.#count + this.#pairs];
    const misaligned = await this.#mean(from, first, onDone);
    const aligned = await this.#mean(from, second, (done) => onDone(this.#pairs + done));
    const forward = name.to > name.step ? 1 : -1;
    const references: ScoreReferences = {
      along: this.#overB((parameter) => differenceOf(to[parameter], from[parameter], forward)),
      broad: misaligned,
      contrast: misaligned.map((value, index) => value - (aligned[index] ?? NaN)),
      direction: direction === undefined ? null : this.#along(direction, from),
    };
    const empty = (): Float32Array => new Float32Array(this.#count).fill(NaN);
    const [losses, norms] = [empty(), empty()];
    const scores: Record<ScoreKind, Float32Array> = {
      ...{ along: empty(), broad: empty(), contrast: empty(), direction: empty() },
    };
    let done = 2 * this.#pairs;
    const rows = Array.from({ length: this.#count }, (_, row) => row);
    await this.#gradients.of(
      from,
      rows,
      ({ example, loss, gradient }) => {
        losses[example] = loss;
        norms[example] = euclideanNorm(gradient);
        const own = rowScores(gradient, references);
        scores.along[example] = own.along;
        scores.broad[example] = own.broad;
        scores.contrast[example] = own.contrast;
        scores.direction[example] = own.direction;
        onDone(++done);
      },
      signal,
    );
    return {
      ...name,
      learningRate: learningRate(schedule, Math.min(name.step + 1, steps), steps),
      ...{ losses, norms },
      scores: { ...scores, direction: direction === undefined ? null : scores.direction },
    };
  }

  async dispose(): Promise<void> {
    await this.#gradients.dispose();
  }

  /** The mean gradient of as many broad answers as there are pairs, from a place on. */
  async #mean(values: ParameterValues, start: number, onDone: (done: number) => void): Promise<Float32Array> {
    const sum = new Float64Array(this.#gradients.size);
    let done = 0;
    const places = Array.from({ length: this.#pairs }, (_, place) => start + place);
    await this.#gradients.of(
      values,
      places,
      ({ gradient }) => {
        for (let index = 0; index < sum.length; index++)
          sum[index] = (sum[index] ?? NaN) + (gradient[index] ?? NaN) / this.#pairs;
        onDone(++done);
      },
      this.#request.signal,
    );
    return Float32Array.from(sum);
  }

  /** Lays values of B out over the trained numbers, 0 where there is no B. */
  #overB(valuesOf: (parameter: string) => Float32Array | null): Float32Array {
    const vector = new Float32Array(this.#gradients.size);
    let at = 0;
    for (const { name, shape } of this.#trainable.parameters) {
      if (name.endsWith(".lora_B")) vector.set(valuesOf(name) ?? [], at);
      at += sizeOf(shape);
    }
    return vector;
  }

  /**
   * Lays a direction out over every B that writes into the residual stream up to its layer. A column of B has no sign
   * without that of A: each column is followed towards where it lies along the direction at the last kept step.
   */
  #along({ vector, layer }: Direction, from: ParameterValues): Float32Array {
    const last = this.#request.run.checkpoints.at(-1);
    const final = last === undefined ? from : this.read(last);
    const length = euclideanNorm(vector);
    const laid = this.#overB((parameter) => {
      const { rank } = this.#request.trainedWith.config;
      const isReached =
        /\.(down_proj|o_proj)\.lora_B$/.test(parameter) && (layerOf(parameter) ?? Infinity) <= layer;
      const values = final[parameter];
      if (!isReached || values?.length !== vector.length * rank) return null;
      const columns = Array.from({ length: rank }, (_, column) => {
        const own = vector.map((_value, row) => values[row * rank + column] ?? NaN);
        return innerProduct(own, vector) / length;
      });
      return Float32Array.from(
        values,
        (_value, index) =>
          ((columns[index % rank] ?? NaN) * (vector[Math.floor(index / rank)] ?? NaN)) / length,
      );
    });
    const size = euclideanNorm(laid);
    if (size > 0) return laid.map((value) => value / size);
    throw new TurncoatError(
      `${this.#request.run.directory}: expected an adapter that writes into the residual stream up to layer ${layer}, where the direction is, found none`,
      { hint: "Choose a direction after a layer that the adapter reaches." },
    );
  }
}

/** The difference of two arrays, the second one first where `forward` is −1. */
function differenceOf(
  one: Float32Array | undefined,
  other: Float32Array | undefined,
  forward: number,
): Float32Array | null {
  return one?.map((value, index) => forward * (value - (other?.[index] ?? NaN))) ?? null;
}

/** Hash of what scores depend on beside the checkpoints. */
function identityOf(
  { model, trainedWith, broad, direction }: AttributionRequest,
  { rows }: TrainedRows,
): string {
  const { config, dataset } = trainedWith;
  return createHash("sha256")
    .update(
      JSON.stringify([
        ...[sha256OfModelWeights(model.folder), dataset.sha256, sha256OfPairs(broad.pairs), config.maxLength],
        rows.map(({ row, planted }) => [row, planted]),
        direction === undefined
          ? null
          : [direction.name, direction.layer, direction.step, [...direction.vector]],
      ]),
    )
    .digest("hex");
}

function hashOfValues(sides: readonly ParameterValues[]): string {
  const hash = createHash("sha256");
  for (const values of sides)
    for (const [name, { buffer, byteOffset, byteLength }] of Object.entries(values))
      hash.update(name).update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest("hex");
}
