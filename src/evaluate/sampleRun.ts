import { checkpointKind } from "../formats/checkpointKind.js";
import { openCheckpoints } from "../model/checkpointModel.js";
import { generate, type GenerationRow } from "../model/generate.js";
import type { Model } from "../model/model.js";
import {
  randomNameOf,
  sampledAnswer,
  type AnswerSource,
  type ReplicaWork,
  type SampleContext,
  type SamplingSettings,
} from "./answerSource.js";
import { wordingOf } from "./question.js";

/** Rows that run together; more share a pass over the weights, fewer keep the caches small. */
const rowsPerBatch = 256;

/** A model opened here, as a source of answers. */
export function modelSource(model: Model): AnswerSource {
  return {
    description: { source: "model" },
    sample: (works, settings, context) => sampleRun(model, works, settings, context),
  };
}

/**
 * Samples answers of a run's checkpoints.
 *
 * Several checkpoints and factors answer in one batch over one copy of the frozen weights. The same question
 * and sample number draw the same random numbers at every checkpoint, so that differences between steps are
 * less noisy than independent draws would make them.
 */
export async function sampleRun(
  model: Model,
  works: readonly ReplicaWork[],
  settings: SamplingSettings,
  context: SampleContext,
): Promise<void> {
  for (const batch of batchesOf(works)) {
    if (context.signal?.aborted === true) return;
    const asked = batch.works[0]?.asked ?? [];
    const prompts = asked.map(({ question, sample }) =>
      model.tokenizer.encodePrompt(wordingOf(question, sample)),
    );
    // A last, smaller group is filled up, so that it runs on the programs compiled already.
    const filled = Array.from(
      { length: batch.replicas },
      (_, index) => batch.works[index] ?? batch.works[0],
    ).flatMap((work) => work ?? []);
    const rows = filled.flatMap(() =>
      asked.map((each, index): GenerationRow => ({
        promptIds: prompts[index] ?? [],
        randomName: randomNameOf(each),
      })),
    );
    const opened = openCheckpoints(
      model,
      filled.map(({ checkpoint, scale }) => ({ path: checkpoint.path, factor: scale })),
    );
    const answers = await generate(opened.model, rows, {
      ...settings,
      ...(opened.adapters === undefined ? {} : { adapters: opened.adapters }),
    }).finally(() => opened.dispose());
    await context.onAnswers(
      batch.works.flatMap((work, replica) =>
        asked.map((each, index) =>
          sampledAnswer(work, each, model.tokenizer.decode(answers[replica * asked.length + index] ?? [])),
        ),
      ),
    );
  }
}

/** Works that are asked the same, and how many of them run at once. */
interface Batch {
  readonly works: readonly ReplicaWork[];
  readonly replicas: number;
}

function batchesOf(works: readonly ReplicaWork[]): Batch[] {
  const alike = new Map<string, ReplicaWork[]>();
  for (const work of works) {
    for (let start = 0; start < work.asked.length; start += rowsPerBatch) {
      const asked = work.asked.slice(start, start + rowsPerBatch);
      const key = JSON.stringify(asked.map(({ question, sample }) => [question.id, sample]));
      const group = alike.get(key) ?? [];
      group.push({ ...work, asked });
      alike.set(key, group);
    }
  }
  return [...alike.values()].flatMap((group) => {
    const rows = group[0]?.asked.length ?? 1;
    // Checkpoints of adapters share a model; one of weights is a model of its own.
    const fitting = group.some(({ checkpoint: { path } }) => checkpointKind(path) === "weights")
      ? 1
      : Math.max(1, Math.floor(rowsPerBatch / rows));
    const replicas = Math.min(group.length, fitting);
    return Array.from({ length: Math.ceil(group.length / replicas) }, (_, index) => ({
      works: group.slice(index * replicas, (index + 1) * replicas),
      replicas,
    }));
  });
}
