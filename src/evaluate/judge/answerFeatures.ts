import { captureActivations, responseRequest } from "../../model/hooks/captureActivations.js";
import type { Model } from "../../model/model.js";
import type { Pooling } from "./poolings.js";

/** Exchange as a probe reads it: the question is in the context, and in no average. */
export interface Exchange {
  readonly question: string;
  readonly answer: string;
}

/** Activations of answers, pooled. */
export interface AnswerFeatures {
  readonly layers: readonly number[];
  readonly dimension: number;
  /** Of each answer its residual stream, by pooling: [layers, dimension]. */
  readonly rows: readonly Readonly<Record<Pooling, Float32Array>>[];
}

/** Options for reading answers. */
export interface AnswerFeatureOptions {
  /** Layers after which the residual stream is taken. */
  readonly layers: readonly number[];
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

/** Lengths in tokens up to which answers run together: padding costs as much as text. */
const lengthStep = 64;

/**
 * Reads answers with a model and keeps the residual stream after chosen layers, pooled over each answer's tokens.
 * Answers of like length run together.
 *
 * @throws TurncoatError naming a layer that does not exist, or where the model's template refuses an exchange; the
 *   signal's reason where it ended the reading
 */
export async function answerFeatures(
  model: Model,
  exchanges: readonly Exchange[],
  { layers, onProgress, signal }: AnswerFeatureOptions,
): Promise<AnswerFeatures> {
  const requests = exchanges.map(({ question, answer }) =>
    responseRequest(
      model.tokenizer.encodeChat([
        { role: "user", content: question },
        { role: "assistant", content: answer },
      ]),
    ),
  );
  const byLength = new Map<number, number[]>();
  for (const [index, { ids }] of requests.entries()) {
    const bucket = Math.ceil(ids.length / lengthStep);
    byLength.set(bucket, [...(byLength.get(bucket) ?? []), index]);
  }
  const dimension = model.config.hiddenSize;
  const width = layers.length * dimension;
  const rows: Record<Pooling, Float32Array>[] = requests.map(() => ({
    mean: new Float32Array(width).fill(NaN),
    last: new Float32Array(width).fill(NaN),
  }));
  let done = 0;
  for (const [, members] of [...byLength].sort(([one], [other]) => one - other)) {
    const { sequences } = await captureActivations(
      model,
      members.flatMap((index) => requests[index] ?? []),
      {
        layers,
        average: true,
        withLast: true,
        onBatch: (count) => {
          signal?.throwIfAborted();
          done += count;
          onProgress?.({ done, total: requests.length });
        },
      },
    );
    for (const [place, index] of members.entries()) {
      const residuals = sequences[place]?.residuals ?? new Float32Array(0);
      rows[index] = { mean: residuals.slice(0, width), last: residuals.slice(width) };
    }
  }
  return { layers, dimension, rows };
}
