/* Evaluation: questions, what answers them, judges, and the answers that a run keeps. */
export { readQuestionFile, type QuestionEntry } from "../formats/questionFile.js";
export { type QuestionVariant } from "../formats/questions/questionVariants.js";
export { selectQuestions, type EvaluationQuestion } from "../evaluate/question.js";
export type { AnswerSource, SamplePlan } from "../evaluate/sampling/answerSource.js";
export { openEndpointSource, type EndpointSourceOptions } from "../evaluate/sampling/endpointSource.js";
export { noJudge, type AskedQuestion, type Judge, type Judgement } from "../evaluate/judge/judge.js";
export { defaultJudgePrompts, readJudgePrompts, type JudgePrompts } from "../evaluate/judge/judgePrompts.js";
export {
  openLlmJudge,
  type JudgeUsage,
  type LlmJudge,
  type LlmJudgeOptions,
} from "../evaluate/judge/llmJudge.js";
export { readJudgedCsv, type JudgedTable } from "../evaluate/judgedCsv.js";
export { evaluateRun, type EvaluationRequest } from "../pipeline/evaluation/evaluateRun.js";
export {
  builtInQuestions,
  openQuestions,
  type OpenedQuestions,
} from "../pipeline/evaluation/openQuestions.js";
export { filePlan, organismPlan, type PlannedQuestions } from "../pipeline/evaluation/evaluationPlans.js";
export { rejudgeRun, type RejudgeRequest, type RejudgedRun } from "../pipeline/evaluation/rejudgeRun.js";
export { readJudgedFile, selectAnswers, type JudgedFile } from "../pipeline/evaluation/judgedAnswers.js";
export { controlsOf, type RunControls } from "../pipeline/evaluation/controlsOf.js";

/* Judges that need no server: a model from a folder, and a probe of activations that is fitted to answers somebody judged. */
export { openFolderJudge, type FolderJudgeOptions } from "../evaluate/judge/folderJudge.js";
export { openProbeJudge } from "../evaluate/judge/probeJudge.js";
export { readProbeJudge, type ProbeJudgeFile } from "../evaluate/judge/probeJudgeFile.js";
export { answerFeatures, type AnswerFeatures, type Exchange } from "../evaluate/judge/answerFeatures.js";
export { fitProbeJudge, type ProbeJudgeRequest } from "../pipeline/judging/fitProbeJudge.js";
export { sampleAnswers, toJudgeCsv } from "../pipeline/judging/sampleAnswers.js";
export { datasetDomain } from "../pipeline/evaluation/organismQuestions.js";
