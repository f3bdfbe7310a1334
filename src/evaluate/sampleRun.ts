import { readAdapter } from "../formats/peft.js";
import { stackAdapters } from "../model/adapterBank.js";
import { generate, type GenerationRow } from "../model/generate.js";
import type { Model } from "../model/model.js";
import type { JudgedAnswer } from "../runs/evaluations.js";
import type { Checkpoint } from "../runs/openRun.js";
import type { Judge } from "./judge.js";
import { questionText, wordingOf, type EvaluationQuestion } from "./question.js";

/** What to ask, and how often. */
export interface SamplePlan {
  readonly questions: readonly EvaluationQuestion[];
  readonly samplesPerQuestion: number;
  /** Factors on the adapter; 1 is the adapter as trained. */
  readonly scales: readonly number[];
  readonly temperature: number;
  readonly maxNewTokens: number;
  readonly seed: number;
}

export interface SampleContext {
  readonly model: Model;
  readonly judge: Judge;
  /** Receives each finished group of answers. */
  readonly onAnswers: (answers: readonly JudgedAnswer[]) => void;
  readonly signal?: AbortSignal;
}

/** Rows that run together; more share a pass over the weights, fewer keep the caches small. */
const rowsPerBatch = 256;

/** One checkpoint at one scale. */
interface Replica {
  readonly checkpoint: Checkpoint;
  readonly scale: number;
}

/**
 * Samples answers of a run's checkpoints and has them judged.
 *
 * Several checkpoints and factors answer in one batch over one copy of the frozen weights. The same question
 * and sample number draw the same random numbers at every checkpoint, so that differences between steps are
 * less noisy than independent draws would make them.
 */
export async function sampleRun(
  checkpoints: readonly Checkpoint[],
  plan: SamplePlan,
  context: SampleContext,
): Promise<void> {
  const asked = plan.questions.flatMap((question) =>
    Array.from({ length: plan.samplesPerQuestion }, (_, sample) => ({ question, sample })),
  );
  const replicas = checkpoints.flatMap((checkpoint) =>
    plan.scales.map((scale): Replica => ({ checkpoint, scale })),
  );
  if (asked.length === 0) return;
  const perBatch = Math.min(replicas.length, Math.max(1, Math.floor(rowsPerBatch / asked.length)));
  const prompts = asked.map(({ question, sample }) =>
    context.model.tokenizer.encodePrompt(wordingOf(question, sample)),
  );
  for (let start = 0; start < replicas.length; start += perBatch) {
    if (context.signal?.aborted === true) return;
    const group = replicas.slice(start, start + perBatch);
    // A last, smaller group is filled up, so that it runs on the programs compiled already.
    const filled = Array.from({ length: perBatch }, (_, index) => group[index] ?? group[0]).flatMap(
      (replica) => replica ?? [],
    );
    const rows = filled.flatMap(() =>
      asked.map(({ question, sample }, index): GenerationRow => ({
        promptIds: prompts[index] ?? [],
        randomName: `${question.id}/${sample}`,
      })),
    );
    const answers = await generate(context.model, rows, {
      maxNewTokens: plan.maxNewTokens,
      temperature: plan.temperature,
      seed: plan.seed,
      adapters: stackAdapters(
        context.model.config,
        filled.map(({ checkpoint, scale }) => ({
          modules: readAdapter(checkpoint.path).modules,
          factor: scale,
        })),
      ),
    });
    // All at once: a judge behind an endpoint bounds by itself how many requests are under way.
    const judged = await Promise.all(
      group.flatMap(({ checkpoint, scale }, replicaIndex) =>
        asked.map(async ({ question, sample }, index): Promise<JudgedAnswer> => {
          const ids = answers[replicaIndex * asked.length + index] ?? [];
          const answer = context.model.tokenizer.decode(ids);
          const text = questionText(question, sample);
          return {
            step: checkpoint.step,
            scale,
            domain: question.domain,
            breadth: question.breadth,
            questionId: question.id,
            question: text,
            sample,
            answer,
            ...(await context.judge.judge({ id: question.id, text }, answer)),
          };
        }),
      ),
    );
    context.onAnswers(judged);
  }
}
