import { TurncoatError } from "../../errors.js";
import type { NamedTensors, TensorSpec } from "../../tensor/program.js";
import type { TensorValues } from "../../tensor/tensorData.js";
import { tf } from "../../tensor/tfjs.js";
import type { ModelConfig } from "../config/modelConfig.js";
import { parameter, type ForwardHooks } from "../transformer.js";

/**
 * Edit of the residual stream after a layer, at every position: steering x + factor · v (`docs/methods.md §5.2`), or
 * ablation x − v̂(v̂ᵀx) with v̂ = v/‖v‖ (`docs/methods.md §5.3`). Several changes of one layer take effect in their
 * order.
 */
export type ResidualEdit = (
  { readonly kind: "add"; readonly factor: number } | { readonly kind: "projectOut" }
) & {
  /** Layer after which the stream changes: 0 for the first, transformers' `hidden_states[1]`. */
  readonly layer: number;
  /** Vector that is added or projected out: [hiddenSize]. */
  readonly vector: Float32Array;
  /** Replica whose rows alone change. @default all rows */
  readonly replica?: number;
};

/**
 * Edit of a layer as a program makes it: for all rows alike, or for each of R replicas, among which the rows are
 * divided evenly, in order.
 */
export interface ArrangedEdit {
  readonly kind: ResidualEdit["kind"];
  readonly layer: number;
  /** Vector for all rows, or one a replica: the one added, or a unit vector to project out; zeros change nothing. */
  readonly vectors: readonly Float32Array[];
}

/**
 * Checks edits against a model and puts those of several replicas side by side where they can take effect at once.
 * @param replicas how many the rows are divided among. @default 1
 * @throws TurncoatError naming a layer or replica that there is not, or a vector that does not fit or has no direction
 */
export function arrangeEdits(
  config: ModelConfig,
  edits: readonly ResidualEdit[],
  replicas = 1,
): readonly ArrangedEdit[] {
  const arranged: { kind: ResidualEdit["kind"]; layer: number; vectors: Float32Array[] }[] = [];
  /** Number of arranged edits that come no later than the last one of each layer and replica. */
  const reached = new Map<string, number>();
  const none = new Float32Array(config.hiddenSize);
  for (const edit of edits) {
    const vector = appliedVector(config, edit, replicas);
    const { kind, layer, replica } = edit;
    const own = replica === undefined ? [...Array(replicas).keys()] : [replica];
    const from = Math.max(...own.map((each) => reached.get(`${layer} ${each}`) ?? 0));
    const free = arranged.findIndex(
      (other, index) =>
        replica !== undefined &&
        index >= from &&
        other.kind === kind &&
        other.layer === layer &&
        other.vectors.length === replicas &&
        replicas > 1,
    );
    const place = free === -1 ? arranged.length : free;
    if (free === -1) {
      const isShared = replica === undefined || replicas === 1;
      arranged.push({
        kind,
        layer,
        vectors: isShared ? [vector] : Array.from({ length: replicas }, () => none),
      });
    }
    const { vectors } = arranged[place] ?? { vectors: [] };
    if (vectors.length > 1 && replica !== undefined) vectors[replica] = vector;
    for (const each of own) reached.set(`${layer} ${each}`, place + 1);
  }
  return arranged;
}

/** Computes the vector that is added, or the unit vector that is projected out. */
function appliedVector(
  { layers, hiddenSize }: ModelConfig,
  edit: ResidualEdit,
  replicas: number,
): Float32Array {
  const { kind, layer, vector, replica = 0 } = edit;
  if (!Number.isInteger(layer) || layer < 0 || layer >= layers) {
    throw new TurncoatError(`residual edit: layer: expected 0 to ${layers - 1}, found ${layer}`);
  }
  const where = `residual edit after layer ${layer}`;
  if (!Number.isInteger(replica) || replica < 0 || replica >= replicas) {
    throw new TurncoatError(`${where}: replica: expected 0 to ${replicas - 1}, found ${replica}`);
  }
  if (vector.length !== hiddenSize) {
    throw new TurncoatError(`${where}: expected a vector of ${hiddenSize} numbers, found ${vector.length}`);
  }
  const length = Math.hypot(...vector);
  if (!Number.isFinite(length) || (kind === "projectOut" && length === 0)) {
    throw new TurncoatError(`${where}: expected a vector with a direction, found one of length ${length}`);
  }
  const scale = edit.kind === "add" ? edit.factor : 1 / length;
  return vector.map((value) => scale * value);
}

/** Names the structure of edits, for program caches: vectors and factors are inputs. */
export function editsKey(edits: readonly ArrangedEdit[]): string {
  return edits.map(({ kind, layer, vectors }) => `${kind}@${layer}x${vectors.length}`).join(",");
}

/** Specifies the inputs through which a program receives edits. */
export function editInputs(edits: readonly ArrangedEdit[]): Record<string, TensorSpec> {
  return Object.fromEntries(
    edits.map(({ vectors }, index) => [
      inputName(index),
      { shape: [vectors.length, vectors[0]?.length ?? 0], dtype: "float32" },
    ]),
  );
}

/** Makes the arrays for the inputs of `editInputs`. */
export function editFeeds(edits: readonly ArrangedEdit[]): Record<string, TensorValues> {
  return Object.fromEntries(
    edits.map(({ vectors }, index) => [
      inputName(index),
      Float32Array.from(vectors.flatMap((vector) => [...vector])),
    ]),
  );
}

/** Makes the edits part of a forward pass, with the tensors of `editInputs`. */
export function editHooks(edits: readonly ArrangedEdit[], tensors: NamedTensors): ForwardHooks {
  return {
    afterLayer: (layer, residual) => {
      let edited = residual;
      for (const [index, edit] of edits.entries()) {
        if (edit.layer !== layer) continue;
        const vectors = tf.expandDims(parameter(tensors, inputName(index)), 1);
        const [replicas = 1, , size = 1] = vectors.shape;
        const rows = tf.reshape(edited, [replicas, -1, size]);
        const changed =
          edit.kind === "add"
            ? tf.add(rows, vectors)
            : tf.sub(rows, tf.matMul(tf.matMul(rows, vectors, false, true), vectors));
        edited = tf.reshape(changed, residual.shape);
      }
      return edited;
    },
  };
}

function inputName(index: number): string {
  return `edit.${index}`;
}
