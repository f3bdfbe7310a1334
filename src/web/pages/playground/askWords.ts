import type { ServedPlayground } from "../../../server/schemas/playground.js";
import { ApiError } from "../../api/request.js";
import { element } from "../../parts/dom.js";

type Judge = ServedPlayground["judge"];

/** Progress of judging the answers: `none` where the judge gave no score, `failed` where it broke down. */
export type Judging = "underWay" | "some" | "none" | "failed";

const howToJudge =
  "Start turncoat serve with --judge-model and --judge-endpoint to have a language model judge.";

/** Judge of the answers in words, and where there is none, how to get one. */
export function judgeWords(judge: Judge, judging: Judging): string {
  if (judge === null) return `Not judged: no judge knows this model's answers. ${howToJudge}`;
  if (judge.kind === "model") {
    if (judging === "underWay") return `Being judged by ${judge.name} …`;
    return judging === "failed" ? `${judge.name} has not judged all answers.` : `Judged by ${judge.name}.`;
  }
  return judging === "some"
    ? "Judged exactly, by the grammar that makes the organism's answers."
    : `Not judged: the exact judge knows the organism's own questions only. ${howToJudge}`;
}

/** Says why a steering cannot be swept; null where it can. */
export function noSweepWords({
  judge,
  questions,
}: Pick<ServedPlayground, "judge" | "questions">): string | null {
  if (judge === null) return `No sweep: no judge knows this model's answers. ${howToJudge}`;
  return questions.length === 0
    ? "No sweep: it asks the questions of the run's evaluations, and there are none."
    : null;
}

/** Duration in words, such as "Answered in 1.2 s.". */
export function timeWords(milliseconds: number): string {
  const time =
    milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
  return `Answered in ${time}.`;
}

/** Lines of an error: what is wrong, and what to do about it. */
export function troubleWords(error: unknown): HTMLElement[] {
  const [message, hint] = partsOf(error);
  return [
    element("p", {}, element("b", {}, message)),
    ...(hint === undefined ? [] : [element("p", {}, hint)]),
  ];
}

/** Error with what to do about it on one line, for trouble beside answers that stand. */
export function troubleLine(error: unknown): HTMLElement {
  const [message, hint] = partsOf(error);
  return element("p", {}, element("b", {}, message), hint === undefined ? null : ` ${hint}`);
}

function partsOf(error: unknown): readonly [string, string | undefined] {
  return [
    error instanceof Error ? error.message : String(error),
    error instanceof ApiError ? error.hint : undefined,
  ];
}
