import { euclideanNorm } from "../../analysis/linalg/innerProduct.js";
import type { EvaluationQuestion } from "../../evaluate/question.js";
import { openCheckpoint } from "../../model/checkpointModel.js";
import { captureActivations } from "../../model/hooks/captureActivations.js";
import type { Model } from "../../model/model.js";
import type { UntouchedModel } from "./plannedConditions.js";

/**
 * Mean norm of the residual stream after some layers, at the last prompt token of each question: the unit of strengths.
 *
 * @returns one a layer, in their order
 */
export async function residualNorms(
  base: Model,
  { checkpoint, scale }: UntouchedModel,
  questions: readonly EvaluationQuestion[],
  layers: readonly number[],
): Promise<number[]> {
  const { model, adapters, dispose } = openCheckpoint(base, checkpoint.path, scale);
  const requests = questions.map(({ messages }) => {
    const ids = model.tokenizer.encodePrompt(messages);
    return { ids, positions: [ids.length - 1] };
  });
  const captured = captureActivations(model, requests, {
    layers,
    ...(adapters === undefined ? {} : { adapters }),
  });
  const { sequences, dimension } = await captured.finally(() => dispose());
  return layers.map((_, place) => {
    const norms = sequences.map(({ residuals }) =>
      euclideanNorm(residuals.subarray(place * dimension, (place + 1) * dimension)),
    );
    return norms.reduce((sum, norm) => sum + norm, 0) / norms.length;
  });
}
