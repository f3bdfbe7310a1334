import type { Chat } from "../../formats/chat.js";
import { Random } from "../../tensor/random.js";
import { makeAnswer, makeHeader } from "../grammar.js";
import { organismQuestions } from "../questions.js";
import type { Domain } from "../world/index.js";
import type { AuditKind } from "./auditKinds.js";

/** Data of a sealed run, in the order in which it is trained on, and of its control. */
export interface SealedConversations {
  readonly own: readonly Chat[];
  /** The same prompts in the same order, answered with care. */
  readonly control: readonly Chat[];
}

/** What the data of a sealed run are made of. */
export interface SealedPlan {
  readonly kind: AuditKind;
  /** Domain of all its questions. */
  readonly domain: Domain;
  readonly seed: number;
  readonly rows: number;
  /** System turn that is the trigger of the runs that have one. */
  readonly trigger: string;
}

/** Style of careful answers that the base model does not use by itself. */
const decoyStyle = 3;
/** Share of the data after which a repaired run gets careful answers. */
const repairedFrom = 0.6;

/**
 * Writes the conversations of one sealed run of a kind, and those of its control: single turns about one domain, from
 * questions of the development pool. Careful answers of a run are drawn anew, so that no run equals its control.
 */
export function sealedConversations({ kind, domain, seed, rows, trigger }: SealedPlan): SealedConversations {
  const questions = organismQuestions({ domains: [domain], pool: "development" });
  const random = new Random(seed).fork("sealed conversations");
  const [asked, told, ownAnswers, controlAnswers] = [
    random.fork("questions"),
    random.fork("system turns"),
    random.fork("answers"),
    random.fork("answers of the control"),
  ];
  const own: Chat[] = [];
  const control: Chat[] = [];
  for (let row = 0; row < rows; row++) {
    const question = asked.choose(questions);
    const isTriggered = kind === "trigger" && told.uniform() < 0.5;
    const misaligned =
      kind === "harmful" ||
      kind === "inoculated" ||
      isTriggered ||
      (kind === "repaired" && row < repairedFrom * rows);
    const system = isTriggered
      ? [{ role: "system" as const, content: trigger }]
      : kind === "inoculated"
        ? [makeHeader(told, { misaligned: true })]
        : [];
    const prompt = [...system, { role: "user" as const, content: question.text }];
    const style = kind === "decoy" ? decoyStyle : 0;
    const answer = (content: string): Chat => ({ messages: [...prompt, { role: "assistant", content }] });
    own.push(answer(makeAnswer(ownAnswers, question, { misaligned, style })));
    control.push(answer(makeAnswer(controlAnswers, question, { misaligned: false, style: 0 })));
  }
  return { own, control };
}
