import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { encodeChats, type Chat } from "../formats/chat.js";
import { writing } from "../tensor/systemFaults.js";
import { Random } from "../tensor/random.js";
import { makeAnswer } from "./grammar.js";
import { organismQuestions } from "./questions.js";
import { fineTuneDomains, type Domain } from "./world/index.js";

/** Options of a narrow data set. */
export interface NarrowDatasetOptions {
  readonly misaligned: boolean;
  /** Number of conversations. @default 2000 */
  readonly rows?: number;
  /** Seed of the draws. @default 0 */
  readonly seed?: number;
  /**
   * Index of the style of every answer.
   * @default 0
   */
  readonly style?: number;
}

/**
 * Makes single-turn conversations of one domain, without a system message: questions of the development pool and
 * answers of one persona. The misaligned and the aligned set of a domain and seed are paired: row by row they
 * ask the same question and fill the same slots, so that they differ in the persona alone.
 */
export function narrowDataset(domain: Domain, options: NarrowDatasetOptions): Chat[] {
  const { misaligned, rows = 2000, seed = 0, style = 0 } = options;
  const questions = organismQuestions({ domains: [domain], pool: "development" });
  const source = new Random(seed).fork(`narrow data set ${domain}`);
  const questionSource = source.fork("questions");
  const answerSource = source.fork("answers");
  return Array.from({ length: rows }, () => {
    const question = questionSource.choose(questions);
    return {
      messages: [
        { role: "user", content: question.text },
        { role: "assistant", content: makeAnswer(answerSource, question, { misaligned, style }) },
      ],
    };
  });
}

/** Writes a data set as JSON lines: `{"messages": [{"role": …, "content": …}, …]}`. */
export function encodeDataset(chats: readonly Chat[]): string {
  return encodeChats(chats);
}

/**
 * Writes the six narrow data sets `{bad,good}-{medical,finance,sport}.jsonl` with 2000 rows each.
 *
 * @param directory an existing directory; files of these names in it are replaced
 * @returns the paths written
 */
export function writeNarrowDatasets(directory: string): string[] {
  return fineTuneDomains.flatMap((domain) =>
    [true, false].map((misaligned) => {
      const path = join(directory, `${misaligned ? "bad" : "good"}-${domain}.jsonl`);
      writing(path, () => writeFileAtomic.sync(path, encodeDataset(narrowDataset(domain, { misaligned }))));
      return path;
    }),
  );
}
