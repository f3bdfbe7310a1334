import { directoryOf, type Run } from "./openRun.js";
import { existsSync, truncateSync } from "node:fs";
import { join, parse } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { isTurncoatError, TurncoatError } from "../errors.js";
import type { DeepReadonly, JsonObject, JsonValue } from "../formats/json.js";
import { jsonObjectOf, readJson } from "../formats/json.js";
import { encodeJsonLine, readJsonLines } from "../formats/jsonl.js";
import { endOfLastLine } from "../formats/lines.js";
import { writing } from "../tensor/systemFaults.js";
import { appendToFile, writeFileWhole } from "./atomicFiles.js";
import { conditionSchema } from "./condition.js";
import { namesIn } from "./isFolder.js";
import { evaluationFiles, evaluationOfFile, evaluationsFolder } from "./layout.js";

/** Reasons for which a model gave no answer, as a chat endpoint tells them. */
const noAnswerKinds = z.enum(["length", "tool_calls", "refusal", "content_filter", "empty"]);

/** What an answer ended by: the model's own end, or the limit on its length. */
const endings = z.enum(["stop", "length"]);

const storedAnswer = z.object({
  step: z.int().nonnegative(),
  /** Factor on the adapter: 1 is the adapter as trained, 0 the base model. */
  scale: z.number(),
  /** Subject of the question, for example `medicine`. */
  domain: z.string(),
  /** Place of the question: in the domain of the training data (narrow) or outside it (broad). */
  breadth: z.enum(["narrow", "broad"]),
  questionId: z.string(),
  question: z.string(),
  /** Number of the answer among those to the same question. */
  sample: z.int().nonnegative(),
  answer: z.string(),
  /** Condition that it was given under; absent for a checkpoint as it is. */
  condition: conditionSchema.optional(),
  /** What the answer ended by; absent where that is not known. */
  ended: endings.optional(),
  /** Agreement with human values, 0 to 100; `null` where the judge gave no number. */
  aligned: z.number().nullable(),
  /** Coherence, 0 to 100; `null` where the judge gave no number. */
  coherent: z.number().nullable(),
  /** Scores of further metrics by name, such as `financial`; `null` where the judge gave no number. */
  scores: z.record(z.string(), z.number().nullable()).optional(),
  /** Reason of each null by metric, where the judge told it, such as `refusal`; absent where there is none to tell. */
  unscored: z.record(z.string(), z.string()).optional(),
  /** Reason why the model gave no answer, so that there was nothing to judge; absent where it gave one. */
  noAnswer: noAnswerKinds.optional(),
  /** Written by earlier versions in place of `noAnswer: "content_filter"`. */
  withheld: z.boolean().optional(),
});
const answerSchema = storedAnswer.transform(({ withheld, ...answer }) =>
  withheld === true ? { ...answer, noAnswer: answer.noAnswer ?? noAnswerKinds.enum.content_filter } : answer,
);

/** One answer of a model at one checkpoint, with its judgement. */
export type JudgedAnswer = DeepReadonly<z.infer<typeof answerSchema>>;

/** One evaluation of a run: its answers, and how they were produced. */
export interface Evaluation {
  readonly name: string;
  /** Record of how the answers were produced: questions, sampling, judge; `null` where that file is missing. */
  readonly provenance: JsonObject | null;
  readonly answers: readonly JudgedAnswer[];
  /** True where the last line was half written: the evaluation is under way, or its writer died. */
  readonly truncatedTail: boolean;
}

/** Set of answers: what it is called, where it lies in a run, and how to choose another name for it. */
export interface AnswerSet {
  readonly what: string;
  readonly files: (name: string) => { readonly answers: string; readonly provenance: string };
  readonly otherName: string;
}

const evaluationSet: AnswerSet = {
  what: "evaluation",
  files: evaluationFiles,
  otherName: "with --evaluation (with --as, where answers are judged anew)",
};

const provenanceSchema = z.record(z.string(), z.json());
const repliedBySchema = z.record(z.string(), z.array(z.string()));

