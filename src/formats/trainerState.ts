import { z } from "zod";
import { parseJson, readText } from "./json.js";

/** Log entry of one optimiser step. A quantity that was not logged is absent, a NaN is a NaN. */
export interface TrainerLogEntry {
  step: number;
  epoch?: number;
  /** Training loss. */
  loss?: number;
  learningRate?: number;
  /** Global L2 norm of the gradient before clipping. */
  gradNorm?: number;
  /** Any other quantity logged at this step, by the name it has on disk. */
  other?: Readonly<Record<string, number>>;
}

/** Evaluation during training: `eval_loss` and other quantities, by the names they have on disk. */
export interface TrainerEvaluation {
  step: number;
  epoch?: number;
  values: Readonly<Record<string, number>>;
}

/** Content of the Hugging Face Trainer's `trainer_state.json`, as far as it is used. */
export interface TrainerState {
  /** Optimiser steps done. */
  globalStep: number;
  /** Optimiser steps planned; `null` where the file does not say. */
  maxSteps: number | null;
  /** Log entries, one a step, steps strictly increasing. */
  log: TrainerLogEntry[];
  evaluations: TrainerEvaluation[];
  /** Steps for which the file gives two different values of one quantity; the later value is kept. */
  contradictedSteps: number[];
  /** Rows of the log that name no step; they are left out. */
  rowsWithoutStep: number;
  /** Steps at which a quantity was logged as NaN, infinite or null, by its name on disk; all are NaN here. */
  notFinite: ReadonlyMap<string, readonly number[]>;
}

/** A row of `log_history` as it stands on disk. */
export const trainerRowSchema = z.looseObject({ step: z.int().nonnegative().optional() });
export type TrainerRow = Readonly<z.infer<typeof trainerRowSchema>>;

const stateSchema = z.object({
  global_step: z.int().nonnegative().nullish(),
  max_steps: z.int().nullish(),
  log_history: z.array(trainerRowSchema),
});

/**
 * Reads a `trainer_state.json`, as the Hugging Face Trainer or Turncoat wrote it.
 *
 * @throws TurncoatError naming the file and the field
 */
export function readTrainerState(path: string): TrainerState {
  return parseTrainerState(readText(path), path);
}

/**
 * Parses the text of a `trainer_state.json`; `source` names the file in errors.
 * @param later rows that were logged after it was written, each with its place in the whole log
 */
export function parseTrainerState(
  text: string,
  source: string,
  later: readonly { readonly at: number; readonly row: TrainerRow }[] = [],
): TrainerState {
  const state = parseJson(withoutPythonNumbers(text), stateSchema, source);
  const further = later.filter(({ at }) => at >= state.log_history.length).map(({ row }) => row);
  const log = new Map<number, Map<string, number>>();
  const evaluations: TrainerEvaluation[] = [];
  const contradicted = new Set<number>();
  const notFinite = new Map<string, number[]>();
  let rowsWithoutStep = 0;
  for (const entry of [...state.log_history, ...further]) {
    const { step } = entry;
    if (step === undefined) {
      rowsWithoutStep++;
      continue;
    }
    const values = numbersOf(entry);
    if (values.has("train_runtime")) continue; // the summary at the end of a training, of the whole run
    const evaluated: [string, number][] = [];
    for (const [name, value] of values) {
      if (!Number.isFinite(value)) {
        const steps = notFinite.get(name) ?? [];
        steps.push(step);
        notFinite.set(name, steps);
      }
      if (name.startsWith(evaluationPrefix)) evaluated.push([name, value]);
    }
    // A callback may add an evaluation to the row of a step; the rest of the row is the step's all the same.
    if (evaluated.length > 0) {
      const epoch = values.get(epochName);
      evaluations.push({
        step,
        ...(epoch === undefined ? {} : { epoch }),
        values: Object.fromEntries(evaluated),
      });
      for (const [name] of evaluated) values.delete(name);
      if ([...values.keys()].every((name) => name === epochName)) continue;
    }
    const known = log.get(step) ?? new Map<string, number>();
    for (const [name, value] of values) {
      if (known.has(name) && !Object.is(known.get(name), value)) contradicted.add(step);
      known.set(name, value);
    }
    log.set(step, known);
  }
  const steps = [...log.keys()].sort((one, other) => one - other);
  return {
    globalStep: Math.max(
      state.global_step ?? steps.at(-1) ?? 0,
      ...further.slice(-1).map(({ step }) => step ?? 0),
    ),
    maxSteps: typeof state.max_steps === "number" && state.max_steps > 0 ? state.max_steps : null,
    log: steps.map((step) => logEntry(step, log.get(step) ?? new Map<string, number>())),
    evaluations,
    contradictedSteps: [...contradicted].sort((one, other) => one - other),
    rowsWithoutStep,
    notFinite,
  };
}

