import { TurncoatError } from "../../errors.js";
import { isLayerPath } from "../../tensor/names/layerPath.js";
import type { ProgramDefinition } from "../../tensor/program.js";
import { tf } from "../../tensor/tfjs.js";
import {
  type AdapterBank,
  adapterFeeds,
  adapterInputs,
  adapterTensors,
  bankKey,
} from "../weights/adapterBank.js";
import type { TokenizedChat } from "../tokenizer/chatTokenizer.js";
import { contextsFromStart } from "../layers/layerContexts.js";
import type { Model } from "../model.js";
import {
  arrangeEdits,
  editFeeds,
  editHooks,
  editInputs,
  editsKey,
  type ArrangedEdit,
  type ResidualEdit,
} from "./residualEdits.js";
import { denseLayout } from "../layers/rowLayout.js";
import { forward, parameter } from "../transformer.js";

/** Token sequence and the positions at which to capture. */
export interface CaptureRequest {
  readonly ids: readonly number[];
  readonly positions: readonly number[];
}

/** Layers to capture, and the adapters and edits that the model runs with. */
export interface CaptureOptions {
  /**
   * Layers after which the residual stream is taken, edits included. The stream after layer L is transformers'
   * `hidden_states[L + 1]`, but for the last layer, whose entry there is normed already; `hidden_states[0]` are the
   * embeddings.
   * @default none
   */
  readonly layers?: readonly number[];
  /** Adapters of one replica; the scalars that each reads, A·h, are captured (`docs/methods.md §5.5`). @default none */
  readonly adapters?: AdapterBank;
  /** Changes of the residual stream. @default none */
  readonly edits?: readonly ResidualEdit[];
  /**
   * True to average over the positions of each sequence, for probes and mean differences over responses
   * (`docs/methods.md §5.1`): one place for each instead of one for each position, NaN where no position is asked for.
   * @default false
   */
  readonly average?: boolean;
  /**
   * True to give the activation at the last of the positions too, where they are averaged: a second place for each
   * sequence, behind the average.
   * @default false
   */
  readonly withLast?: boolean;
  /** Called with the number of sequences after each batch that has run; what it throws ends the work. */
  readonly onBatch?: (count: number) => void;
}

/** Activations at the positions asked for. */
export interface CapturedActivations {
  readonly layers: readonly number[];
  readonly dimension: number;
  /** The adapters whose scalars were captured, in the order of the scalars; `rank` scalars each. Trained vectors have none. */
  readonly modules: readonly { readonly modulePath: string; readonly rank: number }[];
  /** Activations of each sequence. */
  readonly sequences: readonly {
    /** Residual stream [positions, layers, dimension]; of averages [1, layers, dimension], or [2, …] with the last. */
    readonly residuals: Float32Array;
    /** Adapter scalars A·h, unscaled: [positions, sum of ranks]; of averages one or two places likewise. */
    readonly scalars: Float32Array;
  }[];
}

const sequencesPerBatch = 32;
const lengthBucket = 8;
const positionBucket = 32;

/** Asks for the response tokens of a chat, which the model is trained to produce, the end of the turn included. */
export function responseRequest({ ids, isResponse }: TokenizedChat): CaptureRequest {
  return { ids, positions: [...ids.keys()].filter((position) => isResponse[position] === true) };
}

/**
 * Runs sequences through a model and keeps the residual stream after chosen layers, and the scalars of every
 * adapter, at chosen positions.
 * @throws TurncoatError naming a layer or a position that does not exist, or an edit that does not fit
 */
export async function captureActivations(
  model: Model,
  requests: readonly CaptureRequest[],
  { layers = [], adapters, edits = [], average = false, withLast = false, onBatch }: CaptureOptions,
): Promise<CapturedActivations> {
  const dimension = model.config.hiddenSize;
  checkRequests(model, requests, layers);
  const modules = scalarModules(adapters).map(({ modulePath, rank }) => ({ modulePath, rank }));
  if (layers.length === 0 && adapters === undefined) {
    throw new TurncoatError("activation capture: expected layers or adapters to look at, found neither");
  }
  const arranged = arrangeEdits(model.config, edits);
  if (adapters !== undefined && adapters.replicas !== 1) {
    throw new RangeError(`captureActivations: expected one replica, found ${adapters.replicas}`);
  }
  const scalarsEach = modules.reduce((sum, { rank }) => sum + rank, 0);
  const sequences: { residuals: Float32Array; scalars: Float32Array }[] = [];
  const batch = Math.min(sequencesPerBatch, requests.length);
  const longest = requests.reduce((most, { ids }) => Math.max(most, ids.length), 1);
  const length = Math.ceil(longest / lengthBucket) * lengthBucket;
  const batches = Array.from({ length: Math.ceil(requests.length / batch) }, (_, index) =>
    requests.slice(index * batch, (index + 1) * batch),
  );
  // One shape for all batches: each is compiled once.
  const wanted = batches.map((rows) => rows.reduce((sum, { positions }) => sum + positions.length, 0));
  const count = Math.max(1, Math.ceil(Math.max(...wanted) / positionBucket)) * positionBucket;
  for (const rows of batches) {
    const pooled = average ? (withLast ? 2 : 1) : 0;
    const shape = { batch, length, count, layers, pooled };
    const key = [
      batch,
      length,
      count,
      layers.join(),
      pooled,
      editsKey(arranged),
      adapters && bankKey(adapters),
    ];
    const program = await model.programs.get(`activations:${key.join(":")}`, () =>
      captureProgram(model, shape, adapters, arranged),
    );
    const tokens = new Int32Array(batch * length).fill(model.tokenizer.paddingId);
    for (const [row, { ids }] of rows.entries()) tokens.set(ids, row * length);
    const taken = new Int32Array(count);
    taken.set(rows.flatMap(({ positions }, row) => positions.map((position) => row * length + position)));
    const results = await program.run({
      tokens,
      places: taken,
      ...(pooled === 0 ? {} : { shares: poolingShares(rows, batch * pooled, count, withLast) }),
      ...editFeeds(arranged),
      ...(adapters === undefined ? {} : adapterFeeds(adapters)),
    });
    let from = 0;
    for (const { positions } of rows) {
      const places = average ? pooled : positions.length;
      const isKnown = !average || positions.length > 0;
      const part = (values: ArrayLike<number> | undefined, width: number): Float32Array =>
        Float32Array.from({ length: places * width }, (_, index) =>
          isKnown ? (values?.[from * width + index] ?? NaN) : NaN,
        );
      sequences.push({
        residuals: part(results.residuals?.data, layers.length * dimension),
        scalars: part(results.scalars?.data, scalarsEach),
      });
      from += places;
    }
    onBatch?.(rows.length);
  }
  return { layers, dimension, modules, sequences };
}

