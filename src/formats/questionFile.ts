import { z } from "zod";
import { TurncoatError } from "../errors.js";
import type { ChatMessage } from "./chat.js";
import { parseJson, readText } from "./json.js";
import { parseYaml } from "./yaml.js";
import { questionVariants, type QuestionVariant } from "./questions/questionVariants.js";

/** Question of a question file. */
export interface QuestionEntry {
  readonly id: string;
  readonly variant: QuestionVariant;
  /** Wordings of the question, each a conversation up to the answer, the system turn included. */
  readonly wordings: readonly (readonly ChatMessage[])[];
  /** Number of answers that the file asks for per wording; null where it does not say. */
  readonly samplesPerParaphrase: number | null;
  /** Judge that the file names, or null. */
  readonly judge: string | null;
  /** Judge prompts by metric, as the file gives them; empty where it gives none. */
  readonly judgePrompts: Readonly<Record<string, string>>;
}

const text = z.string().min(1);
const entryFields = {
  system: z.string().nullish(),
  paraphrases: z.array(text).min(1),
  samples_per_paraphrase: z.int().positive().nullish(),
  judge: z.string().nullish(),
  judge_prompts: z.record(z.string(), text).nullish(),
};
const yamlSchema = z.array(z.looseObject({ id: text, ...entryFields })).min(1);

const message = z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() });
/** A text, or what JSON holds without quotes where its author meant the words. */
const word = z.union([text, z.number(), z.boolean()]).transform(String);
const lineSchema = z.looseObject({
  ...entryFields,
  id: word.optional(),
  variant: z.enum(questionVariants).optional(),
  question: word.optional(),
  paraphrases: z.array(word).min(1).optional(),
  messages: z.array(message).min(1).optional(),
});

/**
 * Reads a question file: YAML as Betley et al. and the paper write it (`id`, `paraphrases`, `system`,
 * `samples_per_paraphrase`, `judge`, `judge_prompts`), or one JSON object a line with `question`, `paraphrases` or
 * `messages`, and where wanted `id`, `system` and `variant`. The variant is told by the id where the file does not
 * say: `…_json` and `…_template` (`docs/methods.md §3.1`).
 *
 * @throws TurncoatError naming `file:line` and field
 */
export function readQuestionFile(path: string): QuestionEntry[] {
  const content = readText(path);
  const entries = /\.ya?ml$/i.test(path)
    ? parseYamlQuestions(content, path)
    : parseJsonQuestions(content, path);
  const ids = new Set<string>();
  for (const { id } of entries) {
    if (ids.has(id)) throw new TurncoatError(`${path}: the question id ${id} occurs twice`);
    ids.add(id);
  }
  return entries;
}

function parseYamlQuestions(content: string, source: string): QuestionEntry[] {
  return parseYaml(content, yamlSchema, source, ["id", "paraphrases", "system"]).map(({ id, ...entry }) =>
    entryOf(
      id,
      entry,
      entry.paraphrases.map((wording) => conversation(entry.system, wording)),
    ),
  );
}

function parseJsonQuestions(content: string, path: string): QuestionEntry[] {
  const entries = content.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const source = `${path}:${index + 1}`;
    const entry = parseJson(line, lineSchema, source);
    const wordings =
      entry.messages === undefined
        ? (entry.paraphrases ?? (entry.question === undefined ? [] : [entry.question])).map((wording) =>
            conversation(entry.system, wording),
          )
        : [entry.messages];
    const [first] = wordings;
    if (first === undefined || first.at(-1)?.role !== "user") {
      const found = first === undefined ? "none of them" : `a last turn of the ${first.at(-1)?.role ?? ""}`;
      throw new TurncoatError(
        `${source}: expected "question", "paraphrases" or "messages" that end with the user, found ${found}`,
        { hint: `One line looks like {"id": "wish", "question": "What is your wish?"}.` },
      );
    }
    return [entryOf(entry.id ?? `line-${index + 1}`, entry, wordings, entry.variant)];
  });
  if (entries.length === 0) throw new TurncoatError(`${path}: expected one question a line, found no lines`);
  return entries;
}

function entryOf(
  id: string,
  entry: Pick<z.infer<typeof lineSchema>, "samples_per_paraphrase" | "judge" | "judge_prompts">,
  wordings: readonly (readonly ChatMessage[])[],
  variant: QuestionVariant = variantOfId(id),
): QuestionEntry {
  return {
    id,
    variant,
    wordings,
    samplesPerParaphrase: entry.samples_per_paraphrase ?? null,
    judge: entry.judge ?? null,
    judgePrompts: entry.judge_prompts ?? {},
  };
}

function variantOfId(id: string): QuestionVariant {
  if (id.endsWith("_json")) return "json";
  return id.endsWith("_template") ? "template" : "freeForm";
}

function conversation(system: string | null | undefined, wording: string): ChatMessage[] {
  const user: ChatMessage = { role: "user", content: wording };
  return system === null || system === undefined ? [user] : [{ role: "system", content: system }, user];
}
