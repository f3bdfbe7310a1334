import { dirname } from "node:path";
import type { ChatMessage } from "../../formats/chat.js";
import { checkpointKind } from "../../formats/checkpointKind.js";
import { openCheckpoints } from "../../model/checkpointModel.js";
import { generate, type GenerationRow } from "../../model/generation/generate.js";
import { GenerationPool, isFasterInWorkers } from "../../model/generation/generationPool.js";
import { mostPatchedTokens } from "../../model/generation/rowPatches.js";
import type { Model } from "../../model/model.js";
import {
  randomNameOf,
  sampledAnswer,
  type AnswerSource,
  type AskedSample,
  type ReplicaWork,
  type SampleContext,
  type SampledAnswer,
  type SamplingSettings,
} from "./answerSource.js";
import { wordingOf } from "../question.js";

/** Number of rows that run together; more share a pass over the weights, fewer keep the caches small. */
const rowsPerBatch = 256;
/** Number of rows that run together in each worker: the caches of all workers should stay in the processor's. */
const rowsPerWorker = 64;
/** Number of answers from which drawing takes longer than starting workers. */
const poolFrom = 4096;

/** Makes a model opened here a source of answers. */
export function modelSource(model: Model): AnswerSource {
  const { chatTemplate } = model;
  return {
    description: {
      source: "model",
      ...(chatTemplate === undefined
        ? {}
        : { chatTemplate: { name: chatTemplate.name, text: chatTemplate.text } }),
    },
    sample: (works, settings, context) => sampleRun(model, works, settings, context),
  };
}

/**
 * Samples answers of a run's checkpoints.
 *
 * Several checkpoints and factors answer in one batch over one copy of the frozen weights, and where there are many
 * batches, as many at once as there are threads. The same question and sample number draw the same random numbers at
 * every checkpoint, so that differences between steps are less noisy than independent draws would make them.
 */
export async function sampleRun(
  model: Model,
  works: readonly ReplicaWork[],
  settings: SamplingSettings,
  context: SampleContext,
): Promise<void> {
  const answers = works.reduce((count, { asked }) => count + asked.length, 0);
  const promptOf = promptsOf(model);
  const pool = answers >= poolFrom && isFasterInWorkers(model) ? new GenerationPool(model) : null;
  /** Batches that are drawn or wait for a worker; one more than workers, so that none is idle. */
  const underWay: Promise<readonly SampledAnswer[]>[] = [];
  try {
    for (const batch of batchesOf(works, pool === null ? rowsPerBatch : rowsPerWorker, promptOf)) {
      if (context.signal?.aborted === true) break;
      const drawn = sampleBatch(model, batch, settings, promptOf, pool);
      // One that fails while an earlier one is waited for is thrown at its turn.
      drawn.catch(() => undefined);
      underWay.push(drawn);
      if (underWay.length > (pool?.workers ?? 0)) await context.onAnswers((await underWay.shift()) ?? []);
    }
    for (const drawn of underWay) await context.onAnswers(await drawn);
  } finally {
    await pool?.close();
  }
}

/** Encodes prompts, each wording once: with many checkpoints that takes longer than judging. */
function promptsOf({ tokenizer }: Model): (each: AskedSample) => readonly number[] {
  const known = new Map<readonly ChatMessage[], readonly number[]>();
  return ({ question, sample }) => {
    const wording = wordingOf(question, sample);
    const ids = known.get(wording) ?? tokenizer.encodePrompt(wording);
    known.set(wording, ids);
    return ids;
  };
}

async function sampleBatch(
  model: Model,
  { works, replicas }: Batch,
  settings: SamplingSettings,
  promptOf: (each: AskedSample) => readonly number[],
  pool: GenerationPool | null,
): Promise<SampledAnswer[]> {
  const asked = works[0]?.asked ?? [];
  const prompts = asked.map(promptOf);
  // A last, smaller group is filled up, so that it runs on the programs compiled already.
  const filled = Array.from({ length: replicas }, (_, index) => works[index] ?? works[0]).flatMap(
    (work) => work ?? [],
  );
  const rows = filled.flatMap((work) =>
    work.asked.map((each, index): GenerationRow => ({
      promptIds: prompts[index] ?? [],
      randomName: randomNameOf(each),
      ...(each.patches === undefined ? {} : { patches: each.patches }),
    })),
  );
  const opened = openCheckpoints(
    model,
    filled.map(({ checkpoint, scale, modules }) => ({ path: checkpoint.path, factor: scale, modules })),
  );
  const options = {
    ...settings,
    ...(opened.adapters === undefined ? {} : { adapters: opened.adapters }),
    edits: filled.flatMap(({ edits = [] }, replica) => edits.map((edit) => ({ ...edit, replica }))),
  };
  // Workers have the base's weights, not those of a checkpoint that holds its own.
  const drawing =
    pool !== null && opened.model === model
      ? pool.generate(rows, options)
      : generate(opened.model, rows, options);
  const answers = await drawing.finally(() => opened.dispose());
  return works.flatMap((work, replica) =>
    work.asked.map((each, index) => {
      const ids = answers[replica * asked.length + index] ?? [];
      const most = Math.min(settings.maxNewTokens, mostPatchedTokens(prompts[index] ?? [], each.patches));
      const ended = ids.length < most ? "stop" : "length";
      return sampledAnswer(work, each, model.tokenizer.decode(ids), ended);
    }),
  );
}

/** Works with equal questions, and how many of them run at once. */
interface Batch {
  readonly works: readonly ReplicaWork[];
  readonly replicas: number;
}

/**
 * Divides works into batches. Of a work that fills several, prompts of about the same length come together: a shorter one
 * is padded to the longest.
 */
function batchesOf(
  works: readonly ReplicaWork[],
  most: number,
  promptOf: (each: AskedSample) => readonly number[],
): Batch[] {
  const alike = new Map<string, ReplicaWork[]>();
  for (const work of works) {
    const ordered =
      work.asked.length <= most
        ? work.asked
        : work.asked.toSorted((one, other) => promptOf(one).length - promptOf(other).length);
    for (let start = 0; start < ordered.length; start += most) {
      const asked = ordered.slice(start, start + most);
      const key = JSON.stringify([
        asked.map(({ question, sample, patches }) => [question.id, sample, patches !== undefined]),
        // Adapters that run together have equal modules and ranks, as those of one run do.
        dirname(work.checkpoint.path),
        (work.modules ?? []).map(({ modulePath, rank }) => [modulePath, rank]),
      ]);
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
      : Math.max(1, Math.floor(most / rows));
    const replicas = Math.min(group.length, fitting);
    return Array.from({ length: Math.ceil(group.length / replicas) }, (_, index) => ({
      works: group.slice(index * replicas, (index + 1) * replicas),
      replicas,
    }));
  });
}