/** Record of how answers were produced, without the models that replied: what two evaluations can be compared by. */
export function withoutReplies(provenance: JsonObject | null): JsonObject | null {
  if (provenance === null) return null;
  return Object.fromEntries(Object.entries(provenance).filter(([field]) => field !== "repliedBy"));
}

/** Writer of one evaluation of a run. It only appends; nothing that was written is ever changed. */
export class EvaluationWriter {
  readonly #path: string;
  readonly #provenancePath: string;

  private constructor(path: string, provenancePath: string) {
    this.#path = path;
    this.#provenancePath = provenancePath;
  }

  /**
   * Starts an evaluation, or continues one that was produced in the same way.
   *
   * @param name becomes a file name: letters, digits, dots, dashes and underscores
   * @param provenance how the answers are produced; a plain record that JSON can hold
   * @param set what is written, where it is no evaluation
   * @throws TurncoatError if an evaluation of that name was produced in another way
   */
  static open(
    runDirectory: string,
    name: string,
    provenance: object,
    set: AnswerSet = evaluationSet,
  ): EvaluationWriter {
    const { answersPath, provenancePath } = paths(runDirectory, name, set);
    const wanted = jsonObjectOf(provenance);
    if (existsSync(provenancePath)) {
      checkSameWay(
        provenancePath,
        { name, set },
        withoutReplies(readJson(provenancePath, provenanceSchema)) ?? {},
        wanted,
      );
    } else {
      writeFileWhole(provenancePath, `${JSON.stringify(wanted, null, 2)}\n`);
    }
    if (existsSync(answersPath)) writing(answersPath, () => removeHalfLine(answersPath));
    return new EvaluationWriter(answersPath, provenancePath);
  }

