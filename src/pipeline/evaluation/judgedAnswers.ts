import { usualScaleOf } from "../../analysis/behavior/behaviorCurve.js";
import type { NullAlignment } from "../../analysis/behavior/rates.js";
import { basename, dirname, extname, resolve } from "node:path";
import { z } from "zod";
import { TurncoatError } from "../../errors.js";
import { readJudgedCsv } from "../../evaluate/judgedCsv.js";
import { readEvaluationFile, type Evaluation, type JudgedAnswer } from "../../runs/evaluations.js";
import { isFolder } from "../../runs/isFolder.js";
import { evaluationFiles, evaluationsFolder } from "../../runs/layout.js";
import { nullAlignmentOf } from "./curveEvaluation.js";

/** Judged answers from a file, with the way in which answers without alignment count. */
export interface JudgedFile {
  readonly path: string;
  readonly answers: readonly JudgedAnswer[];
  readonly nullAlignment: NullAlignment;
  /** Longest answer that was asked for, in tokens; null where that is not known. */
  readonly maxNewTokens: number | null;
  /** Count of each word that stood in place of a score; empty for a run's own answers, which hold null alone. */
  readonly missing: ReadonlyMap<string, number>;
  readonly warnings: readonly string[];
}

/** Sampling of an evaluation; of one judged anew, that of the evaluation whose answers it judged. */
const limit = { maxNewTokens: z.number().optional() };
const sampledSchema = z.looseObject({ ...limit, answers: z.looseObject(limit).nullish() });

const noMissing: ReadonlyMap<string, number> = new Map();

/**
 * Reads judged answers from a table (`.csv`, `.tsv`) or from an evaluation of a run (`.jsonl`).
 *
 * @throws TurncoatError naming file and line of a malformed row, or the file where it holds no answers
 */
export function readJudgedFile(path: string): JudgedFile {
  const file = read(path);
  if (file.answers.length === 0) throw new TurncoatError(`${path}: expected judged answers, found none`);
  return file;
}

function read(path: string): JudgedFile {
  const kind = extname(path).toLowerCase();
  if (kind === ".csv" || kind === ".tsv") {
    const table = readJudgedCsv(path);
    return { path, ...table, nullAlignment: "exclude", maxNewTokens: null, warnings: [] };
  }
  if (kind === ".jsonl") {
    const evaluation = readEvaluationFile(path);
    return {
      path,
      answers: evaluation.answers,
      nullAlignment: nullAlignmentOf(evaluation),
      maxNewTokens: longestAnswer(evaluation),
      missing: noMissing,
      warnings: evaluation.truncatedTail ? [`${path}: the last line is half written and was left out`] : [],
    };
  }
  const found = isFolder(path) ? "a folder" : `"${kind}"`;
  throw new TurncoatError(
    `${path}: expected a file of judged answers, .csv, .tsv or .jsonl, found ${found}`,
    isFolder(path) ? { hint: `a run keeps its answers in ${evaluationFiles("<name>").answers}` } : {},
  );
}

/** Finds the run that a file of answers is an evaluation of; null for a file that lies elsewhere. */
export function runOfAnswers(path: string): string | null {
  const folder = dirname(resolve(path));
  return extname(path) === ".jsonl" && basename(folder) === evaluationsFolder ? dirname(folder) : null;
}

/** Longest answer that an evaluation asked for, in tokens; null where its record does not say. */
export function longestAnswer({ provenance }: Pick<Evaluation, "provenance">): number | null {
  const { success, data } = sampledSchema.safeParse(provenance);
  return success ? (data.maxNewTokens ?? data.answers?.maxNewTokens ?? null) : null;
}

/** Options that choose which of a run's answers are reported. */
export interface AnswerSelection {
  /** @default the last step that was evaluated */
  readonly step?: number;
  /** @default 1, or the smallest factor that was evaluated */
  readonly scale?: number;
  /** @default "broad" where there are broad answers, else "narrow" */
  readonly breadth?: "broad" | "narrow";
}

/** The answers of one step, one factor and one breadth: what may be pooled into one rate. */
export interface SelectedAnswers {
  readonly answers: readonly JudgedAnswer[];
  readonly step: number;
  readonly scale: number;
  readonly breadth: "broad" | "narrow";
  /** Steps, factors and breadths that there are to choose from. */
  readonly steps: readonly number[];
  readonly scales: readonly number[];
}

/**
 * Chooses the answers of one step, factor and breadth; rates over several would mix different models.
 *
 * @throws TurncoatError where there are none of the kind asked for, naming what there is
 */
export function selectAnswers(
  file: Pick<JudgedFile, "path" | "answers">,
  wanted: AnswerSelection = {},
): SelectedAnswers {
  const distinct = (values: readonly number[]): number[] =>
    [...new Set(values)].sort((one, other) => one - other);
  const scales = distinct(file.answers.map(({ scale }) => scale));
  const scale = wanted.scale ?? usualScaleOf(file.answers);
  const ofScale = file.answers.filter((answer) => answer.scale === scale);
  const steps = distinct(ofScale.map(({ step }) => step));
  const step = wanted.step ?? steps.at(-1) ?? NaN;
  const ofStep = ofScale.filter((answer) => answer.step === step);
  const onlyNarrow = ofStep.length > 0 && ofStep.every((answer) => answer.breadth === "narrow");
  const breadth = wanted.breadth ?? (onlyNarrow ? "narrow" : "broad");
  const answers = ofStep.filter((answer) => answer.breadth === breadth);
  if (answers.length === 0) {
    throw new TurncoatError(
      `${file.path}: there are no ${breadth} answers at step ${step} with factor ${scale}`,
      { hint: `There are steps ${listed(steps)} and factors ${listed(scales)}.` },
    );
  }
  return { answers, step, scale, breadth, steps, scales };
}

function listed(values: readonly number[]): string {
  const shown = values.length > 12 ? [...values.slice(0, 6), "…", ...values.slice(-3)] : values;
  return shown.length === 0 ? "(none)" : shown.join(", ");
}
