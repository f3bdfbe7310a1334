import { TurncoatError } from "../../errors.js";
import { tf } from "../../tensor/tfjs.js";
import type { Model } from "../model.js";
import { finalNormFactors, logits, parameter } from "../transformer.js";

/** Vectors that run together. */
const vectorsPerBatch = 32;

/**
 * Reads directions of the residual stream through the output weights: W_U·(g ⊙ v̂), where v̂ = v/‖v‖ and g are the gains
 * of the final norm, one added where the architecture adds it (`docs/methods.md §5.6`). Its statistics are left out, since
 * a direction has none, and so are the layers in between.
 *
 * @param vectors of the model's hidden size, none of them zero
 * @returns [vocabularySize] for each
 * @throws TurncoatError naming the size of a vector that does not fit, or one without a direction
 */
export async function logitLens(
  model: Model,
  vectors: readonly ArrayLike<number>[],
): Promise<Float32Array[]> {
  const { hiddenSize, vocabularySize } = model.config;
  const units = vectors.map((vector) => unitOf(vector, hiddenSize));
  const batch = Math.min(vectorsPerBatch, units.length);
  const results: Float32Array[] = [];
  for (let first = 0; first < units.length; first += batch) {
    const rows = units.slice(first, first + batch);
    const program = await model.programs.get(`logitLens:${batch}`, () => ({
      name: "logit lens",
      inputs: { vectors: { shape: [batch, hiddenSize], dtype: "float32" } },
      constants: model.parameters,
      body: (tensors) => ({
        logits: logits(
          model.config,
          tensors,
          tf.mul(parameter(tensors, "vectors"), finalNormFactors(model.config, tensors)),
        ),
      }),
    }));
    const feed = new Float32Array(batch * hiddenSize);
    for (const [row, unit] of rows.entries()) feed.set(unit, row * hiddenSize);
    const { logits: found } = await program.run({ vectors: feed });
    if (!(found?.data instanceof Float32Array)) throw new TypeError("logitLens: no logits");
    for (const row of rows.keys())
      results.push(found.data.slice(row * vocabularySize, (row + 1) * vocabularySize));
  }
  return results;
}

function unitOf(vector: ArrayLike<number>, hiddenSize: number): Float32Array {
  const values = Float64Array.from(vector);
  const length = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
  if (values.length !== hiddenSize) {
    throw new TurncoatError(
      `logit lens: expected a vector of the residual stream, ${hiddenSize} numbers, found ${values.length}`,
    );
  }
  if (!(length > 0) || !Number.isFinite(length))
    throw new TurncoatError(`logit lens: expected a vector with a direction, found one of length ${length}`);
  return Float32Array.from(values, (value) => value / length);
}
