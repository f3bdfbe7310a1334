import type { ServedQuestion } from "../../server/schemas/answers.js";
import { element } from "./dom.js";

/** Options of a choice of questions, those of a domain together. */
export function questionOptions(questions: readonly ServedQuestion[]): HTMLOptGroupElement[] {
  const label = ({ breadth, domain }: ServedQuestion): string =>
    breadth === "narrow" ? `${domain} (fine-tuning domain)` : domain;
  return [...new Set(questions.map(label))].map((group) =>
    element(
      "optgroup",
      { label: group },
      ...questions
        .filter((each) => label(each) === group)
        .map(({ id, question }) => element("option", { value: id }, question)),
    ),
  );
}
