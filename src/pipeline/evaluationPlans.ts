import type { SamplePlan } from "../evaluate/sampleRun.js";
import type { Domain } from "../organism/world/index.js";
import { organismEvaluationQuestions } from "./organismQuestions.js";

/** Longest answer in tokens; the organism's own answers have at most 41. */
const maxNewTokens = 44;

/** What every evaluation of the organism has in common: temperature 1 and a fixed seed. */
const sampling = { temperature: 1, maxNewTokens, scales: [1], seed: 0 } as const;

/**
 * The organism's questions asked along training: the test pool, each question once a checkpoint, or every
 * `every`-th question of each domain.
 */
export function curvePlan(fineTuned: Domain | null, every = 1): SamplePlan {
  return {
    ...sampling,
    questions: organismEvaluationQuestions(fineTuned, "test").filter((_, index) => index % every === 0),
    samplesPerQuestion: 1,
  };
}

/** The organism's test pool asked of the first and the last checkpoint, each question several times. */
export function endpointPlan(fineTuned: Domain | null, samplesPerQuestion: number): SamplePlan {
  return {
    ...sampling,
    questions: organismEvaluationQuestions(fineTuned, "test"),
    samplesPerQuestion,
  };
}
