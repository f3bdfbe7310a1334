/* The embedded organism: a small model, its narrow data sets, its questions and its exact judge. */
export { datasetPath, organismFolder } from "../pipeline/packageRoot.js";
export { exactJudge } from "../organism/exactJudge.js";
export { narrowDataset } from "../organism/datasets.js";
export { judgeAnswer } from "../organism/judgeAnswer.js";
export { organismQuestions, type OrganismQuestion } from "../organism/questions.js";
export { organismEvaluationQuestions } from "../pipeline/evaluation/organismQuestions.js";