function captureProgram(
  { config, parameters }: Model,
  shape: {
    readonly batch: number;
    readonly length: number;
    readonly count: number;
    readonly layers: readonly number[];
    /** Places that each sequence is pooled into; 0 where every position is kept. */
    readonly pooled: number;
  },
  adapters: AdapterBank | undefined,
  edits: readonly ArrangedEdit[],
): ProgramDefinition {
  const { batch, length, count, layers, pooled } = shape;
  return {
    name: "activation capture",
    inputs: {
      tokens: { shape: [batch, length], dtype: "int32" },
      places: { shape: [count], dtype: "int32" },
      ...(pooled === 0 ? {} : { shares: { shape: [batch * pooled, count], dtype: "float32" } }),
      ...editInputs(edits),
      ...(adapters === undefined ? {} : adapterInputs(adapters)),
    },
    constants: parameters,
    body: (tensors) => {
      const places = parameter(tensors, "places");
      const scalars: tf.Tensor[] = [];
      const { residuals } = forward(config, tensors, {
        tokens: parameter(tensors, "tokens"),
        layout: denseLayout(batch, length),
        contexts: contextsFromStart(config, batch, length),
        hooks: {
          ...editHooks(edits, tensors),
          onScalars: (modulePath, values) => {
            const at = scalarModules(adapters).findIndex((module) => module.modulePath === modulePath);
            scalars[at] = tf.gather(values, places);
            return values;
          },
        },
        ...(adapters === undefined ? {} : { adapters: adapterTensors(adapters, tensors) }),
      });
      const taken = residuals
        .flatMap((residual, layer) => layers.map((wanted, at) => ({ residual, layer, wanted, at })))
        .filter(({ layer, wanted }) => layer === wanted)
        .sort((one, other) => one.at - other.at)
        .map(({ residual }) => tf.gather(residual, places));
      const joined = (values: readonly tf.Tensor[]): tf.Tensor => {
        const each = tf.concat([...values], 1);
        return pooled === 0 ? each : tf.matMul(parameter(tensors, "shares"), each);
      };
      return {
        ...(taken.length === 0 ? {} : { residuals: joined(taken) }),
        ...(scalars.length === 0 ? {} : { scalars: joined(scalars) }),
      };
    },
  };
}

/** Picks the modules that read the stream: a trained vector reads nothing, and has no scalars. */
function scalarModules(adapters: AdapterBank | undefined): AdapterBank["modules"] {
  return (adapters?.modules ?? []).filter(({ modulePath }) => !isLayerPath(modulePath));
}

/** Computes the share of each position in each pooled place: [places, count]. */
function poolingShares(
  rows: readonly CaptureRequest[],
  places: number,
  count: number,
  withLast: boolean,
): Float32Array {
  const shares = new Float32Array(places * count);
  let [from, place] = [0, 0];
  for (const { positions } of rows) {
    shares.fill(1 / positions.length, place * count + from, place * count + from + positions.length);
    from += positions.length;
    place++;
    if (!withLast) continue;
    if (positions.length > 0) shares[place * count + from - 1] = 1;
    place++;
  }
  return shares;
}

function checkRequests(
  { config }: Model,
  requests: readonly CaptureRequest[],
  layers: readonly number[],
): void {
  for (const layer of layers) {
    if (!Number.isInteger(layer) || layer < 0 || layer >= config.layers) {
      throw new TurncoatError(
        `activation capture: layer: expected 0 to ${config.layers - 1}, found ${layer}`,
      );
    }
  }
  for (const [index, { ids, positions }] of requests.entries()) {
    const wrong = positions.find((at) => !Number.isInteger(at) || at < 0 || at >= ids.length);
    if (wrong === undefined) continue;
    throw new TurncoatError(
      `activation capture: sequence ${index + 1}: position: expected 0 to ${ids.length - 1}, found ${wrong}`,
    );
  }
}
