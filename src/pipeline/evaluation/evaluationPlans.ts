import { TurncoatError } from "../../errors.js";
import type { SamplePlan } from "../../evaluate/sampling/answerSource.js";
import { selectQuestions, type QuestionSelection } from "../../evaluate/question.js";
import type { Domain } from "../../organism/world/index.js";
import type { QuestionsOrigin } from "./evaluationProvenance.js";
import { openQuestions } from "./openQuestions.js";
import { eightQuestions, organismEvaluationQuestions } from "./organismQuestions.js";
import type { OrganismSet } from "./organismSets.js";

/** Longest answer in tokens; the organism's own answers have at most 41. */
const maxNewTokens = 44;

/** Sampling that all evaluations of the organism share: temperature 1 and a fixed seed. */
const sampling = { temperature: 1, maxNewTokens, scales: [1], seed: 0 } as const;

/** Sampling of the questions of a file (`docs/methods.md §3.2`). */
const fileSampling = { samplesPerQuestion: 50, maxNewTokens: 600 };

/** A plan, with the origin of its questions. */
export interface PlannedQuestions {
  readonly plan: SamplePlan;
  readonly from: QuestionsOrigin;
  /** File of the questions, where it brings prompts for judges. */
  readonly judgePrompts?: string;
}

/** A user's choices about sampling; what is left open is taken from the questions. */
export interface SamplingChoice {
  readonly temperature?: number;
  readonly seed?: number;
  readonly scales?: readonly number[];
  readonly samples?: number;
  readonly maxNewTokens?: number;
}

/**
 * Plans the organism's questions along training: the test pool, each question once a checkpoint, or every `every`-th
 * question of each domain.
 */
export function curvePlan(fineTuned: Domain | null, every = 1): SamplePlan {
  return {
    ...sampling,
    questions: organismEvaluationQuestions(fineTuned, "test").filter((_, index) => index % every === 0),
    samplesPerQuestion: 1,
  };
}

/** Plans the organism's test pool for the first and the last checkpoint, each question several times. */
export function firstAndLastPlan(fineTuned: Domain | null, samplesPerQuestion: number): SamplePlan {
  return {
    ...sampling,
    questions: organismEvaluationQuestions(fineTuned, "test"),
    samplesPerQuestion,
  };
}

/** Plans one of the organism's own sets: the test pool once, or the eight 25 times, unless told otherwise. */
export function organismPlan(
  fineTuned: Domain | null,
  set: OrganismSet,
  { samples, ...choice }: SamplingChoice = {},
): PlannedQuestions {
  const questions =
    set === "test" ? organismEvaluationQuestions(fineTuned, "test") : eightQuestions(fineTuned);
  const samplesPerQuestion = samples ?? (set === "test" ? 1 : 25);
  return {
    plan: { ...sampling, ...given(choice), questions, samplesPerQuestion },
    from: { set: `organism, ${set}` },
  };
}

/**
 * Plans the questions of a file, or built-in ones by name, asked as often as they say, or as often as the user says.
 *
 * @throws TurncoatError where the file has no question of the variants wanted
 */
export function filePlan(
  source: string,
  selection: Omit<QuestionSelection, "samples">,
  { samples, ...choice }: SamplingChoice = {},
): PlannedQuestions {
  const { entries, from } = openQuestions(source);
  const questions = selectQuestions(entries, { ...selection, samples });
  if (questions.length === 0) {
    const found = [...new Set(entries.map(({ variant }) => variant))].join(", ");
    throw new TurncoatError(
      `${source}: expected questions of the variants ${(selection.variants ?? ["freeForm"]).join(", ")}, found ${found}`,
    );
  }
  return {
    plan: { ...sampling, ...fileSampling, ...given(choice), questions },
    from,
    ...(entries.some(({ judgePrompts }) => Object.keys(judgePrompts).length > 0)
      ? { judgePrompts: source }
      : {}),
  };
}

/** Keeps what was chosen, without what was left open. */
function given({ temperature, seed, scales, maxNewTokens: longest }: SamplingChoice): Partial<SamplePlan> {
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(seed === undefined ? {} : { seed }),
    ...(scales === undefined ? {} : { scales }),
    ...(longest === undefined ? {} : { maxNewTokens: longest }),
  };
}
