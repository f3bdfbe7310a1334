import { sampleRun, type SamplePlan } from "../evaluate/sampleRun.js";
import type { Judge } from "../evaluate/judge.js";
import type { Model } from "../model/model.js";
import { EvaluationWriter, readEvaluations, type JudgedAnswer } from "../runs/evaluations.js";
import { openRun } from "../runs/openRun.js";

/** Which checkpoints to ask what. */
export interface EvaluationRequest {
  readonly directory: string;
  /** The evaluation's name: its answers lie in `evaluations/<name>.jsonl`. */
  readonly name: string;
  readonly model: Model;
  readonly judge: Judge;
  readonly plan: SamplePlan;
  /** Chooses checkpoints. @default all */
  readonly isStepWanted?: (step: number) => boolean;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal?: AbortSignal;
}

/**
 * Samples and judges answers of a run's checkpoints and appends them to the run. What is there already is not
 * done again, so that an interrupted evaluation continues where it stopped.
 * @returns all answers of the evaluation
 */
export async function evaluateRun(request: EvaluationRequest): Promise<readonly JudgedAnswer[]> {
  const { directory, name, plan, model, judge } = request;
  const { questions, ...sampling } = plan;
  const writer = EvaluationWriter.open(directory, name, {
    formatVersion: 1,
    ...sampling,
    scales: undefined,
    questions: questions.map(({ id }) => id),
    judge: judge.description,
  });
  const answered = new Map<string, number>();
  for (const { step, scale } of answersOf(directory, name)) {
    answered.set(`${step}x${scale}`, (answered.get(`${step}x${scale}`) ?? 0) + 1);
  }
  const perReplica = questions.length * plan.samplesPerQuestion;
  const checkpoints = openRun(directory).checkpoints.filter(
    ({ step }) => request.isStepWanted?.(step) ?? true,
  );
  const total = checkpoints.length * plan.scales.length * perReplica;
  for (const scale of plan.scales) {
    const missing = checkpoints.filter(({ step }) => (answered.get(`${step}x${scale}`) ?? 0) < perReplica);
    let done = total - missing.length * perReplica;
    await sampleRun(
      missing,
      { ...plan, scales: [scale] },
      {
        model,
        judge,
        signal: request.signal,
        onAnswers: (answers) => {
          writer.append(answers);
          done += answers.length;
          request.onProgress?.({ done, total });
        },
      },
    );
  }
  return answersOf(directory, name);
}

function answersOf(directory: string, name: string): readonly JudgedAnswer[] {
  return readEvaluations({ directory })
    .filter((evaluation) => evaluation.name === name)
    .flatMap(({ answers }) => answers);
}