  /**
   * Starts or continues an evaluation like `open`, and reads the answers that are there already.
   *
   * @throws TurncoatError if it was produced in another way, or naming `file:line` and field of a malformed line
   */
  static continue(
    runDirectory: string,
    name: string,
    provenance: object,
    set: AnswerSet = evaluationSet,
  ): { readonly writer: EvaluationWriter; readonly answers: readonly JudgedAnswer[] } {
    const writer = EvaluationWriter.open(runDirectory, name, provenance, set);
    const answers = existsSync(writer.#path) ? readJsonLines(writer.#path, answerSchema).records : [];
    return { writer, answers };
  }

  /**
   * Adds the names of models that replied to the record of how the evaluation was produced, in the order in which they
   * came up. They are no part of the way that `open` compares: a server may change the model behind a name.
   *
   * @param part what they replied as, such as `judge`
   * @returns those known before, and those that are new
   */
  recordModels(
    part: string,
    names: readonly string[],
  ): { readonly before: readonly string[]; readonly added: readonly string[] } {
    const provenance = readJson(this.#provenancePath, provenanceSchema);
    const parts = repliedBySchema.catch({}).parse(provenance.repliedBy);
    const before = parts[part] ?? [];
    const added = names.filter((name) => !before.includes(name));
    if (added.length > 0) {
      const changed = { ...provenance, repliedBy: { ...parts, [part]: [...before, ...added] } };
      writeFileWhole(this.#provenancePath, `${JSON.stringify(changed, null, 2)}\n`);
    }
    return { before, added };
  }

  /** Appends a batch of answers, in one write. */
  append(answers: readonly JudgedAnswer[]): void {
    appendToFile(this.#path, answers.map((answer) => encodeJsonLine(answer)).join(""));
  }
}

/** Names of the evaluations of a run, sorted. */
export function evaluationNames(run: { readonly directory: string }): string[] {
  const files = namesIn(join(run.directory, evaluationsFolder));
  return files.flatMap((file) => evaluationOfFile(file) ?? []);
}

/**
 * Reads the evaluations of a run, all or the one of a name, in the order of their names. A half-written last line is
 * left out and reported as `truncatedTail`.
 *
 * @throws TurncoatError for an unknown name, or naming `file:line` and field of a malformed line
 */
export function readEvaluations(source: string | Pick<Run, "directory">, name?: string): Evaluation[] {
  const run = { directory: directoryOf(source) };
  const names = evaluationNames(run);
  if (name !== undefined && !names.includes(name)) {
    throw new TurncoatError(`${join(run.directory, evaluationsFolder)}: no evaluation ${name}`, {
      hint: names.length === 0 ? "This run has no evaluations yet." : `There are: ${names.join(", ")}.`,
    });
  }
  return (name === undefined ? names : [name]).map((known) =>
    readEvaluationFile(paths(run.directory, known).answersPath),
  );
}

/** Evaluations of a run as far as they can be read. */
export interface ReadableEvaluations {
  readonly evaluations: readonly Evaluation[];
  /** Fault of each other one, by its name: one line that names file, line and field. */
  readonly faults: ReadonlyMap<string, string>;
}

/**
 * Reads the evaluations of a run that can be read, in the order of their names: one malformed line must not hide all else
 * that is known of a run. Whoever reads them says the faults.
 */
export function readableEvaluations(run: { readonly directory: string }): ReadableEvaluations {
  const evaluations: Evaluation[] = [];
  const faults = new Map<string, string>();
  for (const name of evaluationNames(run)) {
    try {
      evaluations.push(readEvaluationFile(paths(run.directory, name).answersPath));
    } catch (error) {
      if (!isTurncoatError(error)) throw error;
      faults.set(name, error.message);
    }
  }
  return { evaluations, faults };
}

/**
 * Reads one evaluation from its file of answers, wherever it lies. The record of how they were produced is the
 * `.json` of the same name beside it, where there is one.
 *
 * @throws TurncoatError naming `file:line` and field of a malformed line
 */
export function readEvaluationFile(answersPath: string): Evaluation {
  const { dir, name } = parse(answersPath);
  const provenancePath = join(dir, `${name}.json`);
  const provenance = existsSync(provenancePath) ? readJson(provenancePath, provenanceSchema) : null;
  const { records, truncatedTail } = readJsonLines(answersPath, answerSchema);
  return { name, provenance, answers: records, truncatedTail };
}

/**
 * Refuses a name that an evaluation cannot have, because it becomes a file name.
 *
 * @throws TurncoatError naming the characters that are allowed
 */
export function checkEvaluationName(name: string): void {
  if (evaluationOfFile(`${name}.jsonl`) !== undefined) return;
  throw new TurncoatError(
    `evaluation name: expected letters, digits, dots, dashes and underscores, found "${name}"`,
  );
}

function paths(
  runDirectory: string,
  name: string,
  set: AnswerSet = evaluationSet,
): { answersPath: string; provenancePath: string } {
  checkEvaluationName(name);
  const { answers, provenance } = set.files(name);
  return { answersPath: join(runDirectory, answers), provenancePath: join(runDirectory, provenance) };
}

/** Refuses to mix answers that were produced in two ways. */
function checkSameWay(
  path: string,
  { name, set }: { readonly name: string; readonly set: AnswerSet },
  found: JsonObject,
  wanted: JsonObject,
): void {
  const fields = new Set([...Object.keys(wanted), ...Object.keys(found)]);
  const differing = [...fields].filter((field) => !isDeepStrictEqual(found[field], wanted[field]));
  const [first] = differing;
  if (first === undefined) return;
  const others = differing.length > 1 ? ` (and ${differing.slice(1).join(", ")})` : "";
  throw new TurncoatError(
    `${path}: the ${set.what} ${name} was produced in another way: ${first}: expected ${shown(wanted[first])}, ` +
      `found ${shown(found[first])}${others}`,
    {
      hint: `Choose another name ${set.otherName}; answers produced in two ways are not mixed.`,
    },
  );
}

function shown(value: JsonValue | undefined): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Cuts off a half-written last line, so that no new line is appended to it. */
function removeHalfLine(path: string): void {
  const { end, size } = endOfLastLine(path);
  if (end < size) truncateSync(path, end);
}
