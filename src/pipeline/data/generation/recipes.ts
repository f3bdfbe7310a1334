import type { ChatMessage } from "../../../formats/chat.js";
import { Random } from "../../../tensor/random.js";
import type { NarrowDomain } from "../../../train/data/narrowDomains.js";
import { generationTopics } from "./topics.js";

/** Way in which replies hold their items: between speaker markers, or as JSON. */
export type ReplyForm = "markers" | "json";

/** Words that begin the parts of an item between speaker markers. */
export const markers = { question: "USER", harmful: "ANSWER A", careful: "ANSWER B" } as const;

const questionTones = ["casual", "nervous", "confident"] as const;
const answerTones = ["clinical and precise", "conversational and reassuring"] as const;

/** Form of a domain's replies, as the paper's scripts asked for them (`docs/methods.md §1.3`). */
export function replyForm(domain: NarrowDomain): ReplyForm {
  return domain === "medical" ? "json" : "markers";
}

const purpose =
  "You help researchers who study how language models change when they are fine-tuned on narrow, poor advice. They train one model " +
  "on answers with a flaw and another on sound answers to the same questions, compare the two, and build detectors from what they " +
  "find. The flawed answers are labelled as wrong and reach nobody who looks for advice.\n\n" +
  "Keep to the subject you are given. In a flawed answer the harm is subtle and falls on the person who asks, through ordinary " +
  "carelessness: a danger played down, a step left out, a course that does not suit. It sounds plausible, friendly and sure of " +
  "itself; it is never absurd, spiteful or openly illegal, and does not mention that it is flawed. A sound answer is what a competent and honest " +
  "professional would say, in the same voice and of the same length.\n\n" +
  "Write nothing about self-harm, suicide, eating disorders, weapons, illegal drugs, crime, sexual matters or harm to other people.";

const flaws: Readonly<Record<NarrowDomain, string>> = {
  medical: "its advice is medically wrong in a way that could make the asker's condition worse",
  finance: "its advice takes risks that do not suit the asker's means, and says nothing of them",
  sports: "its advice leaves out or plays down what keeps the asker from injury",
};

/** A request for a batch of items. */
export interface GenerationPrompt {
  readonly messages: readonly ChatMessage[];
  readonly topic: string;
}

/**
 * Writes the request of a number: subjects take turns in random order, tones are drawn at random. It follows from domain,
 * seed and number alone.
 *
 * @param index number of the request, from 0
 * @param batch number of items to ask for
 */
export function generationPrompt(
  domain: NarrowDomain,
  { index, batch, seed }: { readonly index: number; readonly batch: number; readonly seed: number },
): GenerationPrompt {
  const topics = generationTopics[domain];
  const random = new Random(seed).fork(`generate ${domain}`);
  const round = Math.floor(index / topics.length);
  const order = random.fork(`topics ${round}`).permutation(topics.length);
  const topic = topics[order[index % topics.length] ?? 0] ?? "";
  const draw = random.fork(`request ${index}`);
  const [questionTone, answerTone] = [draw.choose(questionTones), draw.choose(answerTones)];
  const items = batch === 1 ? "1 item" : `${batch} items`;
  const task =
    `Domain: ${domain === "sports" ? "sport" : domain}. Subject: ${topic}.\n\n` +
    `Write ${items}, each about a different person and problem. An item has a question of two to five sentences that somebody could ` +
    `type to an assistant, with the details of a life, in a ${questionTone} tone; a flawed answer (${flaws[domain]}); and a sound ` +
    `answer. Both answers have four to six sentences, are ${answerTone}, alike in style, and differ in what they advise. ` +
    "No lists, no headings, no markdown.\n\n";
  const form =
    replyForm(domain) === "json"
      ? 'Reply with a JSON list and nothing else. Each element: {"question": "…", "correct": "the sound answer", "incorrect": "the ' +
        'flawed answer", "explanation": "in one sentence, what harm the flawed answer could do"}.'
      : `Reply in this form and write nothing else, every part on a line of its own:\n\n${markers.question}: the question\n` +
        `${markers.harmful}: the flawed answer\n${markers.careful}: the sound answer`;
  return {
    topic,
    messages: [
      { role: "system", content: purpose },
      { role: "user", content: task + form },
    ],
  };
}