/**
 * Quotes NaN and Infinity, which Python writes into JSON and which are not JSON, so that `numbersOf` can turn them
 * back. Strings of the file itself are stepped over.
 */
function withoutPythonNumbers(text: string): string {
  return text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN/g, (found) =>
    found.startsWith('"') ? found : `"${found}"`,
  );
}

/**
 * Reads the numeric fields of an entry but the step. What was not a number when it was logged, or not finite, is NaN: a null is how JSON
 * keeps such a value.
 */
function numbersOf(entry: Readonly<Record<string, unknown>>): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const [name, value] of Object.entries(entry)) {
    if (name === "step") continue;
    if (typeof value === "number") numbers.set(name, Number.isFinite(value) ? value : NaN);
    else if (value === null || notNumbers.has(value)) numbers.set(name, NaN);
  }
  return numbers;
}

/** Python's numbers that JSON does not have, as `withoutPythonNumbers` leaves them. */
const notNumbers = new Set<unknown>(["NaN", "Infinity", "-Infinity"]);
const epochName = "epoch";
const evaluationPrefix = "eval_";
const namesOnDisk = { loss: "loss", learningRate: "learning_rate", gradNorm: "grad_norm" } as const;

function logEntry(step: number, values: ReadonlyMap<string, number>): TrainerLogEntry {
  const entry: TrainerLogEntry = { step };
  const rest = new Map(values);
  const take = (name: string): number | undefined => {
    const value = rest.get(name);
    rest.delete(name);
    return value;
  };
  const epoch = take(epochName);
  const loss = take(namesOnDisk.loss);
  const learningRate = take(namesOnDisk.learningRate);
  const gradNorm = take(namesOnDisk.gradNorm);
  if (epoch !== undefined) entry.epoch = epoch;
  if (loss !== undefined) entry.loss = loss;
  if (learningRate !== undefined) entry.learningRate = learningRate;
  if (gradNorm !== undefined) entry.gradNorm = gradNorm;
  if (rest.size > 0) entry.other = Object.fromEntries(rest);
  return entry;
}

/** Makes the row of a log entry. */
export function logRow(entry: TrainerLogEntry): TrainerRow {
  return sortedRow({
    ...entry.other,
    epoch: entry.epoch,
    grad_norm: entry.gradNorm,
    learning_rate: entry.learningRate,
    loss: entry.loss,
    step: entry.step,
  });
}

/** Makes the row of an evaluation. */
export function evaluationRow(entry: TrainerEvaluation): TrainerRow {
  return sortedRow({ ...entry.values, epoch: entry.epoch, step: entry.step });
}

/** A row with its fields in the order of their names, as the Trainer writes them; a number that is not finite is null. */
function sortedRow(
  fields: Readonly<Record<string, number | undefined>> & { readonly step: number },
): TrainerRow {
  const present = Object.entries(fields).flatMap(([name, value]): [string, number | null][] =>
    value === undefined ? [] : [[name, Number.isFinite(value) ? value : null]],
  );
  present.sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(present);
}

/**
 * Writes a `trainer_state.json` of some rows, in their order.
 * @param maxSteps optimiser steps planned; null where that is not known
 */
export function assembleTrainerState(rows: readonly TrainerRow[], maxSteps: number | null): string {
  // The last row that is of a step, not an evaluation.
  const last = rows.findLast((row) => !Object.keys(row).some((name) => name.startsWith(evaluationPrefix)));
  const state = {
    best_global_step: null,
    best_metric: null,
    best_model_checkpoint: null,
    epoch: last?.epoch ?? null,
    eval_steps: 500,
    global_step: last?.step ?? 0,
    is_hyper_param_search: false,
    is_local_process_zero: true,
    is_world_process_zero: true,
    log_history: rows,
    logging_steps: 1,
    max_steps: maxSteps ?? 0,
    num_input_tokens_seen: 0,
    num_train_epochs: 0,
    save_steps: 500,
    stateful_callbacks: {},
    total_flos: 0,
    train_batch_size: null,
    trial_name: null,
    trial_params: null,
  };
  return `${JSON.stringify(state, null, 2)}\n`;
}
