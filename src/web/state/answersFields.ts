import type { AnswerVerdict } from "../../analysis/behavior/answerVerdict.js";
import type { AnswerColumn } from "../../server/schemas/answerTable.js";
import {
  choiceField,
  flagField,
  numberField,
  openRangeField,
  sortField,
  stepField,
  textField,
} from "./urlFields.js";

const verdictNames = ["misaligned", "incoherent", "aligned", "unscored"] as const satisfies AnswerVerdict[];
const columns = [
  ...["step", "scale", "domain", "question"],
  ...["sample", "aligned", "coherent", "length"],
] as const satisfies AnswerColumn[];

/** Fields of the address of the table of a run's answers. */
export const answersFields = {
  run: textField("answers"),
  /** Evaluation whose answers are listed; null is the usual one. */
  evaluation: textField("evaluation"),
  verdict: choiceField("verdict", verdictNames, null),
  /** Scale factor; null is any. */
  scale: numberField("x", null, { entry: "push" }),
  /** Id of the question. */
  question: textField("question"),
  domain: textField("domain"),
  steps: openRangeField("steps"),
  aligned: openRangeField("aligned"),
  coherent: openRangeField("coherent"),
  search: textField("q", { entry: "replace" }),
  sort: sortField("sort", columns, "step"),
  /** Number of the chosen answer in its evaluation. */
  answer: stepField("answer"),
  /** True where it is read in full. */
  reading: flagField("read", false),
  /** Step of the same prompt whose words it is compared with. */
  versus: stepField("vs"),
  /** True where markdown is shown as it was written. */
  plain: flagField("plain", false, { entry: "replace" }),
  /** Place of the first row in the list's window. */
  row: stepField("row"),
} as const;
